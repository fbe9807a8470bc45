import type { ErrorCode } from '@opengradient/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { refusal } from '../../../protocol/src/testkit/expect.testkit.ts'
import { cellsOf } from './axes.ts'
import { boundsOf } from './bounds.ts'
import { interpret } from './interpret.ts'
import { decodeIr, encodeIr } from './ir.ts'
import { OP_NAMES } from './ops/registry.ts'
import { randomModel } from './testkit/models.testkit.ts'
import { bigints, oracle } from './testkit/oracle.testkit.ts'
import { oneNode, t } from './testkit/samples.testkit.ts'
import type { Attributes, IntArray } from './types.ts'
import { decodeWeights, encodeWeights } from './weights.ts'

/** Runs a random model on a batch in both interpreters, and compares every tensor; checks every value against the static bounds. */
function agree(seed: number, ops?: (typeof OP_NAMES)[number][]): void {
  const { ir, weights, inputs } = randomModel(seed, ops && { ops })
  const batch = 1 + (seed % 3)
  const x = inputs(batch)
  const trace = interpret(ir, weights, x, { batch })
  const bounds = boundsOf(ir, weights)
  for (let b = 0; b < batch; b++) {
    const one = x.map((array) => array.slice((b * array.length) / batch, ((b + 1) * array.length) / batch))
    const slow = oracle(ir, weights, one)
    for (const [id, { axes }] of ir.tensors.entries()) {
      const cells = cellsOf(axes)
      const fast = bigints(trace.tensors[id]!.slice(b * cells, (b + 1) * cells))
      expect(fast, `seed ${seed}, tensor ${id}, input ${b}`).toEqual(slow[id])
      const { lo, hi } = bounds.tensors[id]!
      const outside = fast.find((value) => value < lo || value > hi)
      expect(outside, `seed ${seed}, tensor ${id}, outside ${lo}..${hi}`).toBeUndefined()
    }
  }
}

describe('the interpreter', () => {
  it('agrees with the slow one on random models of all operators, and every value keeps its bound', () => {
    fc.assert(
      fc.property(fc.nat(2 ** 31), (seed) => agree(seed)),
      { numRuns: 150 },
    )
  })

  it('meets every operator, raw outputs and sums beyond float64 in those models', () => {
    const met = new Map<string, number>()
    const count = (what: string) => met.set(what, (met.get(what) ?? 0) + 1)
    for (let seed = 0; seed < 500; seed++) {
      const { ir, weights, inputs } = randomModel(seed)
      const { acc } = interpret(ir, weights, inputs(1))
      for (const [i, { op, a }] of ir.nodes.entries()) {
        count(op)
        if (a.raw === 1) count('raw')
        if (acc[i] instanceof BigInt64Array) count('int64')
      }
    }
    for (const what of OP_NAMES) expect(met.get(what), what).toBeGreaterThan(10)
    expect(met.get('raw')).toBeGreaterThan(30)
    expect(met.get('int64')).toBeGreaterThan(0)
  })

  it.each(OP_NAMES)('agrees with the slow one on models of %s', (op) => {
    fc.assert(
      fc.property(fc.nat(2 ** 31), (seed) => agree(seed, [op, op, 'Reshape', 'Transpose'])),
      { numRuns: 12 },
    )
  })

  it('reads random models and weights back from their bytes', () => {
    fc.assert(
      fc.property(fc.nat(2 ** 31), (seed) => {
        const { ir, weights } = randomModel(seed)
        const again = decodeIr(encodeIr(ir))
        expect(again).toEqual(ir)
        expect(decodeWeights(again.weights, encodeWeights(ir.weights, weights))).toEqual(weights)
      }),
      { numRuns: 40 },
    )
  })

  const gemm = (a: Attributes) => oneNode('Gemm', { d: [0], ...a }, [[1]], [1], [t(0, [1, 1]), t(1, [1], 'i64')])

  it('is exact beyond 2^53, also under bounds that presume smaller biases', () => {
    const ir = gemm({ raw: 1 })
    const weights = [Int16Array.of(1), BigInt64Array.of(2n ** 54n)]
    for (const bounds of [boundsOf(ir, weights), boundsOf(ir, 'committed')]) {
      expect(interpret(ir, weights, [Int16Array.of(1)], { bounds }).tensors[1]).toEqual(BigInt64Array.of(2n ** 54n + 1n))
    }
  })

  it('refuses a sum that leaves the exact range, which only committed biases out of range can give', () => {
    const ir = gemm({ raw: 1, d: [10] })
    const weights = [Int16Array.of(1), BigInt64Array.of(2n ** 60n)]
    refusal(() => interpret(ir, weights, [Int16Array.of(1)]), 'ZK_BOUND_EXCEEDED')
    refusal(() => interpret(ir, weights, [Int16Array.of(1)], { bounds: boundsOf(ir, 'committed') }), 'ZK_BOUND_EXCEEDED')
  })

  it.each<[string, ErrorCode, IntArray[], number]>([
    ['no inputs', 'ZK_INPUT_SHAPE', [], 1],
    ['inputs of another type', 'ZK_INPUT_SHAPE', [Int32Array.of(1)], 1],
    ['too few values', 'ZK_INPUT_SHAPE', [new Int16Array(1)], 2],
    ['too many values', 'ZK_INPUT_SHAPE', [new Int16Array(2)], 1],
    ['an empty batch', 'ZK_LIMIT', [new Int16Array(0)], 0],
    ['half a batch', 'ZK_LIMIT', [new Int16Array(1)], 1.5],
    ['a batch over 2^12', 'ZK_LIMIT', [new Int16Array(4097)], 4097],
  ])('refuses %s', (_what, code, inputs, batch) => {
    refusal(() => interpret(gemm({ raw: 1 }), [Int16Array.of(1), BigInt64Array.of(1n)], inputs, { batch }), code)
  })

  it('refuses a run of over 2^27 cells before it allocates them', () => {
    const ir = oneNode('Clip', { s: 0, lo: 0, hi: 1 }, [[2 ** 20, 2 ** 6]], [2 ** 20, 2 ** 6])
    expect(refusal(() => interpret(ir, [], [new Int16Array(1)], { batch: 2 }), 'ZK_LIMIT').message).toContain('268435456 cells')
  })
})
