import type { Ir, IrNode } from '../../src/ir/types.ts'
import type { AxisMap, Form, Term } from '../../src/program/types.ts'
import { type Builder, type NodeParts, times } from './builder.ts'

/** What a rule may look at. */
export interface Lowering {
  readonly ir: Ir
  readonly build: Builder
  readonly batch: number
  /** A weight read over axes of these lengths. */
  readonly weight: (id: number, lengths: readonly number[]) => Form
}

/** Adds the constraints of a node whose accumulator is the form Z. */
export type Rule = (at: Lowering, node: IrNode, inputs: readonly Form[], Z: Form, parts: NodeParts) => void

/** Axes of length 1 are left out of every space; only the batch stays. SPEC 3.6. */
export const longer = (axes: readonly number[]) => axes.filter((n) => n > 1)

/** Axes that a tensor of the integer model is read over, after the batch: those of a feature map are [C, H·W]. */
export const viewOf = (axes: readonly number[]) => (axes.length === 3 ? longer([axes[0]!, axes[1]! * axes[2]!]) : longer(axes))

/** A form's terms with the map of one axis weighted by a vector. A vector of equal entries is an integer. SPEC 3.6. */
export const weighted = (build: Builder, form: Form, ax: number, by: readonly bigint[]): Form => {
  if (by.every((value) => value === by[0])) return times(form, by[0]!)
  const vec = build.vec(by)
  const map = (one: AxisMap): AxisMap => (one[0] === 'id' && one[1] === ax ? ['wt', ax, vec] : one)
  return [form[0], form[1], form[2].map(([coef, source, maps]): Term => [coef, source, maps.map(map)])]
}
