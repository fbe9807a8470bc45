import type { Ir, IrNode } from '../../src/ir/types.ts'
import type { AxisMap, Form, Term } from '../../src/program/types.ts'
import type { Rounding } from './bounds.ts'
import type { Builder, NodeParts } from './builder.ts'
import { times } from './form.ts'
import type { Tensors } from './tensors.ts'

/** What a rule may look at. */
export interface Lowering {
  readonly ir: Ir
  readonly build: Builder
  readonly batch: number
  readonly tensors: Tensors
  /** A weight read over axes of these lengths. */
  readonly weight: (id: number, lengths: readonly number[]) => Form
  /** The rounding of the node, if it has one. */
  readonly rounding: Rounding | undefined
}

/** Adds the constraints of a node, and defines its output. */
export type Rule = (at: Lowering, node: IrNode, parts: NodeParts) => void

/** Axes of length 1 are left out of every space; only the batch stays. SPEC 3.6. */
export const longer = (axes: readonly number[]) => axes.filter((n) => n > 1)
export const product = (lengths: readonly number[]) => lengths.reduce((total, n) => total * n, 1)

/** Axes that an input is read over, after the batch: those of a feature map are [C, H·W]. */
export const viewOf = (axes: readonly number[]) => (axes.length === 3 ? longer([axes[0]!, axes[1]! * axes[2]!]) : longer(axes))
/** Axes of input i of a node. */
export const axesOf = ({ ir }: Lowering, node: IrNode, i = 0): readonly number[] => ir.tensors[node.in[i]!]!.axes

/** Factors along an axis: an integer where all are equal, a vector elsewhere. SPEC 3.6. */
export type Factors = { readonly all: bigint } | { readonly vec: number }
export const factors = (build: Builder, by: readonly bigint[]): Factors =>
  by.every((value) => value === by[0]) ? { all: by[0] ?? 0n } : { vec: build.vec(by) }

/** A form's terms with the map of one axis weighted. */
export const weighted = (form: Form, ax: number, by: Factors): Form => {
  if ('all' in by) return times(form, by.all)
  const map = (one: AxisMap): AxisMap => (one[0] === 'id' && one[1] === ax ? ['wt', ax, by.vec] : one)
  return [form[0], form[1], form[2].map(([coef, source, maps]): Term => [coef, source, maps.map(map)])]
}
