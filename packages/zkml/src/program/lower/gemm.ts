import { product, space as spaceOf } from '../space.ts'
import type { AxisMap, Form, Space } from '../types.ts'
import { channelScale, withoutBias } from './channels.ts'
import { compose, withOnes } from './compose.ts'
import { accumulator, axesIn, axesOut, over, type Rule } from './rule.ts'
import { ids } from './view.ts'

/**
 * Gemm: Z(o, rows) = Σ_k 2^d·W(o,k)·x(rows,k) + 2^d·b(o). The axes of x that make up K are the contraction's k axes, whatever
 * they were before a Reshape. Z is over (o; batch, rows). SPEC 3.5.
 */
export const gemm: Rule = (context) => {
  const { node, section, tensors, weights } = context
  const inputAxes = axesIn(context)
  const K = inputAxes[inputAxes.length - 1]!
  const O = axesOut(context)[inputAxes.length - 1]!
  const rowCells = product(inputAxes.slice(0, -1))
  let rows: readonly number[] = []
  const R = tensors.read(node.in[0]!, [{ n: rowCells }, { n: K }], ({ groups, lengths }) => {
    rows = groups[0]!.map((ax) => lengths[ax]!)
    return { maps: ids(lengths.length), target: spaceOf(lengths) }
  })
  const inner = R[0].slice(1 + rows.length).map(([n]) => n)
  const channels = spaceOf(O > 1 ? [O] : [])
  const output = [...R[0].slice(0, 1 + rows.length), ...channels]
  const Z = withOnes(context.builder, accumulator(context, over(context, [...rows, O])), output)
  const weightAxes = [...(O > 1 ? [O] : []), ...inner]
  const { source, over: weightSpace } = weights.read(node.w[0]!, weightAxes)
  const scale = channelScale(context, O)
  const L: Form = [weightSpace, [], [[scale.coef, source, [...scale.maps(channels.length), ...ids(inner.length, channels.length)]]]]
  const [target, place] = channelsFirst(output, channels.length)
  const moved = compose(context.builder, Z, place, target)!
  section.con(L, R, withoutBias(context, moved, scale, channels, []), 0, channels.length, 1 + rows.length, inner.length)
}

/** Brings the channel axis, the last of an output, to the front: the order (m, n) of a contraction. */
function channelsFirst(output: Space, channels: number): [Space, AxisMap[]] {
  const rest = output.slice(0, output.length - channels)
  const maps = output.map((_, ax): AxisMap => ['id', ax < rest.length ? ax + channels : 0])
  return [[...output.slice(rest.length), ...rest], maps]
}
