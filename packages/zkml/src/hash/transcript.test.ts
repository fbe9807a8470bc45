import { blake3 } from '@noble/hashes/blake3.js'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { P } from '../field/f.ts'
import { Kernels } from '../kernels/kernels.ts'
import { Transcript } from './transcript.ts'

const kernels = Kernels.loadSync()
const { fn } = kernels
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

test('the plain transcript gives the vector of the specification', () => {
  const transcript = new Transcript()
  expect(hex(transcript.state)).toBe('25fd3c579f49b1ff61814e53366163e6d0bd07fa1a99783b76ac00dc863934a6')
  transcript.absorb('test', Uint8Array.of(0, 1, 2, 3))
  expect(hex(transcript.state)).toBe('89a4ed9a0a4e3cc674946e44895b17d2f9a088983b1ab6fda2e724f52ab87034')
  expect(transcript.squeeze('alpha', 1)).toEqual([[966834083642930553n, 14398277573293406327n]])
  expect(hex(transcript.state)).toBe('68bc82034f2fa282ffeead5be2cf89c874b22731f7895642703ab7ffbd18d6a0')
})

test('the kernels give the vector of the specification', () => {
  const st = kernels.alloc(32)
  fn.tsInit(st)
  fn.tsAbsorb(st, kernels.label('test'), kernels.put(Uint8Array.of(0, 1, 2, 3)), 4)
  expect(hex(kernels.bytes(st, 32))).toBe('89a4ed9a0a4e3cc674946e44895b17d2f9a088983b1ab6fda2e724f52ab87034')
  const out = kernels.alloc(16)
  fn.tsSqueeze(st, kernels.label('alpha'), out, 1)
  expect([...kernels.u64(out, 2)]).toEqual([966834083642930553n, 14398277573293406327n])
  expect(hex(kernels.bytes(st, 32))).toBe('68bc82034f2fa282ffeead5be2cf89c874b22731f7895642703ab7ffbd18d6a0')
})

const lengths = [
  0, 1, 63, 64, 65, 966, 967, 968, 1023, 1024, 1025, 2047, 2048, 2049, 3072, 3073, 4096, 5000, 7168, 8192, 8193, 31744, 100_003,
]

test.each(lengths)('BLAKE3 of %i bytes and its extended output are those of @noble/hashes, whatever was hashed before', (length) => {
  const mark = kernels.mark()
  const data = Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8)) & 255)
  const at = kernels.put(data)
  const out = kernels.alloc(200)
  fn.blake3(out, at, length)
  expect(hex(kernels.bytes(out, 32))).toBe(hex(blake3(data)))
  fn.blake3(out, out, 64)
  fn.blake3Xof(out, 200, at, length)
  expect(hex(kernels.bytes(out, 200))).toBe(hex(blake3(data, { dkLen: 200 })))
  kernels.release(mark)
})

test('both transcripts agree on random conversations', () => {
  const step = fc.oneof(
    fc.record({
      kind: fc.constant('absorb' as const),
      label: fc.constantFrom('a', 'grc', 'ctx'),
      size: fc.constantFrom(...lengths.slice(0, 20)),
    }),
    fc.record({ kind: fc.constant('squeeze' as const), label: fc.constantFrom('tau', 'gl'), size: fc.integer({ min: 0, max: 40 }) }),
    fc.record({ kind: fc.constant('indices' as const), label: fc.constant('q'), size: fc.integer({ min: 1, max: 128 }) }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), fc.integer({ min: 8, max: 20 }), (steps, l) => {
      const mark = kernels.mark()
      const plain = new Transcript()
      const st = kernels.alloc(32)
      fn.tsInit(st)
      for (const { kind, label, size } of steps) {
        const data = Uint8Array.from({ length: size }, (_, i) => i & 255)
        const out = kernels.put(kind === 'absorb' ? data : new Uint8Array(size * 16))
        if (kind === 'absorb') {
          plain.absorb(label, data)
          fn.tsAbsorb(st, kernels.label(label), out, size)
        } else if (kind === 'squeeze') {
          fn.tsSqueeze(st, kernels.label(label), out, size)
          expect([...kernels.u64(out, 2 * size)]).toEqual(plain.squeeze(label, size).flat())
        } else {
          fn.tsIndices(st, kernels.label(label), out, l, size)
          expect([...kernels.u32(out, size)]).toEqual(plain.indices(label, l, size))
        }
        expect(hex(kernels.bytes(st, 32))).toBe(hex(plain.state))
      }
      kernels.release(mark)
    }),
    { numRuns: 60 },
  )
})

test('a word of the stream that is no element of F is passed over: one of 2^32', () => {
  const state = new Uint8Array(32)
  new DataView(state.buffer).setUint32(0, 71_226_427, true)
  state[8] = 1
  // Found by trying: 0x02, the length of the label and the label make the second word p or more.
  const words = new DataView(blake3(Uint8Array.of(...state, 2, 1, 0x61), { dkLen: 32 }).buffer)
  const word = (at: number) => words.getBigUint64(8 * at, true)
  expect(word(1)).toBeGreaterThan(P)
  const plain = new Transcript()
  plain.state = state
  expect(plain.squeeze('a', 1)).toEqual([[word(0), word(2)]])
  const out = kernels.alloc(16)
  fn.tsSqueeze(kernels.put(state), kernels.label('a'), out, 1)
  expect([...kernels.u64(out, 2)]).toEqual([word(0), word(2)])
})

test('of many states, too, grinding finds the smallest nonce: four are tried at once, and no fifth', () => {
  const plain = new Transcript()
  const st = kernels.put(plain.state)
  for (let i = 0; i < 60; i++) {
    plain.absorb('pow', Uint8Array.of(i))
    fn.tsAbsorb(st, kernels.label('pow'), kernels.put(Uint8Array.of(i)), 1)
    let smallest = 0n
    while (!plain.powCheck(smallest, 5)) smallest++
    expect(fn.powFind(st, 5)).toBe(smallest)
  }
})

test('grinding finds the smallest nonce that passes, and a nonce of any size is checked', () => {
  const plain = new Transcript()
  const st = kernels.put(plain.state)
  for (const label of ['a', 'b', 'c']) {
    plain.absorb(label, new Uint8Array())
    fn.tsAbsorb(st, kernels.label(label), st, 0)
    const nonce = BigInt.asUintN(64, fn.powFind(st, 8))
    let smallest = 0n
    while (!plain.powCheck(smallest, 8)) smallest++
    expect(nonce).toBe(smallest)
    expect(fn.powCheck(st, nonce, 8)).toBe(1)
    for (const other of [0n, 2n ** 64n - 1n, 0x0123456789abcdefn, 2n ** 24n, 2n ** 56n + 3n])
      for (let i = 0n; i < 300n; i++)
        expect(fn.powCheck(st, BigInt.asIntN(64, other + i), 6) === 1).toBe(plain.powCheck(BigInt.asUintN(64, other + i), 6))
  }
})
