import type { AxisMap, Form, Space } from '../types.ts'
import { list, type NodeContext } from './rule.ts'
import { combine } from './view.ts'

/** Factors 2^(d_o) of output channels: a coefficient if all are equal, else a vector on the channel axis. */
export interface ChannelScale {
  readonly coef: bigint
  /** Maps of the channel axis (there are `count` of them, 0 or 1), which is axis 0 of the form. */
  readonly maps: (count: number) => AxisMap[]
}

/** The scale of `count` output channels from `first` on. */
export function channelScale(context: NodeContext, count: number, first = 0): ChannelScale {
  const d = list(context, 'd').slice(first, first + count)
  const [one = 0] = d
  if (d.every((value) => value === one)) return { coef: 1n << BigInt(one), maps: (axes) => (axes === 0 ? [] : [['id', 0]]) }
  const vec = context.builder.vec(count, (o) => 1n << BigInt(d[o]!))
  return { coef: 1n, maps: () => [['wt', 0, vec]] }
}

/**
 * Z − 2^(d_o)·b_o, where the channel axis, if there is one, is the first of Z. The bias is read over `from`, whose leading axes
 * (the group of a grouped Conv) `fixed` says how to read.
 */
export function withoutBias(context: NodeContext, Z: Form, scale: ChannelScale, from: Space, fixed: readonly AxisMap[]): Form {
  const bias = context.node.w[1]
  if (bias === undefined) return Z
  const { source } = context.weights.read(
    bias,
    from.map(([n]) => n),
  )
  const maps = [...fixed, ...scale.maps(from.length - fixed.length)]
  return combine(Z[0], [
    [1, Z],
    [-1, [Z[0], [], [[scale.coef, source, maps]]]],
  ])
}
