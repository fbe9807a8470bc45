import { unsupported } from '../errors.ts'
import type { RealNode, RealOp } from '../real/types.ts'

/** Refuses a node one of whose constants, or what they made when they were merged (the root of a negative variance), is infinite or no number. */
export function refuseInfinite({ op, lo = 0, hi = 0, from }: RealNode): void {
  if (Number.isNaN(lo) || Number.isNaN(hi) || constantsOf(op).some((list) => !list.every(Number.isFinite)))
    throw unsupported(from.op, from.node, 'a constant that is infinite or no number')
}

function constantsOf(op: RealOp): readonly (Float64Array | readonly number[])[] {
  switch (op.kind) {
    case 'gemm':
    case 'conv':
      return [op.W, op.b]
    case 'affine':
      return [op.c1, op.c0, op.c2 ?? []]
    case 'leaky':
      return [[op.alpha]]
    case 'pad':
      return [[op.value]]
    case 'tree':
      return [...op.trees.values, op.trees.base]
    default:
      return []
  }
}
