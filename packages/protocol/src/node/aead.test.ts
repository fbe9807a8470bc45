import { existsSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AEAD_TAG, type Aead, aeadKnownAnswers, compiledAead, fastAead, nodeAead } from './aead.ts'
import { COMPILED_NATIVE } from './native.ts'

const sized = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
const some = fc.uint8Array({ maxLength: 1_000 })

function sealed(aead: Aead, key: Uint8Array, nonce: Uint8Array, additional: Uint8Array, plain: Uint8Array): Uint8Array {
  const out = new Uint8Array(plain.length + AEAD_TAG)
  aead.seal(key, nonce, additional, plain, out)
  return out
}

/** What opens, or that nothing does, and what then stands in the memory for it. */
function opened(aead: Aead, key: Uint8Array, nonce: Uint8Array, additional: Uint8Array, bytes: Uint8Array): [boolean, Uint8Array] {
  const out = new Uint8Array(bytes.length - AEAD_TAG).fill(3)
  return [aead.open(key, nonce, additional, bytes, out), out]
}

const [key, nonce, none] = [new Uint8Array(32).fill(1), new Uint8Array(12).fill(2), new Uint8Array()]

it('node:crypto gives the known answers', () => {
  expect(aeadKnownAnswers(nodeAead)).toBe(true)
})

// Everywhere else the launcher compiles nothing, and node:crypto is used.
describe.runIf(process.platform === 'linux' && ['x64', 'arm64'].includes(process.arch))('AES-256-GCM that is compiled here', () => {
  it('is there where there is a compiler, and is what is used', () => {
    expect(existsSync(COMPILED_NATIVE)).toBe(true)
    expect(fastAead().from).toBe('compiled')
  })

  it('seals byte for byte as node:crypto does, and each opens what the other sealed', () => {
    fc.assert(
      fc.property(sized(32), sized(12), some, some, (key, nonce, additional, plain) => {
        const bytes = sealed(compiledAead(), key, nonce, additional, plain)
        expect(bytes).toEqual(sealed(nodeAead, key, nonce, additional, plain))
        for (const aead of [compiledAead(), nodeAead]) expect(opened(aead, key, nonce, additional, bytes)).toEqual([true, plain])
      }),
      { numRuns: 300 },
    )
  })

  it('opens nothing that was altered anywhere, and leaves zeros', () => {
    fc.assert(
      fc.property(
        sized(32),
        sized(12),
        fc.uint8Array({ minLength: 1, maxLength: 300 }),
        some,
        fc.nat(),
        (key, nonce, additional, plain, at) => {
          const bytes = sealed(compiledAead(), key, nonce, additional, plain)
          const flipped = (of: Uint8Array) => of.map((byte, i) => (i === at % of.length ? byte ^ (1 << (at % 8)) : byte))
          for (const aead of [compiledAead(), nodeAead])
            for (const [k, n, a, b] of [
              [flipped(key), nonce, additional, bytes],
              [key, flipped(nonce), additional, bytes],
              [key, nonce, flipped(additional), bytes],
              [key, nonce, additional.subarray(1), bytes],
              [key, nonce, additional, flipped(bytes)],
            ] as const)
              expect(opened(aead, k, n, a, b)).toEqual([false, new Uint8Array(plain.length)])
        },
      ),
      { numRuns: 150 },
    )
  })

  it('opens and seals after whatever did not', () => {
    const aead = compiledAead()
    const bytes = sealed(aead, key, nonce, none, Uint8Array.of(1, 2, 3))
    for (let i = 0; i < 100; i++) {
      expect(
        opened(
          aead,
          key,
          nonce,
          none,
          bytes.map((byte) => byte ^ 255),
        )[0],
      ).toBe(false)
      expect(opened(aead, key, nonce, none, bytes)).toEqual([true, Uint8Array.of(1, 2, 3)])
    }
    expect(aeadKnownAnswers(aead)).toBe(true)
  })

  it('works in place, and writes nothing but its output', () => {
    const aead = compiledAead()
    const plain = Uint8Array.from({ length: 100 }, (_, i) => i)
    const memory = new Uint8Array(200).fill(9)
    memory.set(plain, 40)
    aead.seal(key, nonce, none, memory.subarray(40, 140), memory.subarray(40, 156))
    expect(memory.subarray(40, 156)).toEqual(sealed(nodeAead, key, nonce, none, plain))
    expect(aead.open(key, nonce, none, memory.subarray(40, 156), memory.subarray(40, 140))).toBe(true)
    expect(memory.subarray(40, 140)).toEqual(plain)
    expect([...memory.subarray(0, 40), ...memory.subarray(156)]).toEqual(Array(84).fill(9))
  })

  it('throws for arguments of other types and lengths, whatever they are, and lives on', () => {
    const { seal, open } = compiledAead() as unknown as Record<'seal' | 'open', (...args: unknown[]) => unknown>
    const [plain, bytes] = [new Uint8Array(20), new Uint8Array(36)]
    const gone = new Uint8Array(32)
    structuredClone(gone.buffer, { transfer: [gone.buffer] })
    const odd = [undefined, null, 5, 'text', {}, [], new Uint16Array(32), new DataView(new ArrayBuffer(32)), new ArrayBuffer(32)]
    for (const bad of [...odd, new Uint8Array(0), new Uint8Array(31), new Uint8Array(33), gone])
      for (const work of [seal, open]) {
        const [from, to] = work === seal ? [plain, bytes] : [bytes, plain]
        expect(() => work(bad, nonce, none, from, to)).toThrow()
        expect(() => work(key, bad, none, from, to)).toThrow()
        expect(() => work(key, nonce, none, bad, to)).toThrow()
        expect(() => work(key, nonce, none, from, bad)).toThrow()
        expect(() => work(key, nonce, none, from)).toThrow()
        expect(() => work()).toThrow()
      }
    for (const bad of odd) expect(() => seal(key, nonce, bad, plain, bytes)).toThrow()
    for (const length of [0, 1, 15]) expect(() => open(key, nonce, none, new Uint8Array(length), none)).toThrow()
    expect(aeadKnownAnswers(compiledAead())).toBe(true)
  })

  it('works on threads that begin and end while others seal', async () => {
    const code = `
      const { workerData: path, parentPort } = require('node:worker_threads')
      const native = require(path)
      const out = Buffer.alloc(66)
      for (let i = 0; i < 2000; i++) native.seal(Buffer.alloc(32, i), Buffer.alloc(12), Buffer.alloc(0), Buffer.alloc(50, 7), out)
      parentPort.postMessage(out.toString('hex'))`
    const threads = Array.from({ length: 6 }, () => new Worker(code, { eval: true, workerData: COMPILED_NATIVE }))
    const last = await Promise.all(threads.map((thread) => new Promise((resolve) => thread.once('message', resolve))))
    await Promise.all(threads.map((thread) => thread.terminate()))
    const expected = sealed(nodeAead, new Uint8Array(32).fill(1999 % 256), new Uint8Array(12), none, new Uint8Array(50).fill(7))
    expect(new Set(last)).toEqual(new Set([Buffer.from(expected).toString('hex')]))
  })
})

describe('an implementation is used only if it gives its known answers', () => {
  /** Seals, then does this to what came out. */
  const sealedThen = (after: (sealed: Uint8Array, plain: Uint8Array) => void): Partial<Aead> => ({
    seal(...args) {
      nodeAead.seal(...args)
      after(args[4], args[3])
    },
  })
  /** Opens, then does this to what came out. */
  const openedThen = (after: (opens: boolean, plain: Uint8Array) => boolean): Partial<Aead> => ({
    open: (...args) => after(nodeAead.open(...args), args[4]),
  })
  const changed: [string, Partial<Aead>][] = [
    [
      'that changes a byte',
      sealedThen((sealed) => {
        sealed[0]! ^= 1
      }),
    ],
    ['without a tag', sealedThen((sealed, plain) => sealed.fill(0, plain.length))],
    ['that opens anything', openedThen(() => true)],
    ['that opens nothing', openedThen(() => false)],
    [
      'that leaves what it could not open',
      openedThen((opens, plain) => {
        if (!opens) plain.fill(1)
        return opens
      }),
    ],
    ['that works once', { seal: once(nodeAead.seal) }],
  ]
  it.each(changed)('one %s is not', (_, over) => {
    expect(aeadKnownAnswers({ ...nodeAead, ...over })).toBe(false)
  })

  function once(seal: Aead['seal']): Aead['seal'] {
    let calls = 0
    return (...args) => {
      if (calls++ === 0) seal(...args)
    }
  }
})
