import type { OpName } from './attributes.ts'
import { conv } from './conv.ts'
import { affine, clip, leakyRelu, pwl } from './elementwise.ts'
import { gemm, matMulAA } from './gemm.ts'
import { concat, gather, pad, reshape, slice, transpose } from './index-maps.ts'
import type { OpRule } from './op.ts'
import { avgPool, maxPool } from './pool.ts'
import { argMax, softmax } from './rows.ts'
import { treeEnsemble } from './tree.ts'

/** Every operator of the integer model. To add one: its attributes, its rule, a line here, and its lowering. */
const OPS: Readonly<Record<OpName, OpRule>> = {
  Gemm: gemm,
  Conv: conv,
  MatMulAA: matMulAA,
  Affine: affine,
  Clip: clip,
  LeakyRelu: leakyRelu,
  AvgPool: avgPool,
  Pwl: pwl,
  MaxPool: maxPool,
  Softmax: softmax,
  ArgMax: argMax,
  Reshape: reshape,
  Transpose: transpose,
  Concat: concat,
  Slice: slice,
  Gather: gather,
  Pad: pad,
  TreeEnsemble: treeEnsemble,
}

/** The rule of an operator, or `undefined` for a name that is none. */
export function ruleOf(op: string): OpRule | undefined {
  return Object.hasOwn(OPS, op) ? OPS[op as OpName] : undefined
}

/** Names of all operators, in the order of SPEC 2.4. */
export const OP_NAMES = Object.keys(OPS) as readonly OpName[]
