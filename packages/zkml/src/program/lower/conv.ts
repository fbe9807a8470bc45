import { axis, space as spaceOf } from '../space.ts'
import type { AxisMap, Form, Space, Window } from '../types.ts'
import { channelScale, withoutBias } from './channels.ts'
import { compose } from './compose.ts'
import { accumulator, axesIn, axesOut, int, type NodeContext, over, type Rule } from './rule.ts'
import { ids } from './view.ts'
import { countsOf, windowOf } from './window.ts'

/**
 * Conv: one contraction over the channels and the window, which reads the flat map yx through `gather`. With as many groups as
 * input and output channels the group is an axis of its own (b); any other grouping is one contraction per group, each on its
 * slice of the channels. SPEC 3.5.
 */
export const conv: Rule = (context) => {
  const group = int(context, 'group')
  const [channels = 1] = axesIn(context)
  const [outputs = 1] = axesOut(context)
  const window = windowOf(context, context.ir.weights[context.node.w[0]!]!.axes.slice(2))
  const Z = accumulator(context, over(context, [outputs, countsOf(window).outputs]))
  if (group === 1) joined(context, Z, window)
  else if (group === channels && group === outputs) depthwise(context, Z, window)
  else for (let g = 0; g < group; g++) oneGroup(context, Z, window, g)
}

/** Z over (o; batch, p), R over (batch, p; c, k). */
function joined(context: NodeContext, Z: Form, window: Window): void {
  const { node, section, tensors, weights } = context
  const [channels = 1, H = 1, W = 1] = axesIn(context)
  const [O = 1] = axesOut(context)
  const { taps, outputs } = countsOf(window)
  const R = tensors.read(node.in[0]!, [{ n: channels }, { n: H * W, single: true }], ({ groups, lengths }) => {
    const inner = groups[0]!.map((ax) => lengths[ax]!)
    const target = spaceOf([lengths[0]!, outputs, ...inner, taps])
    return { maps: [['id', 0], ...ids(inner.length, 2), ['gather', target.length - 1, 1, window]], target }
  })
  const inner = R[0].slice(2)
  const m = spaceOf(O > 1 ? [O] : [])
  const scale = channelScale(context, O)
  const { source, over: from } = weights.read(
    node.w[0]!,
    [...m, ...inner].map(([n]) => n),
  )
  const L: Form = [from, [], [[scale.coef, source, [...scale.maps(m.length), ...ids(inner.length, m.length)]]]]
  const target = [...m, axis(context.batch), axis(outputs)]
  const moved = compose(context.builder, Z, places(m.length, Z[0].length), target)!
  section.con(L, R, withoutBias(context, moved, scale, m, []), 0, m.length, 2, inner.length)
}

/** Maps of Z's axes (batch, o?, p?) onto (o?, batch, p). */
function places(m: number, axes: number): AxisMap[] {
  const all: AxisMap[] =
    m === 1
      ? [
          ['id', 1],
          ['id', 0],
          ['id', 2],
        ]
      : [
          ['id', 0],
          ['id', 1],
        ]
  return all.slice(0, axes)
}

/** Z over (c; batch, p), L over (c; k), R over (c; batch, p; k): c is the contraction's b axis. */
function depthwise(context: NodeContext, Z: Form, window: Window): void {
  const { node, section, tensors, weights, builder, batch } = context
  const [channels = 1, H = 1, W = 1] = axesIn(context)
  const { taps, outputs } = countsOf(window)
  const target = spaceOf([channels, batch, outputs, taps])
  const R = tensors.read(
    node.in[0]!,
    [
      { n: channels, single: true },
      { n: H * W, single: true },
    ],
    () => ({
      maps: [
        ['id', 1],
        ['id', 0],
        ['gather', 3, 2, window],
      ],
      target,
    }),
  )
  const scale = channelScale(context, channels)
  const { source, over: from } = weights.read(node.w[0]!, [channels, taps])
  const L: Form = [from, [], [[scale.coef, source, [...scale.maps(1), ['id', 1]]]]]
  const moved = compose(builder, Z, places(1, Z[0].length), target.slice(0, 3))!
  section.con(L, R, withoutBias(context, moved, scale, target.slice(0, 1), []), 1, 0, 2, 1)
}

/** Group g: Z over (o in the group; batch, p), both channel axes shifted to its slice; weights are laid out (group, o, c, k). */
function oneGroup(context: NodeContext, Z: Form, window: Window, g: number): void {
  const { node, section, tensors, weights, builder, batch } = context
  const groups = int(context, 'group')
  const [channels = 1, H = 1, W = 1] = axesIn(context)
  const [O = 1] = axesOut(context)
  const [size, inputs] = [O / groups, channels / groups]
  const { taps, outputs } = countsOf(window)
  const k: Space = spaceOf([inputs, taps])
  const R = tensors.read(
    node.in[0]!,
    [
      { n: channels, single: true },
      { n: H * W, single: true },
    ],
    () => ({
      maps: [
        ['id', 0],
        ['shift', 2, -g * inputs],
        ['gather', 3, 1, window],
      ],
      target: [axis(batch), axis(outputs), ...k],
    }),
  )
  const m = spaceOf([size])
  const scale = channelScale(context, size, g * size)
  const { source } = weights.read(node.w[0]!, [groups, size, inputs, taps])
  const L: Form = [[...m, ...k], [], [[scale.coef, source, [['fix', g], ...scale.maps(1), ['id', 1], ['id', 2]]]]]
  const maps: AxisMap[] = [
    ['id', 1],
    ['shift', 0, -g * size],
    ['id', 2],
  ]
  const moved = compose(builder, Z, maps.slice(0, Z[0].length), [...m, axis(batch), axis(outputs)])!
  section.con(L, R, withoutBias(context, moved, scale, spaceOf([groups, size]), [['fix', g]]), 0, 1, 2, 2)
}
