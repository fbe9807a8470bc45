import { describe, expect, it } from 'vitest'
import { interpret } from '../interpret.ts'
import { decodeIr, encodeIr } from '../ir.ts'
import { flatTable, oneNode, PLAIN, t } from '../testkit/samples.testkit.ts'
import type { IntArray, Ir, Weights } from '../types.ts'

/** The output of a model of one node, which is first read back from its bytes. */
function run(ir: Ir, inputs: readonly (readonly number[])[], weights: Weights = [], batch = 1): (number | bigint)[] {
  const model = decodeIr(encodeIr(ir))
  const x = inputs.map((values): IntArray => Int16Array.from(values))
  return Array.from<number | bigint>(interpret(model, weights, x, { batch }).tensors.at(-1)!)
}

const WINDOW = { stride: [1, 1], pad: [0, 0, 0, 0], dil: [1, 1] } as const

/** Cases worked out by hand from SPEC 2.4. */
describe('Gemm', () => {
  const w = [t(0, [2, 3]), t(1, [2], 'i64')]
  const weights = [Int16Array.of(1, 2, 3, -1, 0, 5), BigInt64Array.of(10n, -4n)]

  it('sums products and the bias, times the channel’s power of two', () => {
    expect(run(oneNode('Gemm', { d: [0, 3], ...PLAIN }, [[3]], [2], w), [[1, -1, 2]], weights)).toEqual([1 - 2 + 6 + 10, (-1 + 10 - 4) * 8])
  })
  it('rounds half up, toward +∞ for negative sums too', () => {
    const a = { d: [0, 0], s: 1, lo: -32768, hi: 32767 }
    expect(run(oneNode('Gemm', a, [[3]], [2], w), [[-11, 0, 0]], weights)).toEqual([0, 4]) // −1/2 → 0, 7/2 → 4
    expect(run(oneNode('Gemm', a, [[3]], [2], w), [[-13, 0, 0]], weights)).toEqual([-1, 5]) // −3/2 → −1, 9/2 → 5
  })
  it('saturates at lo and hi', () => {
    const a = { d: [0, 0], s: 0, lo: -3, hi: 20 }
    expect(run(oneNode('Gemm', a, [[3]], [2], w), [[100, 0, 0]], weights)).toEqual([20, -3])
  })
  it('gives the accumulator itself as a raw output', () => {
    const extreme = [Int16Array.from({ length: 6 }, () => -32768), BigInt64Array.of(2n ** 45n, -(2n ** 45n))]
    const ir = oneNode('Gemm', { d: [0, 12], raw: 1 }, [[3]], [2], w)
    expect(run(ir, [[-32768, -32768, -32768]], extreme)).toEqual([3n * 2n ** 30n + 2n ** 45n, (3n * 2n ** 30n - 2n ** 45n) * 2n ** 12n])
  })
  it('treats leading axes and the batch alike', () => {
    const rows = [1, -1, 2, 0, 0, 1, 7, 7, 7, 2, 0, 0]
    const a = { d: [0, 0], ...PLAIN }
    const one = run(oneNode('Gemm', a, [[4, 3]], [4, 2], w), [rows], weights)
    expect(one).toEqual([15, 5, 13, 1, 52, 24, 12, -6])
    expect(run(oneNode('Gemm', a, [[2, 3]], [2, 2], w), [rows], weights, 2)).toEqual(one)
    expect(run(oneNode('Gemm', a, [[3]], [2], w), [rows], weights, 4)).toEqual(one)
  })
})

describe('Conv', () => {
  it('slides a kernel; cells outside are 0', () => {
    const w = [t(0, [1, 1, 2, 2])]
    const a = { group: 1, ...WINDOW, pad: [1, 0, 0, 1], d: [0], ...PLAIN }
    // 1 2 / 3 4 with a row of zeros above and a column of zeros on the right.
    expect(run(oneNode('Conv', a, [[1, 2, 2]], [1, 2, 2], w), [[1, 2, 3, 4]], [Int16Array.of(1, 10, 100, 1000)])).toEqual([
      2100, 200, 4321, 402,
    ])
  })
  it('reads more places than one buffer of patches holds', () => {
    const x = Array.from({ length: 600 * 600 }, (_, i) => (i % 1009) - 500)
    const ir = oneNode('Conv', { group: 1, ...WINDOW, d: [0, 0], ...PLAIN }, [[1, 600, 600]], [2, 600, 600], [t(0, [2, 1, 1, 1])])
    const found = run(ir, [x], [Int16Array.of(3, -5)])
    expect(found.findIndex((value, i) => value !== (i < x.length ? 3 * x[i]! : -5 * x[i - x.length]!))).toBe(-1)
  })
  it('keeps groups apart, strides and dilates', () => {
    const w = [t(0, [2, 1, 1, 2])]
    const a = { group: 2, stride: [1, 2], pad: [0, 0, 0, 0], dil: [1, 2], d: [0, 0], ...PLAIN }
    const x = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
    expect(run(oneNode('Conv', a, [[2, 1, 5]], [2, 1, 2], w), [x], [Int16Array.of(1, 10, 100, 1000)])).toEqual([31, 53, 8600, 10800])
  })
})

describe('MatMulAA', () => {
  it('multiplies by the transpose of the second input', () => {
    const ir = oneNode(
      'MatMulAA',
      { ...PLAIN },
      [
        [1, 2, 2],
        [1, 3, 2],
      ],
      [1, 2, 3],
    )
    expect(
      run(ir, [
        [1, 2, 3, 4],
        [1, 0, 0, 1, 10, 10],
      ]),
    ).toEqual([1, 2, 30, 3, 4, 70])
  })
})

describe('operators cell by cell', () => {
  it('Affine takes each constant for all or per index', () => {
    const a = { ax: 1, c1: [1, 10], c2: -1, c0: [5, 0], ...PLAIN }
    expect(
      run(
        oneNode(
          'Affine',
          a,
          [
            [2, 2],
            [2, 2],
          ],
          [2, 2],
        ),
        [
          [1, 2, 3, 4],
          [1, 1, 1, 1],
        ],
      ),
    ).toEqual([5, 19, 7, 39])
  })
  it('Clip is Relu with lo = 0', () => {
    expect(run(oneNode('Clip', { s: 0, lo: 0, hi: 32767 }, [[4]], [4]), [[-32768, -1, 0, 32767]])).toEqual([0, 0, 0, 32767])
  })
  it('LeakyRelu scales both sides', () => {
    const a = { k: 3, alpha: 2, s: 3, lo: -32768, hi: 32767 }
    expect(run(oneNode('LeakyRelu', a, [[5]], [5]), [[-32768, -2, -1, 0, 9]])).toEqual([-8192, 0, 0, 0, 9]) // −4/8 → 0
  })
  it('Pwl reads the row and the rest of an int16', () => {
    const rows = flatTable(1, 0, 0).rows.map((_, i): [number, number] => [i, 2 * i])
    const ir = { ...oneNode('Pwl', { table: 1, raw: 1 }, [[4]], [4]), tables: [flatTable(0, 0, 0), { id: 1, kind: 'pwl', rows } as const] }
    expect(run(ir, [[-32768, -32767, 0, 32767]])).toEqual([0n, 0n, 128n * 256n, 255n * 256n + 510n * 255n])
  })
})

describe('pools', () => {
  it('MaxPool takes a missing cell as −32768', () => {
    const a = { kernel: [2, 2], stride: [1, 1], pad: [1, 1, 0, 0], dil: [1, 1] }
    expect(run(oneNode('MaxPool', a, [[1, 2, 2]], [1, 2, 2]), [[-5, -6, -32768, 9]])).toEqual([-5, -5, -5, 9])
  })
  it('AvgPool takes a missing cell as 0', () => {
    const a = { kernel: [2, 2], stride: [1, 1], pad: [1, 1, 0, 0], dil: [1, 1], c: 3, ...PLAIN }
    expect(run(oneNode('AvgPool', a, [[1, 2, 2]], [1, 2, 2]), [[1, 10, 100, 1000]])).toEqual([3, 33, 303, 3333])
  })
})

describe('operators over the last axis', () => {
  it('Softmax of equal numbers divides one by their count, rounded', () => {
    expect(run(oneNode('Softmax', { table: 0, s: 8 }, [[3]], [3], [], { f: 14 }), [[7, 7, 7]])).toEqual([5461, 5461, 5461])
  })
  it('Softmax rounds a half up', () => {
    // e = 16384, 16383 and 1, S = 2^15: the shares of 2^14 are 8192, 8191½ and ½.
    const rows = Array.from({ length: 256 }, (_, i) => [[16384, 16383, 1][i] ?? 0, 0] as const)
    const ir = { ...oneNode('Softmax', { table: 0, s: 8 }, [[3]], [3], [], { f: 14 }), tables: [{ id: 0, kind: 'pwl' as const, rows }] }
    expect(run(ir, [[512, 256, 0]])).toEqual([8192, 8192, 1])
  })
  it('Softmax of one dominant number gives it all, over the whole range of int16', () => {
    expect(run(oneNode('Softmax', { table: 0, s: 8 }, [[2]], [2], [], { f: 14 }), [[-32768, 32767]])).toEqual([0, 16384])
  })
  it('ArgMax names the first of equal maxima, per row', () => {
    expect(run(oneNode('ArgMax', {}, [[3, 3]], [3, 1]), [[1, 5, 5, -32768, -32768, -32768, 0, 1, 2]])).toEqual([1, 0, 2])
  })
})

describe('index maps', () => {
  const x = [[1, 2, 3, 4, 5, 6]]
  it('Transpose swaps rows and columns, inside each input of a batch', () => {
    expect(run(oneNode('Transpose', { perm: [1, 0] }, [[2, 3]], [3, 2]), x)).toEqual([1, 4, 2, 5, 3, 6])
    expect(run(oneNode('Transpose', { perm: [1, 0] }, [[1, 3]], [3, 1]), x, [], 2)).toEqual([1, 2, 3, 4, 5, 6])
  })
  it('Concat joins along any axis', () => {
    const ir = oneNode(
      'Concat',
      { ax: 1 },
      [
        [2, 3],
        [2, 1],
      ],
      [2, 4],
    )
    expect(run(ir, [...x, [7, 8]])).toEqual([1, 2, 3, 7, 4, 5, 6, 8])
  })
  it('Slice, Gather and Pad choose, repeat and fill', () => {
    expect(run(oneNode('Slice', { ax: 1, start: 1, len: 2 }, [[2, 3]], [2, 2]), x)).toEqual([2, 3, 5, 6])
    expect(run(oneNode('Gather', { ax: 1, idx: [2, 0, 2, 1] }, [[2, 3]], [2, 4]), x)).toEqual([3, 1, 3, 2, 6, 4, 6, 5])
    expect(run(oneNode('Pad', { ax: 0, before: 1, after: 0, value: -7 }, [[2, 3]], [3, 3]), x)).toEqual([-7, -7, -7, 1, 2, 3, 4, 5, 6])
  })
})
