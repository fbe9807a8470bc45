import { expect, test } from 'vitest'
import { type CaseOptions, caseOf, ModelBuilder } from '../program/model.testkit.ts'
import { verifierCost } from './cost.ts'
import { layoutOf } from './layout.ts'
import { parameters } from './params.ts'
import { planOf } from './plan.ts'

/** What verifying a proof takes of a model that `build` writes, in 2^5 columns of 2^8. */
function costs(build: (m: ModelBuilder) => number[], options: CaseOptions = {}) {
  const model = new ModelBuilder(8, 7)
  const { program } = caseOf(model, build(model), options).lowered
  const plan = planOf(program)
  const params = parameters(5, 8, ...plan.packing.cells)!
  return { plan, params, layout: layoutOf(plan, params), ...verifierCost(plan, params) }
}

const gemm =
  (d: readonly number[], bias = true) =>
  (m: ModelBuilder) => [m.gemm(m.input([3]), d.length, { d, raw: 1 }, bias)]

test('two public factors are multiplied out over a table for each, once and once more for each power of two that scales it', () => {
  // Weights over [2, 3] and an input over [1, 3]: two tables over k, which has three cells in 2^2.
  expect(costs(gemm([0, 0])).products).toBe(4 * (1 + 1) + 4 * (1 + 1))
  expect(costs(gemm([1, 1])).products).toBe(16)
  expect(costs(gemm([1, 3])).products).toBe(4 * (1 + 2) + 4 * (1 + 1))
  expect(costs(gemm([1, 3, 1])).products).toBe(20)
  // Requests are no axis that the factors share.
  expect(costs(gemm([0, 0]), { batch: 3 }).products).toBe(16)
  expect(costs(gemm([0, 0]), { mode: 'committed' }).products).toBe(0)
})

test('axes that both factors share are in the tables; a constant beside a term is made like one', () => {
  const attention = (m: ModelBuilder) => [m.node('MatMulAA', [m.input([2, 1, 3, 5]), m.input([2, 1, 2, 5])], [], [2, 1, 3, 2], { raw: 1 })]
  // Over (request, head, k): 4·2·8 cells of two tables.
  expect(costs(attention, { batch: 3 }).products).toBe(2 * 64 * (1 + 1))
  const padded = (m: ModelBuilder) => {
    const x = m.node('Pad', [m.input([3])], [], [4], { ax: 0, before: 0, after: 1, value: 7 })
    return [m.gemm(x, 2, { raw: 1 }, false)]
  }
  expect(costs(padded).products).toBe(4 * (1 + 1) + 4 * (1 + 1 + 1))
})

test('a public map behind a window is read once for each tap, a committed one never', () => {
  const window = { group: 1, stride: [1, 1], pad: [0, 0, 0, 0], dil: [1, 1], d: [0] }
  const conv = (x: number, m: ModelBuilder) => m.node('Conv', [x], [m.noise([1, 1, 2, 2], 'i16', 9)], [1, 2, 3], { ...window, raw: 1 })
  const clip = (x: number, m: ModelBuilder) => m.node('Clip', [x], [], [1, 3, 4], { s: 0, lo: 0, hi: 255 })
  const open = costs((m) => [conv(m.input([1, 3, 4]), m)])
  const weights = 4
  // Term by term the weights and the map; their product over six places and four taps; the map for each tap; and the output.
  expect(open.cells).toBe(weights + 12 + (weights + 6 * 4) + 4 * 12 + 6)
  const hidden = costs((m) => [conv(clip(m.input([1, 3, 4]), m), m)])
  expect(hidden.cells).toBe(weights + 12 + 6)
})

test('what is opened and hashed follows from the sizes, for each matrix', () => {
  const open = costs(gemm([0, 0]))
  // One cell is committed. No lookup, no product: five rounds over the columns.
  expect(open).toMatchObject({ rounds: 5, columns: open.params.queries, codeword: 256 * 8, hashes: open.params.queries * 8 })
  const committed = costs(gemm([0, 0]), { mode: 'committed' })
  expect(committed).toMatchObject({ columns: 2 * committed.params.queries, hashes: 2 * committed.params.queries * 8 })
  expect(committed.rounds).toBe(2 + 5)
  const many = costs((m) => [m.gemm(m.input([40]), 2, { raw: 1 })], { mode: 'committed' })
  // 80 weights and two biases: 130 cells, five rows of the weights beside one.
  expect(many.columns).toBe(many.params.queries * (1 + 5))
})

test('each level of the lookup tree has a round more than the one before it', () => {
  const clip = costs((m) => [m.node('Clip', [m.input([4])], [], [4], { s: 8, lo: -32768, hi: 32767 })])
  // Limbs of y and of the remainder: three lookups of four cells in a table of 256 rows, which make 2^9 leaves.
  expect(clip.plan.leafBits).toBe(9)
  expect(clip.rounds).toBe((9 * 8) / 2 + clip.layout.batchVars)
  expect(clip.layout.batchVars).toBe(5 + 4)
})
