import { isOgError, OgError } from '@opengradient/protocol'
import type { Ir, Weights } from '../ir/types.ts'
import { layoutOf } from '../proof/layout.ts'
import { type Params, parameters } from '../proof/params.ts'
import { planOf } from '../proof/plan.ts'
import { chooseSizes, openingBytes } from '../proof/sizes.ts'
import { lower } from './lower/lower.ts'
import type { WeightMode } from './lower/weights.ts'
import { realCells } from './space.ts'
import type { Program } from './types.ts'

/** What a program costs: exact counts, the expected length of its proofs, and an estimate of a prover's time on one core of a laptop. */
export interface Cost {
  /** Cells of w and of W. */
  readonly cells: readonly [w: number, W: number]
  /** Leaves of the lookup tree, a power of two (0 without lookups), and the lookups among them. */
  readonly leaves: number
  readonly lookups: number
  readonly constraints: number
  readonly params: Params
  /** Bytes; the number of sibling hashes depends on the queries, so this is an expectation. */
  readonly proofBytes: number
  readonly proveMs: number
}

/**
 * Milliseconds, fitted to processor time of whole proofs (run, fill, prove, check) of the models of `bench/zkml` and of dense ones of 10^2 to
 * 10^5 activations with both limbs: within a sixth for all of them. SPEC 12.
 */
const MS = { leaf: 0.18e-3, codewordCell: 35e-6, cell: 220e-6, weight: 2.2e-6, fixed: 1.2 } as const

/** The cost of a program; `weights`: how many public weights the prover passes over. Time: one pass over the program. */
export function costOf(program: Program, weights = 0): Cost {
  const plan = planOf(program)
  const { cells } = plan.packing
  const { c, l } = chooseSizes(...cells)
  const params = parameters(c, l, ...cells)!
  const { rows, rowsW, queries, k, n } = params
  const leaves = plan.leafBits === 0 ? 0 : 2 ** plan.leafBits
  const lookups = program.constraints.reduce((sum, one) => (one[0] === 'look' ? sum + realCells(one[2][0]![0]) : sum), 0)
  const siblings = openingBytes(c, l, ...cells)! - queries * 8 * (rows + rowsW) - 16 * k
  const proofBytes = Math.round(layoutOf(plan, params).siblings + siblings)
  const steps = leaves * MS.leaf + n * (rows + rowsW) * MS.codewordCell + (cells[0] + cells[1]) * MS.cell + weights * MS.weight
  return { cells, leaves, lookups, constraints: program.constraints.length, params, proofBytes, proveMs: MS.fixed + steps }
}

/** What `costOfModel` looks at. */
export interface CostOptions {
  /** Inputs in one statement; 1 by default. */
  readonly batch?: number
  readonly mode: WeightMode
}

/** The cost of a model's program. Throws as `lower` does. */
export function costOfModel(ir: Ir, weights: Weights, { batch = 1, mode }: CostOptions): Cost {
  const { program } = lower(ir, { batch, weights: mode, weightValues: weights })
  return costOf(program, mode === 'public' ? weights.reduce((sum, values) => sum + values.length, 0) : 0)
}

/** A choice of limbs, and what it costs. */
export interface LimbChoice {
  /** Bits. */
  readonly limb: 8 | 16
  readonly cost: Cost
}

/** How many times the other's time the shorter proof may take. */
const SLOWER = 2

/**
 * The bits of one limb that give the shorter proof, unless proving then takes more than twice as long, and what it costs: 8 for small models; 16,
 * with one table of 2^16 rows and half the lookups, from some 10^5 activations on. SPEC 9.4. A model's bytes name its limb: this comes before they
 * are written. Throws as `lower` does, where it does so with both.
 */
export function chooseLimb(ir: Ir, weights: Weights, options: CostOptions): LimbChoice {
  const small = choice(ir, weights, options, 8)
  const large = choice(ir, weights, options, 16)
  if (small instanceof OgError && large instanceof OgError) throw small
  if (large instanceof OgError) return small as LimbChoice
  if (small instanceof OgError) return large
  return preferred(small, large)
}

/** The one with the shorter proof, the first of equal ones, unless it is too slow for that. */
export function preferred(one: LimbChoice, other: LimbChoice): LimbChoice {
  const [shorter, longer] = other.cost.proofBytes < one.cost.proofBytes ? [other, one] : [one, other]
  return shorter.cost.proveMs > SLOWER * longer.cost.proveMs ? longer : shorter
}

/** The cost with these limbs, or why the model has no program with them. */
function choice(ir: Ir, weights: Weights, options: CostOptions, limb: 8 | 16): LimbChoice | OgError {
  try {
    return { limb, cost: costOfModel({ ...ir, limb }, weights, options) }
  } catch (error) {
    if (isOgError(error)) return error
    throw error
  }
}
