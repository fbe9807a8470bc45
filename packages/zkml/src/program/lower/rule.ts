import type { Ir, IrNode } from '../../ir/types.ts'
import type { Form, Space } from '../types.ts'
import { type Builder, Section } from './builder.ts'
import type { Accumulators, Filling } from './fill.ts'
import { requant } from './requant.ts'
import type { Tensors } from './tensors.ts'
import { activation, whole } from './view.ts'
import type { WeightSources } from './weights.ts'

/** What the static bounds say of a node's rounding: can q leave [lo, hi], and by less than 2^bits. SPEC 2.5. */
export interface Saturation {
  readonly over: boolean
  readonly under: boolean
  readonly bits: number
}

/** State of one lowering. */
export interface Lowering {
  readonly ir: Ir
  readonly batch: number
  readonly builder: Builder
  readonly tensors: Tensors
  readonly weights: WeightSources
  readonly saturation: (node: number) => Saturation
}

/** One node being lowered. */
export interface NodeContext extends Lowering {
  readonly node: IrNode
  readonly index: number
  readonly section: Section
}

/** An operator: writes segments, constraints and tables for one node, and registers how its segments are filled. */
export type Rule = (context: NodeContext) => void

/** An integer attribute; validity of the integer model has made sure that it is there. */
export function int({ node }: NodeContext, key: string): number {
  return node.a[key] as number
}

/** A list attribute. */
export function list({ node }: NodeContext, key: string): readonly number[] {
  return node.a[key] as readonly number[]
}

/** Axes of input `i` of the node, without batch. */
export function axesIn({ ir, node }: NodeContext, i = 0): readonly number[] {
  return ir.tensors[node.in[i]!]!.axes
}

/** Axes of the output of the node, without batch. */
export function axesOut({ ir, node }: NodeContext): readonly number[] {
  return ir.tensors[node.out]!.axes
}

/** The space of an activation with these axes. */
export function over({ batch }: Lowering, axes: readonly number[]): Space {
  return activation(batch, axes)
}

/**
 * The output of an accumulating node over `space`: declared as y = requant(Z), or as the public value itself if it is raw.
 * Gives the form Z, whose value the rule then says. SPEC 2.4, 3.5.
 */
export function accumulator(context: NodeContext, space: Space): Form {
  const { node, index, section, builder, ir } = context
  if (node.a.raw === 1) {
    const output = whole(['pub', node.out, space], space)
    context.tensors.define(node.out, output)
    return output
  }
  const rounding = { s: int(context, 's'), lo: int(context, 'lo'), hi: int(context, 'hi'), ...context.saturation(index) }
  const { y, Z, fill } = requant(section, ir.limb, space, rounding)
  builder.fillers.push((run: Filling) => fill(run, run.accumulators(index) as Accumulators))
  context.tensors.define(node.out, y)
  return Z
}

/** Opens the node's section, applies the rule, and writes its constraints. */
export function apply(lowering: Lowering, rule: Rule, index: number): void {
  const section = new Section(lowering.builder)
  rule({ ...lowering, node: lowering.ir.nodes[index]!, index, section })
  section.close()
}
