import { isOgError } from '@opengradient/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { interpret } from '../../ir/interpret.ts'
import { randomModel } from '../../ir/testkit/models.testkit.ts'
import { checkProgram } from '../check/check.ts'
import { malformation } from '../check/wellformed.ts'
import { fill, publicValues } from '../fill.ts'
import { pack } from '../packing.ts'
import { forEachReal } from '../space.ts'
import type { Program, Witness } from '../types.ts'
import { lower } from './lower.ts'

const MODES = ['public', 'committed'] as const

/** Noise in every cell that no segment counts as real. SPEC 3.1, Rule P. */
function withNoise({ segments }: Program, { w, W }: Witness): Witness {
  const { offsets } = pack(segments)
  const noisy = { w: w.map(noise), ...(W ? { W: W.map(noise) } : {}) }
  for (const [id, [matrix, space]] of segments.entries()) {
    const [to, from] = matrix === 0 ? [noisy.w, w] : [noisy.W!, W!]
    forEachReal(space, (cell) => {
      to[offsets[id]! + cell] = from[offsets[id]! + cell]!
    })
  }
  return noisy
}

function noise(_: bigint, cell: number): bigint {
  return (BigInt(cell) * 0x9e37_79b9_7f4a_7c15n) % 2n ** 62n
}

describe('random models', () => {
  it('are lowered to well-formed programs that their runs satisfy, and still do with noise in all padding', () => {
    let tried = 0
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 31 }), fc.constantFrom(...MODES), fc.integer({ min: 1, max: 3 }), (seed, mode, batch) => {
        const model = randomModel(seed)
        const { ir, weights } = model
        const lowered = lowerOrRefuse(() => lower(ir, { batch, weights: mode, weightValues: weights }))
        if (!lowered) return
        tried++
        expect(malformation(lowered.program)).toBeUndefined()
        const trace = interpret(ir, weights, model.inputs(batch), { batch })
        const publics = publicValues(ir, trace, mode === 'public' ? weights : 'committed')
        const witness = fill(lowered, trace, weights)
        expect(checkProgram(lowered.program, witness, publics)).toBeUndefined()
        expect(checkProgram(lowered.program, withNoise(lowered.program, witness), publics)).toBeUndefined()
      }),
      { numRuns: RUNS },
    )
    expect(tried).toBeGreaterThan(RUNS / 2)
  })
})

const RUNS = 40

/** Random models may exceed a bound, which is a refusal and not a fault. */
function lowerOrRefuse<T>(run: () => T): T | undefined {
  try {
    return run()
  } catch (error) {
    if (isOgError(error, 'ZK_BOUND_EXCEEDED')) return undefined
    throw error
  }
}
