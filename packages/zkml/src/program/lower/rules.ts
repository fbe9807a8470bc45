import { OgError } from '@opengradient/protocol'
import type { OpName } from '../../ir/ops/attributes.ts'
import { conv } from './conv.ts'
import { affine, clip, leakyRelu } from './elementwise.ts'
import { gemm } from './gemm.ts'
import { matMulAA } from './matmul.ts'
import { avgPool, maxPool } from './pool.ts'
import { pwl } from './pwl.ts'
import { argMax, softmax } from './rows.ts'
import type { Rule } from './rule.ts'
import { treeEnsemble } from './tree.ts'
import { concat, gather, pad, reshape, slice, transpose } from './views.ts'

/** The lowering rule of every operator. */
const RULES: Readonly<Record<OpName, Rule>> = {
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

/** The rule of an operator; throws `ZK_UNSUPPORTED_OP` if it cannot be proved. */
export function ruleFor(op: string, index: number): Rule {
  const rule = Object.hasOwn(RULES, op) ? RULES[op as OpName] : undefined
  if (rule) return rule
  throw new OgError('ZK_UNSUPPORTED_OP', `Node ${index} of the integer model is ${JSON.stringify(op)}, which cannot be proved.`, {
    details: { node: index, op },
  })
}
