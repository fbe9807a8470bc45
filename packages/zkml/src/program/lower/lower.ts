import { OgError } from '@opengradient/protocol'
import { type Bounds, boundsOf } from '../../ir/bounds.ts'
import type { Ir, Weights } from '../../ir/types.ts'
import { MAX_BATCH } from '../limits.ts'
import type { Meter } from '../meter.ts'
import type { Program } from '../types.ts'
import { Builder } from './builder.ts'
import type { Filler } from './fill.ts'
import { apply, type Lowering, type Saturation } from './rule.ts'
import { ruleFor } from './rules.ts'
import { Tensors } from './tensors.ts'
import { combine, publicTensor, whole } from './view.ts'
import { type WeightMode, WeightSources } from './weights.ts'

/** What a program depends on beside the integer model. */
export interface LowerOptions {
  /** Inputs in one statement, 1 … 2^12. */
  readonly batch: number
  readonly weights: WeightMode
  /** The weights themselves, which the bounds of public ones need. */
  readonly weightValues?: Weights
  /** `boundsOf(ir, weights)`, if it is already there. */
  readonly bounds?: Bounds
  /** Told the steps of the lowering, which makes the program twice; may throw to stop it. */
  readonly meter?: Meter
}

/** A program and how its witness is filled. */
export interface Lowered {
  readonly program: Program
  /** One per rule that commits something, in the order of the segments. */
  readonly fillers: readonly Filler[]
}

/**
 * The constraint program of a valid integer model: nodes in order, then the outputs, then the multiplicities. SPEC 3.5, 3.6.
 * Throws `ZK_UNSUPPORTED_OP`, `ZK_BOUND_EXCEEDED` and `ZK_LIMIT`. A verifier calls it: its time is bounded by the limits of
 * SPEC 3.6, which are checked on the shapes before any weight is read.
 */
export function lower(ir: Ir, options: LowerOptions): Lowered {
  const { batch, weights, weightValues } = options
  checkBatch(batch)
  lowerWith(ir, options, () => NO_SATURATION)
  const bounds = options.bounds ?? boundsOf(ir, weights === 'committed' ? 'committed' : (weightValues ?? missing()))
  return lowerWith(ir, options, saturationOf(bounds))
}

/** What a program of shapes alone assumes: it has no more constraints than the one with bounds. */
const NO_SATURATION: Saturation = { over: false, under: false, bits: 0 }

function saturationOf({ nodes }: Bounds): Lowering['saturation'] {
  return (node) => {
    const requant = nodes[node]?.requant
    return requant ? { over: requant.over, under: requant.under, bits: requant.overshootBits } : NO_SATURATION
  }
}

function lowerWith(ir: Ir, { batch, weights: mode, meter }: LowerOptions, saturation: Lowering['saturation']): Lowered {
  const builder = new Builder(batch, meter)
  const weights = new WeightSources(builder, ir, mode)
  const tensors = new Tensors(builder)
  for (const id of ir.inputs) tensors.input(id, ir.tensors[id]!.axes)
  for (const [index, { op }] of ir.nodes.entries()) apply({ ir, batch, builder, tensors, weights, saturation }, ruleFor(op, index), index)
  for (const id of ir.outputs) tie(builder, tensors, id)
  return { program: builder.finish(), fillers: builder.fillers }
}

/** Lin(Y − y_public), unless the node gave the public value itself. SPEC 3.5, Output. */
function tie(builder: Builder, tensors: Tensors, id: number): void {
  const view = tensors.first(id)
  if (publicTensor(view)?.tensor === id) return
  builder.add([
    'lin',
    combine(view[0], [
      [1, view],
      [-1, whole(['pub', id, view[0]], view[0])],
    ]),
  ])
}

function checkBatch(batch: number): void {
  if (Number.isInteger(batch) && batch >= 1 && batch <= MAX_BATCH) return
  throw new OgError('ZK_LIMIT', `A statement has 1 to ${MAX_BATCH} inputs, not ${batch}.`, { details: { batch } })
}

function missing(): never {
  throw new OgError('INTERNAL', 'Lowering a model with public weights needs the weights.')
}
