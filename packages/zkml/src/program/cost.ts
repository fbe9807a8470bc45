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

/** Times of SPEC 12, in milliseconds. */
const MS = { leaf: 0.33e-3, codewordCell: 30e-6, cell: 60e-6, weight: 1.35e-6, fixed: 0.65 } as const

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

/**
 * The bits of one limb that give the shorter proof, and what it costs: 8 for small models; 16, with one table of 2^16 rows and half the
 * lookups, from some 10^5 activations on. SPEC 9.4. A model's bytes name its limb: this comes before they are written.
 */
export function chooseLimb(ir: Ir, weights: Weights, options: CostOptions): { readonly limb: 8 | 16; readonly cost: Cost } {
  const [small, large] = ([8, 16] as const).map((limb) => ({ limb, cost: costOfModel({ ...ir, limb }, weights, options) }))
  return large!.cost.proofBytes < small!.cost.proofBytes ? large! : small!
}
