import { describe, expect, it } from 'vitest'
import { verifierBytes } from '../../reference/memory.ts'
import { caseOf, ModelBuilder } from '../../src/program/model.testkit.ts'
import type { Program } from '../../src/program/types.ts'
import { parameters } from '../../src/proof/params.ts'
import { planOf } from '../../src/proof/plan.ts'
import { chooseSizes } from '../../src/proof/sizes.ts'
import { verifierMemory } from '../../src/proof/verifierMemory.ts'
import { families } from '../attacks/families.ts'
import { PROGRAM_STORIES } from '../vectors/models.ts'

const WINDOW = { group: 1, stride: [1, 1], pad: [1, 0, 0, 1], dil: [1, 1] }

/** A model whose verifiers would not agree on the number could be refused by some of them and not by others. */
function isTheSame(program: Program): void {
  const plan = planOf(program)
  const { c, l } = chooseSizes(...plan.packing.cells)
  const params = parameters(c, l, ...plan.packing.cells)!
  expect(verifierMemory(plan, params)).toBe(verifierBytes(program, params))
}

describe('the most memory that a verifier takes is the same number in both', () => {
  it.each(PROGRAM_STORIES.map((story) => [story.name, story] as const))('%s', (_, { build, batch, weights: mode }) => {
    const { model, outputs } = build()
    isTheSame(caseOf(model, outputs, { batch, mode }).lowered.program)
  })

  it.each(families.map((family) => [family.name, family] as const))('%s', (_, { build, options = {} }) => {
    const model = new ModelBuilder(8, 7)
    isTheSame(caseOf(model, build(model), options).lowered.program)
  })

  it.each([1, 3])('windows over public maps and over committed ones, %i to a batch', (batch) => {
    const m = new ModelBuilder(8, 7)
    const conv = (x: number) => m.node('Conv', [x], [m.noise([2, 3, 2, 2], 'i16', 10)], [2, 5, 6], { ...WINDOW, d: [0, 0], raw: 1 }, 'i64')
    const x = m.input([3, 5, 6])
    const hidden = m.node('Clip', [x], [], [3, 5, 6], { s: 0, lo: 0, hi: 900 })
    isTheSame(caseOf(m, [conv(x), conv(hidden)], { batch }).lowered.program)
  })

  it('a public map behind a window of public weights', () => {
    const m = new ModelBuilder(8, 7)
    const x = m.input([1, 8, 8])
    const w = m.noise([1, 1, 5, 5], 'i16', 10)
    isTheSame(caseOf(m, [m.node('Conv', [x], [w], [1, 5, 5], { ...WINDOW, d: [0], raw: 1 }, 'i64')], { batch: 2 }).lowered.program)
  })

  it('a public input beside constants, multiplied by public weights', () => {
    const m = new ModelBuilder(8, 7)
    const x = m.node('Pad', [m.input([3])], [], [5], { ax: 0, before: 1, after: 1, value: 7 })
    isTheSame(caseOf(m, [m.gemm(x, 2, { raw: 1 })], { batch: 2 }).lowered.program)
  })
})
