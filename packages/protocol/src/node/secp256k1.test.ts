import { createHash, randomBytes } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { secp256k1 as noble } from '@noble/curves/secp256k1.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bytesToHex } from '../bytes/hex.ts'
import { COMPILED_NATIVE } from './native.ts'
import { compiled, givesKnownAnswers, type NativeSecp256k1, nativeSecp256k1, prebuilt } from './secp256k1.ts'

const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
const word = (value: bigint) => Uint8Array.from(Buffer.from(value.toString(16).padStart(64, '0'), 'hex'))

const scalar = fc.oneof(
  fc.uint8Array({ minLength: 32, maxLength: 32 }),
  fc.constantFrom(...[0n, 1n, 2n, ORDER / 2n, ORDER / 2n + 1n, ORDER - 1n, ORDER, ORDER + 1n, 2n ** 256n - 1n].map(word)),
)

/** What the work gives, in hex, or that it is refused. */
function outcome(work: () => Uint8Array): string {
  try {
    return bytesToHex(work())
  } catch {
    return 'refused'
  }
}

/** Both give the same, or both refuse. */
function same(here: () => Uint8Array, there: () => Uint8Array): string {
  const found = outcome(here)
  expect(found).toBe(outcome(there))
  return found
}

/** Noble puts the recovery id first. */
const rotated = (signature: Uint8Array) => Uint8Array.of(...signature.subarray(1), signature[0]!)

function signed(native: NativeSecp256k1, digest: Uint8Array, privateKey: Uint8Array): Uint8Array {
  const signature = new Uint8Array(65)
  signature[64] = native.sign(digest, privateKey, signature.subarray(0, 64))
  return signature
}

// Everywhere else the launcher compiles nothing, and npm's binary is used.
describe.runIf(process.platform === 'linux' && ['x64', 'arm64'].includes(process.arch))('libsecp256k1 that is compiled here', () => {
  it('is there where there is a compiler, and is what is used', () => {
    expect(existsSync(COMPILED_NATIVE)).toBe(true)
    expect(nativeSecp256k1()?.from).toBe('compiled')
  })

  it('signs and derives byte for byte as noble does', () => {
    fc.assert(
      fc.property(scalar, scalar, (digest, key) => {
        same(
          () => signed(compiled(), digest, key),
          () => rotated(noble.sign(digest, key, { prehash: false, format: 'recovered' })),
        )
        same(
          () => compiled().publicKey(key),
          () => noble.getPublicKey(key, false),
        )
      }),
      { numRuns: 150 },
    )
  })

  it('recovers what the binary of npm recovers, and refuses what that refuses', () => {
    const found = new Set<boolean>()
    fc.assert(
      fc.property(scalar, scalar, scalar, fc.integer({ min: 0, max: 3 }), (digest, r, s, recovery) => {
        const [here, there] = [compiled(), prebuilt()].map((native) => () => native.recover(digest, Buffer.concat([r, s]), recovery))
        found.add(same(here!, there!) === 'refused')
      }),
      { numRuns: 400 },
    )
    expect(found).toEqual(new Set([true, false]))
  })

  it('writes nothing but its output: views of larger memory stay as they are around it', () => {
    const memory = new Uint8Array(128).fill(9)
    const here = compiled()
    here.sign(word(5n), word(7n), memory.subarray(32, 96))
    expect([...memory.subarray(0, 32), ...memory.subarray(96)]).toEqual(Array(64).fill(9))
    expect(memory.subarray(32, 96)).toEqual(signed(here, word(5n), word(7n)).subarray(0, 64))
  })

  it('throws for arguments of other types, lengths and ids, whatever they are, and lives on', () => {
    const here = compiled() as unknown as Record<'sign' | 'recover' | 'publicKey', (...args: unknown[]) => unknown>
    const good = [word(1n), word(2n), new Uint8Array(64), 0]
    const odd = [undefined, null, 5, 'text', {}, [], new Uint8Array(0), new Uint8Array(31), new Uint8Array(33), new Uint16Array(32)]
    const views = [
      new DataView(new ArrayBuffer(32)),
      new ArrayBuffer(32),
      new Uint8ClampedArray(32),
      structuredClone(new Uint8Array(32).buffer),
    ]
    const gone = new Uint8Array(32)
    structuredClone(gone.buffer, { transfer: [gone.buffer] })
    for (const bad of [...odd, ...views, gone]) {
      expect(() => here.sign(bad, good[1], good[2])).toThrow()
      expect(() => here.sign(good[0], bad, good[2])).toThrow()
      expect(() => here.sign(good[0], good[1], bad)).toThrow()
      expect(() => here.publicKey(bad)).toThrow()
      expect(() => here.recover(bad, good[2], 0)).toThrow()
      expect(() => here.recover(good[0], bad, 0)).toThrow()
    }
    for (const bad of [-1, 4, 2 ** 31, 2 ** 53, Number.NaN, '0', undefined, 1n]) expect(() => here.recover(good[0], good[2], bad)).toThrow()
    expect(() => here.sign()).toThrow()
    expect(givesKnownAnswers(compiled())).toBe(true)
  })

  it('works on threads that begin and end while others sign', async () => {
    const code = `
      const { workerData: [path, seed], parentPort } = require('node:worker_threads')
      const native = require(path)
      native.randomize(seed)
      const signature = Buffer.alloc(64)
      for (let i = 0; i < 500; i++) native.sign(Buffer.alloc(32, i), Buffer.alloc(32, 3), signature)
      parentPort.postMessage(signature.toString('hex'))`
    const threads = Array.from({ length: 6 }, () => new Worker(code, { eval: true, workerData: [COMPILED_NATIVE, randomBytes(32)] }))
    const last = await Promise.all(threads.map((thread) => new Promise((resolve) => thread.once('message', resolve))))
    await Promise.all(threads.map((thread) => thread.terminate()))
    const here = compiled()
    const expected = Buffer.from(signed(here, new Uint8Array(32).fill(499 % 256), new Uint8Array(32).fill(3)).subarray(0, 64)).toString(
      'hex',
    )
    expect(new Set(last)).toEqual(new Set([expected]))
  })
})

it('the sources of libsecp256k1 are those of its release', () => {
  const native = new URL('../../native/', import.meta.url)
  const lines = readFileSync(new URL('sums.txt', native), 'utf8').trim().split('\n')
  const names = lines.map((line) => line.slice(66).replace('./', ''))
  expect(names.toSorted()).toEqual(
    readdirSync(new URL('libsecp256k1/', native), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) =>
        relative(fileURLToPath(new URL('libsecp256k1/', native)), join(parentPath, name)).replaceAll('\\', '/'),
      )
      .toSorted(),
  )
  for (const [i, line] of lines.entries()) {
    const bytes = readFileSync(new URL(`libsecp256k1/${names[i]}`, native))
    expect(createHash('sha256').update(bytes).digest('hex'), names[i]!).toBe(line.slice(0, 64))
  }
})

describe('a library is used only if it gives its known answers', () => {
  const right = prebuilt()
  const lies: Record<string, Partial<NativeSecp256k1>> = {
    'another signature': {
      sign: (digest, key, out) =>
        right.sign(
          Uint8Array.from(digest, (byte) => byte ^ 1),
          key,
          out,
        ),
    },
    'another recovery id': { sign: (...call) => right.sign(...call) ^ 1 },
    'another signer': { recover: (digest, signature, recovery) => right.recover(digest, signature, recovery ^ 1) },
    'another public key': { publicKey: () => new Uint8Array(65) },
    'a key of zeros taken': { publicKey: (key) => (key.every((byte) => byte === 0) ? new Uint8Array(65) : right.publicKey(key)) },
  }

  it('as the right one does', () => expect(givesKnownAnswers(right)).toBe(true))

  it.each(Object.entries(lies))('%s', (_, lie) => {
    expect(givesKnownAnswers({ ...right, ...lie })).toBe(false)
  })
})
