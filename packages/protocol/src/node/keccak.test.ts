import { Worker } from 'node:worker_threads'
import { keccak_256 } from '@noble/hashes/sha3.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compiledKeccak256, fastKeccak256, keccakKnownAnswers, wasmKeccak256 } from './keccak.ts'
import { COMPILED_NATIVE, compiledNative } from './native.ts'

const inputs = fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ minLength: 2_000, maxLength: 5_000 }))

/** It gives what noble gives. */
const agrees = (hash: (bytes: Uint8Array) => Uint8Array) =>
  fc.assert(
    fc.property(inputs, (bytes) => {
      expect(hash(bytes)).toEqual(keccak_256(bytes))
    }),
  )

it('the fastest that there is agrees with noble', async () => agrees(await fastKeccak256()))

it('so does WebAssembly', async () => agrees(await wasmKeccak256()))

it('one that errs at any length around a block is not used', async () => {
  const right = await wasmKeccak256()
  expect(keccakKnownAnswers(right)).toBe(true)
  for (const length of [0, 1, 64, 65, 135, 136, 137, 300])
    expect(
      keccakKnownAnswers((bytes) => right(bytes.length === length ? Uint8Array.of(1, ...bytes) : bytes)),
      `${length}`,
    ).toBe(false)
})

it('what errs or is not there is not used: the next is, and noble in the end', async () => {
  const right = await wasmKeccak256()
  const liar = () => new Uint8Array(32)
  const gone = () => {
    throw new Error('not there')
  }
  expect(await fastKeccak256(() => right, gone)).toBe(right)
  for (const compiled of [gone, () => liar]) {
    expect(await fastKeccak256(compiled, async () => right)).toBe(right)
    for (const wasm of [async () => gone(), async () => liar]) expect(await fastKeccak256(compiled, wasm)).toBe(keccak_256)
  }
})

// Everywhere else the launcher compiles nothing, and WebAssembly is used.
describe.runIf(process.platform === 'linux' && ['x64', 'arm64'].includes(process.arch))('Keccak-256 that is compiled here', () => {
  it('agrees with noble', () => agrees(compiledKeccak256()))

  it('agrees at every length of three blocks, wherever the bytes lie', () => {
    const hash = compiledKeccak256()
    const memory = Uint8Array.from({ length: 450 }, (_, i) => 7 * i)
    for (let length = 0; length <= 410; length++) {
      const bytes = memory.subarray(length % 40, (length % 40) + length)
      expect(hash(bytes), `${length}`).toEqual(keccak_256(bytes))
    }
  })

  it('gives a fresh array each time, and writes nothing else', () => {
    const hash = compiledKeccak256()
    const input = new Uint8Array(100).fill(1)
    const first = hash(input)
    const copy = Uint8Array.from(first)
    hash(new Uint8Array(100).fill(2))
    expect(first).toEqual(copy)
    expect(input).toEqual(new Uint8Array(100).fill(1))
    const memory = new Uint8Array(96).fill(9)
    compiledNative().keccak256(input, memory.subarray(32, 64))
    expect(memory).toEqual(Uint8Array.of(...Array(32).fill(9), ...first, ...Array(32).fill(9)))
  })

  it('throws for arguments of other types and lengths, and lives on', () => {
    const { keccak256 } = compiledNative() as unknown as { keccak256: (...args: unknown[]) => unknown }
    const gone = new Uint8Array(32)
    structuredClone(gone.buffer, { transfer: [gone.buffer] })
    for (const bad of [undefined, null, 5, 'text', {}, [], new Uint16Array(32), new DataView(new ArrayBuffer(32)), new ArrayBuffer(32)])
      expect(() => keccak256(bad, new Uint8Array(32))).toThrow()
    for (const bad of [undefined, new Uint8Array(0), new Uint8Array(31), new Uint8Array(33), new Uint16Array(16), gone])
      expect(() => keccak256(new Uint8Array(5), bad)).toThrow()
    expect(() => keccak256()).toThrow()
    expect(keccakKnownAnswers(compiledKeccak256())).toBe(true)
  })

  it('works on threads', async () => {
    const code = `
      const { workerData, parentPort } = require('node:worker_threads')
      const { keccak256 } = require(workerData)
      const digest = Buffer.alloc(32)
      for (let i = 0; i < 500; i++) keccak256(Buffer.alloc(500, i), digest)
      parentPort.postMessage(digest.toString('hex'))`
    const threads = Array.from({ length: 4 }, () => new Worker(code, { eval: true, workerData: COMPILED_NATIVE }))
    const last = await Promise.all(threads.map((thread) => new Promise((resolve) => thread.once('message', resolve))))
    await Promise.all(threads.map((thread) => thread.terminate()))
    expect(new Set(last)).toEqual(new Set([Buffer.from(keccak_256(new Uint8Array(500).fill(499 % 256))).toString('hex')]))
  })
})
