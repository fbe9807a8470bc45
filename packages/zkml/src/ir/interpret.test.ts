import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cellsOf } from './axes.ts'
import { boundsOf } from './bounds.ts'
import { interpret } from './interpret.ts'
import { decodeIr, encodeIr } from './ir.ts'
import { OP_NAMES } from './ops/registry.ts'
import { randomModel } from './testkit/models.testkit.ts'
import { bigints, oracle } from './testkit/oracle.testkit.ts'
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
})
