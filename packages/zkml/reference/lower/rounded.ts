import type { IrNode } from '../../src/ir/types.ts'
import type { Form, Space } from '../../src/program/types.ts'
import type { NodeParts } from './builder.ts'
import { requant } from './requant.ts'
import type { Lowering } from './rules.ts'

/** Defines the output of a node that ends in a rounding, or in a raw output; gives the form of its accumulator. SPEC 3.5. */
export function accumulatorOf(at: Lowering, node: IrNode, space: Space, parts: NodeParts): Form {
  const { build, tensors, rounding } = at
  if (node.a.raw === 1) {
    const said = build.whole(['pub', node.out, space], space)
    tensors.define(node.out, said)
    return said
  }
  const { y, acc } = requant(build, space, rounding!, parts)
  tensors.define(node.out, y)
  return acc
}
