import type { Ir } from '../../src/ir/types.ts'
import type { Program } from '../../src/program/types.ts'
import type { Rounding } from './bounds.ts'
import { Builder } from './builder.ts'
import { affine, attention, clip, gemm } from './dense.ts'
import { plus } from './form.ts'
import { roundingsOf, shapeRounding } from './intervals.ts'
import { averagePool, maximumPool } from './pools.ts'
import type { Rule } from './rules.ts'
import { argMax, leakyRelu, pwl, softmax } from './tables.ts'
import { Tensors } from './tensors.ts'
import { trees } from './trees.ts'
import { VIEWS } from './views.ts'
import { weightsOf } from './weights.ts'
import { conv } from './windows.ts'

const RULES: Readonly<Record<string, Rule>> = {
  Gemm: gemm,
  Affine: affine,
  Clip: clip,
  Conv: conv,
  AvgPool: averagePool,
  MaxPool: maximumPool,
  LeakyRelu: leakyRelu,
  Pwl: pwl,
  MatMulAA: attention,
  ArgMax: argMax,
  Softmax: softmax,
  TreeEnsemble: trees,
  ...VIEWS,
}

/** How a valid model is lowered: with its weights, or with only their shapes. */
export interface LowerOptions {
  readonly batch: number
  readonly committed: boolean
}

/**
 * The program of a valid integer model, written a second time from SPEC 2.4, 2.5, 3.1, 3.5 and 3.6. In this order: the limits of a program of shapes
 * alone (`LIMIT`, `UNSUPPORTED_OP`), the bounds (`BOUND_EXCEEDED`), the limits of the program (`LIMIT`).
 */
export function referenceLower(ir: Ir, weights: readonly (readonly bigint[])[], options: LowerOptions): Program {
  written(ir, ir.nodes.map(shapeRounding), options)
  return written(ir, roundingsOf(ir, options.committed ? undefined : weights), options)
}

function written(ir: Ir, roundings: readonly (Rounding | undefined)[], { batch, committed }: LowerOptions): Program {
  const build = new Builder(ir.limb)
  const weight = weightsOf(ir, build, committed)
  const tensors = new Tensors(build, batch)
  for (const id of ir.inputs) tensors.input(id, ir.tensors[id]!.axes)
  for (const [i, node] of ir.nodes.entries())
    build.node((parts) => RULES[node.op]!({ ir, build, batch, tensors, weight, rounding: roundings[i] }, node, parts))
  for (const id of ir.outputs) {
    if (ir.tensors[id]!.dt === 'i64') continue
    const value = tensors.first(id)
    build.add(['lin', plus(value, build.whole(['pub', id, value[0]], value[0]), -1n)])
  }
  return build.program(batch)
}
