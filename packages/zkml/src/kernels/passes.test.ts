import { describe, expect, test } from 'vitest'
import { randomOf } from '../program/model.testkit.ts'
import { Kernels } from './kernels.ts'

/** The parts of every pass are done here, the last first: no worker ever comes. */
const cut = Kernels.loadThreads({ workers: 3, spawn: () => ({ stop: () => {} }) })
const whole = Kernels.loadSync()

/** What a kernel writes is the same in parts and in one piece. */
function same(seed: number, run: (kernels: Kernels, data: Data) => readonly (readonly [at: number, bytes: number])[]): void {
  const { passes } = cut.shared
  const [expected, found] = [whole, cut].map((kernels) => {
    const mark = kernels.mark()
    const written = run(kernels, new Data(kernels, seed))
    const copies = written.map(([at, bytes]) => Buffer.from(kernels.bytes(at, bytes)).toString('base64'))
    kernels.release(mark)
    return copies
  })
  expect(cut.shared.passes).toBeGreaterThan(passes)
  expect(found).toEqual(expected)
}

/** Fills memory without pattern. */
class Data {
  private readonly kernels: Kernels
  private readonly random: (below: number) => number

  constructor(kernels: Kernels, seed: number) {
    this.kernels = kernels
    this.random = randomOf(seed)
  }

  /** n elements of F; twice as many are n of K. */
  f(n: number): number {
    const at = this.kernels.alloc(8 * n)
    const words = this.kernels.u32(at, 2 * n)
    for (let i = 0; i < words.length; i++) words[i] = this.random(i % 2 === 0 ? 2 ** 32 : 2 ** 32 - 1)
    return at
  }

  k(n: number): number {
    return this.f(2 * n)
  }

  i16(n: number): number {
    return this.kernels.put(Int16Array.from({ length: n }, () => this.random(65_536) - 32_768))
  }

  /** A transcript at its start. */
  st(): number {
    const at = this.kernels.alloc(32)
    this.kernels.fn.tsInit(at)
    return at
  }
}

describe('a pass in parts writes the same as in one piece', () => {
  // Leaves before the padding 0/1 at their end.
  test.each([4096, 4095, 5001, 6144, 8191, 8192].map((live) => [live]))('the fraction tree of 8192 leaves, %i of them live', (live) => {
    same(live, (kernels, data) => {
      const l = 13
      const { fn } = kernels
      const [P, Q] = [data.f(2 ** l), data.k(2 ** l)]
      fn.leafPad(P + 8 * live, Q + 16 * live, 2 ** l - live)
      // Numerator of the last live leaf: makes the sum 0, so that there is a tree at all.
      const sum = kernels.zeros(16)
      const [inverse, term] = [data.k(1), data.k(1)]
      for (let i = 0; i < live; i++) {
        const ones = kernels.u64(P + 8 * i, 1)
        ones[0] = 1n
        kernels.u64(Q + 16 * i + 8, 1)[0] = 0n
        fn.kInv(inverse, Q + 16 * i)
        if (i < live - 1) fn.kAdd(sum, sum, inverse)
      }
      fn.kMul(term, sum, Q + 16 * (live - 1))
      fn.kNeg(term, term)
      kernels.u64(P + 8 * (live - 1), 1)[0] = kernels.u64(term, 1)[0]!
      const bytes = 16 * (4 + Array.from({ length: l - 1 }, (_, j) => 3 * (j + 1) + 4).reduce((a, b) => a + b, 0))
      const [scratch, proof, point, claims] = [fn.gkrScratch(l), bytes, 16 * l, 32].map((size) => kernels.alloc(size))
      expect(fn.gkrProve(data.st(), P, Q, l, scratch!, proof!, point!, claims!)).toBe(0)
      return [
        [proof!, bytes],
        [point!, 16 * l],
        [claims!, 32],
      ]
    })
  })

  test.each([2049, 4096, 5000, 8192])('the batching sumcheck over %i cells and a shorter matrix', (cells) => {
    same(cells, (kernels, data) => {
      const records = [cells, 3000].flatMap((n) => {
        const v = Math.ceil(Math.log2(n))
        return [v, n, data.k(n), data.f(n), data.k(Math.min(n, 2 ** (v - 1))), 0, 0, 0]
      })
      const V = Math.max(records[0]!, records[8]!)
      const [proof, r, values] = [data.k(2 * V), data.k(V), data.k(2)]
      const labels = [kernels.label('br'), kernels.label('brc')] as const
      kernels.fn.batchProve(data.st(), kernels.put(Uint32Array.from(records)), 2, V, proof, r, values, ...labels)
      return [
        [proof, 32 * V],
        [r, 16 * V],
        [values, 32],
      ]
    })
  })

  test.each([
    [13, 13],
    [13, 0],
    [13, 2],
    [12, 7],
  ])('the main sumcheck over 2^%i cells with %i variables under eq', (v, e) => {
    same(v * 100 + e, (kernels, data) => {
      const [A, B, t, pyramid] = [data.k(2 ** v), data.k(2 ** v), data.k(Math.max(1, e)), data.k(2 ** (e + 1))]
      kernels.fn.eqPyramid(pyramid, t, e)
      const record = data.k(4)
      kernels.u32(record, 8).set([v, e, A, B, pyramid, t, 0, 0])
      const [S, proof, r] = [data.k(1), data.k(3 * v), data.k(v)]
      kernels.fn.instanceSums(S, record, 1)
      kernels.fn.mainProve(data.st(), record, 1, v, proof, r, kernels.label('mr'), kernels.label('mrc'))
      return [
        [S, 16],
        [proof, 48 * v],
        [r, 16 * v],
      ]
    })
  })

  test.each([
    [10, 12, 1],
    [10, 13, 65_537],
    [11, 13, 2048 * 33],
    [7, 11, 20_000],
  ])('codewords, leaves, tree and combined rows, 2^%i of 2^%i, %i cells', (c, l, cells) => {
    same(cells, (kernels, data) => {
      const { fn } = kernels
      const rows = Math.ceil(cells / 2 ** c)
      const [msg, cw, tree, hdr, eq, coef] = [data.f(cells), data.f(rows * 2 ** l), data.f(8 * 2 ** l), data.f(8), data.k(rows), data.k(1)]
      fn.rsEncode(cw, msg, cells, c, l)
      fn.leafHashes(tree, cw, rows, c, l, hdr)
      fn.merkleTree(tree, l)
      const u = kernels.zeros(16 * 2 ** c)
      fn.rowCombine(u, msg, cells, c, eq, coef)
      return [
        [cw, 8 * rows * 2 ** l],
        [tree + 32, 64 * 2 ** l - 32],
        [u, 16 * 2 ** c],
      ]
    })
  })

  test.each([
    [300, 2500, 2501],
    [1, 300_001, 300_001],
    [5000, 70, 75],
    [70_000, 9, 9],
  ])('contractions and products of a %i × %i table, %i cells from row to row', (rows, cols, stride) => {
    same(rows, (kernels, data) => {
      const W = data.i16(rows * stride)
      const e = data.k(Math.max(rows, cols))
      const [byRow, byColumn, x] = [data.k(cols), data.k(rows), data.i16(3 * cols)]
      kernels.fn.contractRowsI16(byRow, e, W, rows, cols, stride)
      kernels.fn.contractColsI16(byColumn, e, W, rows, cols, stride)
      const y = data.f(3 * rows)
      kernels.fn.matmulI16(y, W, x, rows, 3, cols)
      return [
        [byRow, 16 * cols],
        [byColumn, 16 * rows],
        [y, 24 * rows],
      ]
    })
  })

  test.each([[[100, 200]], [[3, 5, 1000]], [[40_000]], [[1, 40_000]]])('leaves and products over a space of %j', (lengths) => {
    same(lengths.length, (kernels, data) => {
      const { fn } = kernels
      const axes = lengths.map((n) => ({ n, bits: Math.ceil(Math.log2(n)), at: data.k(n) }))
      const cells = 2 ** axes.reduce((sum, { bits }) => sum + bits, 0)
      const records = kernels.put(Uint32Array.from(axes.flatMap(({ n, bits, at }, i) => [i === 1 ? 0 : at, n, bits, 0])))
      const [P, Q, base, betas, mult] = [data.f(cells), data.k(cells), data.k(1), data.k(2), data.f(cells)]
      const columns = kernels.put(Uint32Array.of(data.f(cells), data.f(cells)))
      fn.leafFill(P, Q, records, axes.length, base, betas, columns, 2, mult)
      const [out, sum] = [data.k(cells), data.f(cells)]
      fn.tensorAdd(out, records, axes.length, base)
      fn.fAxpy(sum, mult, base, cells)
      return [
        [P, 8 * cells],
        [Q, 16 * cells],
        [out, 16 * cells],
        [sum, 8 * cells],
      ]
    })
  })
})
