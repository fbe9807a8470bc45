import { isOgError } from '@opengradient/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { interpret } from '../../../src/ir/interpret.ts'
import type { OpName } from '../../../src/ir/ops/attributes.ts'
import { OP_NAMES } from '../../../src/ir/ops/registry.ts'
import { type RandomOptions, randomModel } from '../../../src/ir/testkit/models.testkit.ts'
import { fill, publicValues } from '../../../src/program/fill.ts'
import { lower } from '../../../src/program/lower/lower.ts'
import { drawSeed } from '../../reference/seed.ts'
import { freedomOf } from './freedom.ts'

const RUNS = 60
const MODES = ['public', 'committed'] as const
const OPTIONS = { maxAxis: 5, nodes: 6 } as const
/** Models of one operator that are tried, and how many may be drawn for them: not every shape fits every operator. */
const EACH = 4
const DRAWN = 400

/** How many values of the outputs of a random model could move a little while every constraint still holds; undefined if it is refused. */
function freeOutputs(
  seed: number,
  mode: (typeof MODES)[number],
  batch: number,
  options: RandomOptions = OPTIONS,
  forget?: 'lin',
): number | undefined {
  const { ir, weights, inputs } = randomModel(seed, options)
  try {
    const lowered = lower(ir, { batch, weights: mode, weightValues: weights })
    const trace = interpret(ir, weights, inputs(batch), { batch })
    const publics = publicValues(ir, trace, mode === 'public' ? weights : 'committed')
    const { program } = lowered
    const last = program.constraints.findLastIndex(([kind]) => kind === forget)
    const constraints = program.constraints.filter((_, i) => i !== last)
    return freedomOf({ ...program, constraints }, fill(lowered, trace, weights), publics, new Set(ir.outputs))
  } catch (error) {
    if (isOgError(error, 'ZK_BOUND_EXCEEDED')) return undefined
    throw error
  }
}

describe('every value of every output', () => {
  it('is held by the constraints of random models, once limbs and rows of tables are what was looked up', () => {
    const seen = new Set<string>()
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 31 }), fc.constantFrom(...MODES), fc.integer({ min: 1, max: 2 }), (seed, mode, batch) => {
        const free = freeOutputs(seed, mode, batch)
        if (free === undefined) return
        for (const { op } of randomModel(seed, OPTIONS).ir.nodes) seen.add(op)
        expect(free).toBe(0)
      }),
      { numRuns: RUNS },
    )
    expect(seen.size).toBeGreaterThan(OP_NAMES.length / 2)
  })

  it.each(OP_NAMES)('is held by the constraints of models of %s', (op: OpName) => {
    const draw = drawSeed()
    let tried = 0
    for (let i = 0; i < DRAWN && tried < EACH; i++) {
      const seed = Number(draw() % 2n ** 31n)
      const options = { ...OPTIONS, nodes: 3, committed: tried % 2 === 1, ops: tried < EACH / 2 ? [op] : [op, 'Clip' as const] }
      if (!randomModel(seed, options).ir.nodes.some((node) => node.op === op)) continue
      const free = freeOutputs(seed, MODES[tried % 2]!, 1 + (tried >> 1), options)
      if (free === undefined) continue
      expect(free, `seed ${seed}, ${JSON.stringify(options)}`).toBe(0)
      tried++
    }
    expect(tried).toBe(EACH)
  })

  it('is not, where the last linear constraint is left out', () => {
    const seeds = Array.from({ length: 12 }, (_, i) => i)
    const found = seeds.filter((seed) => (freeOutputs(seed, 'public', 1, OPTIONS, 'lin') ?? 0) > 0)
    expect(found.length).toBeGreaterThan(8)
  })
})
