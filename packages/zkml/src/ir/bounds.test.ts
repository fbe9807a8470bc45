import { describe, expect, it } from 'vitest'
import { refusal } from '../../../protocol/src/testkit/expect.testkit.ts'
import { boundsOf } from './bounds.ts'
import { interpret } from './interpret.ts'
import { oneNode, PLAIN, t } from './testkit/samples.testkit.ts'
import type { Attributes, Ir, Weights } from './types.ts'

const W = [t(0, [1, 2])]
const WB = [t(0, [1, 2]), t(1, [1], 'i64')]
const MIN = -32768
const WINDOW = { stride: [1, 1], pad: [0, 0, 0, 0], dil: [1, 1] } as const

function gemm(a: Attributes, weights = W): Ir {
  return oneNode('Gemm', { d: [0], ...a }, [[2]], [1], weights)
}

describe('static bounds', () => {
  it('of a product are reached by the worst input, for public weights', () => {
    const weights = [Int16Array.of(3, -5), BigInt64Array.of(-1000n)]
    const { acc } = boundsOf(gemm(PLAIN, WB), weights).nodes[0]!.requant!
    expect(acc).toEqual({ lo: -(8n * 32768n + 1000n), hi: 8n * 32768n + 1000n })
    const trace = interpret(gemm(PLAIN, WB), weights, [Int16Array.of(MIN, 32767)])
    expect(Number(trace.acc[0]![0])).toBe(3 * MIN - 5 * 32767 - 1000)
  })

  it('of a product with committed weights hold for every int16 weight', () => {
    const worst = 2n * 2n ** 30n
    expect(boundsOf(gemm(PLAIN), 'committed').nodes[0]!.requant!.acc).toEqual({ lo: -worst, hi: worst })
    expect(boundsOf(gemm({ ...PLAIN, d: [3] }, WB), 'committed').nodes[0]!.requant!.acc.hi).toBe((worst + 2n ** 47n) * 8n)
    const two = oneNode('Gemm', { d: [3, 0], raw: 1 }, [[2]], [2], [t(0, [2, 2])])
    expect(boundsOf(two, 'committed').tensors[1]!.hi).toBe(worst * 8n)
    const acc = interpret(gemm(PLAIN), [Int16Array.of(MIN, MIN)], [Int16Array.of(MIN, MIN)]).acc[0]![0]
    expect(acc).toBe(Number(worst))
  })

  it('say which side of the clamp can be passed, and by how many bits', () => {
    const plan = (a: Attributes, w: readonly number[]) => boundsOf(gemm(a), [Int16Array.from(w)]).nodes[0]!
    // |acc| ≤ 2^16: −65536..65536 overshoots ±2^15 by at most 32769 (16 bits).
    expect(plan(PLAIN, [1, 1]).requant).toMatchObject({ over: true, under: true, overshootBits: 16, resultBits: 16 })
    expect(plan({ s: 0, lo: -32768, hi: 32767 }, [1, 0]).requant).toMatchObject({ over: true, under: false, overshootBits: 4 })
    expect(plan({ s: 2, lo: -32768, hi: 32767 }, [1, 1]).requant).toMatchObject({ over: false, under: false, overshootBits: 0 })
    expect(plan({ s: 2, lo: 0, hi: 32767 }, [1, 1])).toMatchObject({
      out: { lo: 0n, hi: 16384n },
      requant: { over: false, under: true, resultBits: 15 },
    })
    expect(plan({ s: 2, lo: -4, hi: 1 }, [1, 1])).toMatchObject({ out: { lo: -4n, hi: 1n }, requant: { resultBits: 3 } })
  })

  /** A clamp to 0..hi of what is always 77. */
  const clamped = (hi: number): Ir => ({
    ...oneNode('Clip', { s: 0, lo: 0, hi }, [[1]], [1]),
    nodes: [
      { op: 'Affine', in: [0], w: [], out: 1, a: { ax: 0, c1: 0, c0: 77, ...PLAIN } },
      { op: 'Clip', in: [1], w: [], out: 2, a: { s: 0, lo: 0, hi } },
    ],
    outputs: [2],
    tensors: [t(0, [1]), t(1, [1]), t(2, [1])],
  })

  it('of a clamp beside the whole interval are one value', () => {
    expect(boundsOf(clamped(9), []).tensors.slice(1)).toEqual([
      { lo: 77n, hi: 77n },
      { lo: 9n, hi: 9n },
    ])
  })

  it('need no bits for an overshoot of 0', () => {
    expect(boundsOf(clamped(77), []).nodes[1]!.requant).toMatchObject({ over: false, under: false, overshootBits: 0 })
    expect(boundsOf(clamped(76), []).nodes[1]!.requant).toMatchObject({ over: true, under: false, overshootBits: 4 })
  })

  it('are not those of weights that the model does not declare', () => {
    for (const weights of [[], [new Int16Array(3)], [new Int32Array(2)]]) refusal(() => boundsOf(gemm(PLAIN), weights), 'ZK_BAD_WEIGHTS')
  })

  it.each<[string, Ir, bigint, bigint]>([
    ['Affine per index', oneNode('Affine', { ax: 0, c1: [2, -1], c0: [0, 10], raw: 1 }, [[2]], [2]), 2n * -32768n, 65534n],
    ['Affine of two', oneNode('Affine', { ax: 0, c1: 1, c2: -1, c0: 0, raw: 1 }, [[2], [2]], [2]), -65535n, 65535n],
    [
      'MatMulAA',
      oneNode(
        'MatMulAA',
        { raw: 1 },
        [
          [2, 3],
          [2, 3],
        ],
        [2, 2],
      ),
      -3n * 2n ** 30n,
      3n * 2n ** 30n,
    ],
    ['LeakyRelu with a negative slope', oneNode('LeakyRelu', { k: 0, alpha: -1, raw: 1 }, [[1]], [1]), 0n, 32768n],
    ['AvgPool', oneNode('AvgPool', { kernel: [1, 2], ...WINDOW, c: 3, raw: 1 }, [[1, 1, 2]], [1, 1, 1]), -6n * 32768n, 6n * 32767n],
    ['Pwl', oneNode('Pwl', { table: 1, raw: 1 }, [[1]], [1]), 768n, 768n + 5n * 255n],
    ['Softmax', oneNode('Softmax', { table: 0, s: 8 }, [[2]], [2], [], { f: 14 }), 0n, 16384n],
    ['ArgMax', oneNode('ArgMax', {}, [[9]], [1]), 0n, 8n],
    ['Pad', oneNode('Pad', { ax: 0, before: 1, after: 0, value: 5 }, [[2]], [3]), -32768n, 32767n],
  ])('of %s', (_op, ir, lo, hi) => {
    expect(boundsOf(ir, []).tensors.at(-1)).toEqual({ lo, hi })
  })

  it('of a padded average contain the missing cells', () => {
    const pool = { kernel: [1, 2], stride: [1, 1], pad: [0, 1, 0, 0], dil: [1, 1], c: 1, raw: 1 }
    const ir: Ir = {
      ...oneNode('AvgPool', pool, [[1, 1, 2]], [1, 1, 2]),
      nodes: [
        { op: 'Affine', in: [0], w: [], out: 1, a: { ax: 0, c1: 0, c0: 77, ...PLAIN } },
        { op: 'AvgPool', in: [1], w: [], out: 2, a: pool },
      ],
      outputs: [2],
      tensors: [t(0, [1, 1, 2]), t(1, [1, 1, 2]), t(2, [1, 1, 2], 'i64')],
    }
    expect(boundsOf(ir, []).tensors[2]).toEqual({ lo: 0n, hi: 154n })
  })

  it('hold the plan of a softmax’s exponentials', () => {
    const { requant } = boundsOf(oneNode('Softmax', { table: 0, s: 8 }, [[2]], [2], [], { f: 14 }), []).nodes[0]!
    expect(requant).toMatchObject({ lo: 0, hi: 16384, over: false, resultBits: 15 })
  })

  const big = (bias: bigint): Weights => [Int16Array.of(0, 0), BigInt64Array.of(bias)]
  it.each<[string, Ir, Weights | 'committed']>([
    ['a raw output of 2^61', gemm({ d: [1], raw: 1 }, WB), big(2n ** 60n)],
    ['a raw output of −2^61', gemm({ raw: 1 }, WB), big(-(2n ** 61n))],
    ['the least int64 as a bias', gemm({ raw: 1 }, WB), big(-(2n ** 63n))],
    ['an accumulator of 2^61 − 2^40', gemm({ ...PLAIN, s: 40 }, WB), big(2n ** 61n - 2n ** 40n)],
    ['a shift and an overshoot of over 60 bits', gemm({ ...PLAIN, s: 1 }, WB), big(2n ** 60n)],
    ['committed weights with large powers of two', gemm({ ...PLAIN, d: [14], s: 40 }, WB), 'committed'],
  ])('refuse %s', (_what, ir, weights) => {
    expect(refusal(() => boundsOf(ir, weights), 'ZK_BOUND_EXCEEDED').message).toContain('nodes[0] Gemm')
  })

  it('allow the largest raw output and the largest accumulator below the limit', () => {
    boundsOf(gemm({ raw: 1 }, WB), big(2n ** 61n - 1n))
    boundsOf(gemm({ ...PLAIN, s: 20 }, WB), big(2n ** 59n - 2n ** 20n))
  })
})
