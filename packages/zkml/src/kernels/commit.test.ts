import { blake3 } from '@noble/hashes/blake3.js'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fAdd, fMul, fPow, omega } from '../field/f.ts'
import { type K, kAdd, kMul, kScale, kSum } from '../field/k.ts'
import { fn, getF, getK, kernels, outK, putF, putK, randomKs, scoped } from './kernels.testkit.ts'

const evaluate = (row: readonly bigint[], x: bigint): bigint => row.reduceRight((sum, c) => fAdd(fMul(sum, x), c), 0n)
const randomFs = (n: number, seed: bigint): bigint[] => randomKs(n, seed).map(([a]) => a)
const bytesOf = (values: readonly bigint[]): Uint8Array => new Uint8Array(BigUint64Array.from(values).buffer)
const join = (...parts: Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]))
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

const shape = fc
  .record({
    c: fc.integer({ min: 5, max: 8 }),
    rate: fc.integer({ min: 2, max: 3 }),
    cells: fc.integer({ min: 1, max: 1500 }),
    seed: fc.nat(),
  })
  .map(({ c, rate, cells, seed }) => ({ c, l: c + rate, rows: Math.ceil(cells / 2 ** c), cells, seed: BigInt(seed) }))
const header = Uint8Array.from({ length: 64 }, (_, i) => (i * 5) & 255)

/** Encodes and opens columns; what SPEC 6.1 says, evaluated point by point. */
function commit({ c, l, rows, cells, seed }: { c: number; l: number; rows: number; cells: number; seed: bigint }) {
  const message = randomFs(cells, seed)
  const msg = putF(message)
  const cw = kernels.alloc(8 * rows * 2 ** l)
  fn.rsEncode(cw, msg, cells, c, l)
  const tree = kernels.alloc(64 * 2 ** l)
  fn.leafHashes(tree, cw, rows, c, l, kernels.put(header))
  fn.merkleTree(tree, l)
  return { message, msg, cw, tree }
}

function column(message: readonly bigint[], c: number, l: number, j: number): bigint[] {
  const x = fPow(omega(l), BigInt(j))
  return Array.from({ length: Math.ceil(message.length / 2 ** c) }, (_, i) => evaluate(message.slice(i * 2 ** c, (i + 1) * 2 ** c), x))
}

test('columns are the values of the rows at the powers of ω, and leaves hash header and column', () => {
  fc.assert(
    fc.property(shape, fc.array(fc.nat(), { minLength: 1, maxLength: 5 }), (params, picks) =>
      scoped(() => {
        const { c, l, rows } = params
        const { message, cw, tree } = commit(params)
        const indices = [...new Set(picks.map((pick) => pick % 2 ** l))].sort((a, b) => a - b)
        const cols = kernels.alloc(8 * rows * indices.length)
        fn.openColumns(cols, cw, rows, c, l, kernels.put(Uint32Array.from(indices)), indices.length)
        for (const [t, j] of indices.entries()) {
          const expected = column(message, c, l, j)
          expect(getF(cols + 8 * rows * t, rows)).toEqual(expected)
          expect(hex(kernels.bytes(tree + 32 * (2 ** l + j), 32))).toBe(hex(blake3(join(header, bytesOf(expected)))))
        }
        const leaves = kernels.alloc(32 * indices.length)
        fn.leafHashesOf(leaves, cols, rows, indices.length, kernels.put(header))
        for (const [t, j] of indices.entries())
          expect(hex(kernels.bytes(leaves + 32 * t, 32))).toBe(hex(kernels.bytes(tree + 32 * (2 ** l + j), 32)))
        for (const node of [1, 2, 3, 2 ** (l - 1), 2 ** l - 1])
          expect(hex(kernels.bytes(tree + 32 * node, 32))).toBe(hex(blake3(kernels.bytes(tree + 64 * node, 64))))
      }),
    ),
    { numRuns: 40 },
  )
})

test('a transform of every size from 2^5 to 2^14 is right', () => {
  for (let c = 5; c <= 14; c++)
    scoped(() => {
      const l = c + 2
      const message = randomFs(2 ** c, 3n)
      const cw = kernels.alloc(8 * 2 ** l)
      fn.rsEncode(cw, putF(message), 2 ** c, c, l)
      const indices = [0, 1, 2, 3, 4, 2 ** c + 1, 2 ** l - 1]
      const out = kernels.alloc(8 * indices.length)
      fn.openColumns(out, cw, 1, c, l, kernels.put(Uint32Array.from(indices)), indices.length)
      expect(getF(out, indices.length)).toEqual(indices.map((j) => evaluate(message, fPow(omega(l), BigInt(j)))))
    })
})

test('long columns: one chunk of BLAKE3 holds 120 rows, further ones 128; all borders', () => {
  for (const rows of [1, 7, 8, 9, 119, 120, 121, 127, 128, 247, 248, 249, 376, 377, 633, 1000])
    scoped(() => {
      const q = 5
      const values = Array.from({ length: q }, (_, t) => randomFs(rows, BigInt(t)))
      const cols = kernels.put(join(Uint8Array.of(1, 2, 3), ...values.map(bytesOf))) + 3
      const out = kernels.alloc(32 * q)
      fn.leafHashesOf(out, cols, rows, q, kernels.put(header))
      for (const [t, col] of values.entries()) expect(hex(kernels.bytes(out + 32 * t, 32))).toBe(hex(blake3(join(header, bytesOf(col)))))
    })
})

/** SPEC 6.5 on sets of indices. */
function siblings(indices: readonly number[], l: number): number[] {
  const out: number[] = []
  let marked = [...indices]
  for (let level = l; level > 0; level--) {
    for (const node of marked) if (!marked.includes(node ^ 1)) out.push(2 ** level + (node ^ 1))
    marked = [...new Set(marked.map((node) => node >> 1))]
  }
  return out
}

const opened = fc
  .integer({ min: 1, max: 9 })
  .chain((l) =>
    fc.record({ l: fc.constant(l), indices: fc.uniqueArray(fc.integer({ min: 0, max: 2 ** l - 1 }), { minLength: 1, maxLength: 40 }) }),
  )
  .map(({ l, indices }) => ({ l, indices: indices.sort((a, b) => a - b) }))

test('multiproofs name the siblings in order, are accepted, and refused when anything about them changes', () => {
  fc.assert(
    fc.property(opened, fc.nat(), ({ l, indices }, pick) =>
      scoped(() => {
        const q = indices.length
        const tree = kernels.put(Uint8Array.from({ length: 64 * 2 ** l }, (_, i) => (i * 97 + (i >> 5) * 13) & 255))
        fn.merkleTree(tree, l)
        const idx = kernels.put(Uint32Array.from(indices))
        const proof = kernels.alloc(32 * q * l)
        const count = fn.multiproof(proof, tree, l, idx, q)
        const expected = siblings(indices, l)
        expect(count).toBe(expected.length)
        expect(fn.multiproofCount(idx, q, l)).toBe(count)
        for (const [i, node] of expected.entries())
          expect(hex(kernels.bytes(proof + 32 * i, 32))).toBe(hex(kernels.bytes(tree + 32 * node, 32)))
        const leaves = join(...indices.map((j) => kernels.bytes(tree + 32 * (2 ** l + j), 32)))
        const check = (changed = leaves, nSib = count, root = tree + 32): number =>
          fn.multiproofCheck(root, kernels.put(changed), idx, q, l, proof, nSib)
        expect(check()).toBe(1)
        expect(check(leaves, count + 1)).toBe(0)
        if (count > 0) expect(check(leaves, count - 1)).toBe(0)
        const bad = leaves.slice()
        bad[pick % bad.length]! ^= 128
        expect(check(bad)).toBe(0)
        expect(check(leaves, count, tree + 64)).toBe(0)
        if (count > 0) {
          kernels.u8(proof, 32 * count)[pick % (32 * count)]! ^= 1
          expect(check()).toBe(0)
        }
      }),
    ),
    { numRuns: 80 },
  )
})

test('a multiproof of no leaf, or one that ends in two nodes, proves nothing', () =>
  scoped(() => {
    const root = kernels.put(new Uint8Array(32).fill(7))
    const check = (indices: number[]) => {
      const leaves = kernels.put(new Uint8Array(32 * 2).fill(7))
      return fn.multiproofCheck(root, leaves, kernels.put(Uint32Array.from(indices)), indices.length, 0, leaves, 0)
    }
    expect([[], [0], [0, 1]].map(check)).toEqual([0, 1, 0])
  }))

test('the combination of rows, the combination of columns and the encoding of the combination agree', () => {
  fc.assert(
    fc.property(shape, fc.integer({ min: 1, max: 60 }), (params, q) =>
      scoped(() => {
        const { c, l, rows, cells, seed } = params
        const { message, msg, cw } = commit(params)
        const eq = randomKs(rows, seed + 5n)
        const coef = randomKs(1, seed + 6n)[0]!
        const u = kernels.zeros(16 * 2 ** c)
        fn.rowCombine(u, msg, cells, c, putK(eq), putK([coef]))
        const cell = (i: number, j: number): bigint => message[i * 2 ** c + j] ?? 0n
        const expected = Array.from({ length: 2 ** c }, (_, j): K => kMul(coef, kSum(eq.map((e, i) => kScale(e, cell(i, j))))))
        expect(getK(u, 2 ** c)).toEqual(expected)

        const indices = [...new Set(Array.from({ length: q }, (_, i) => (i * i * 31 + 7 * i) % 2 ** l))].sort((a, b) => a - b)
        const idx = kernels.put(Uint32Array.from(indices))
        const cols = kernels.alloc(8 * rows * indices.length)
        fn.openColumns(cols, cw, rows, c, l, idx, indices.length)
        const combined = kernels.zeros(16 * indices.length)
        fn.columnCombine(combined, cols, rows, indices.length, putK(eq), putK([coef]))
        const encoded = outK(indices.length)
        fn.encodeAt(encoded, u, c, l, idx, indices.length, kernels.alloc(16 * (2 ** c + 2 ** l)))
        expect(getK(encoded, indices.length)).toEqual(getK(combined, indices.length))
        const x = fPow(omega(l), BigInt(indices[0]!))
        expect(getK(encoded, 1)[0]).toEqual(expected.reduceRight((sum, value) => kAdd(kScale(sum, x), value)))
      }),
    ),
    { numRuns: 40 },
  )
})
