import type { IrNode, IrTensor } from '../../src/ir/types.ts'
import type { AxisMap, Form, Term, Window } from '../../src/program/types.ts'
import { axisOf, over, plus, spaceOf, times } from './builder.ts'
import { type Lowering, longer, type Rule, weighted } from './rules.ts'
import { NeedsCopy } from './views.ts'

/** The window of a node over feature maps [C, H, W], and its output places. */
export function windowOf({ a }: IrNode, { axes }: IrTensor, [KH, KW]: readonly number[], out: IrTensor): Window {
  const [, H, W] = axes as [number, number, number]
  const [, OH, OW] = out.axes as [number, number, number]
  const [stride, pad, dil] = [a.stride, a.pad, a.dil] as [number[], number[], number[]]
  return [H, W, KH!, KW!, OH, OW, stride[0]!, stride[1]!, pad[0]!, pad[1]!, dil[0]!, dil[1]!]
}

/**
 * A form over [batch, channels?, yx] read with these maps for batch, channels and yx, over another space. Its constant is one only where a cell
 * is read: ones read through the window. SPEC 3.1.
 */
const windowed = (x: Form, space: Form[0], batch: AxisMap, channels: AxisMap | undefined, yx: AxisMap): Form => {
  const by = channels ? [batch, channels, yx] : [batch, yx]
  const read = x[2].map(([coef, source, maps]): Term => [coef, source, maps.map((map) => by[(map as readonly ['id', number])[1]]!)])
  const ones = x[1].map(([coef, vecs]): Term => {
    if (by.some((map, ax) => vecs[ax] !== -1 || map[0] === 'shift')) throw new NeedsCopy('a constant that does not compose')
    return [coef, ['ones', [x[0].at(-1)!]], [yx]]
  })
  return [space, [], [...read, ...ones]]
}

/** One contraction, one for each channel, or one for each group. SPEC 3.6. */
export const conv: Rule = (at, node, [x], Z, parts) => {
  const { ir, build, batch } = at
  const weight = ir.weights[node.w[0]!]!
  const [O, perGroup, KH, KW] = weight.axes as [number, number, number, number]
  const group = node.a.group as number
  const input = ir.tensors[node.in[0]!]!
  const C = input.axes[0]!
  const window = windowOf(node, input, [KH, KW], ir.tensors[node.out]!)
  const [P, T, B] = [axisOf(window[4] * window[5]), axisOf(KH * KW), axisOf(batch)]
  const powers = (node.a.d as number[]).map((d) => 1n << BigInt(d))
  const bias = node.w[1]
  const channelsIn: AxisMap | undefined = C > 1 ? ['id', 0] : undefined
  const put = (form: Form, space: Form[0], own: readonly AxisMap[], by?: readonly bigint[]) =>
    weightedTerms(at, [space, [], form[2].map(([coef, source]): Term => [coef, source, own])], by)
  if (group === 1) {
    const [nm, nc] = [O > 1 ? 1 : 0, C > 1 ? 1 : 0]
    const L = weighted(build, at.weight(node.w[0]!, [...longer([O, C]), KH * KW]), 0, powers)
    const rSpace = [B, P, ...spaceOf(...longer([C])), T]
    const R = windowed(x!, rSpace, ['id', 0], channelsIn && ['id', 2], ['gather', 2 + nc, 1, window])
    const zSpace = [...spaceOf(...longer([O])), B, P]
    const places = P[0] > 1 ? [nm + 1] : []
    let z = over(Z, zSpace, nm === 1 ? [1, 0, ...places] : [0, ...places])
    if (bias !== undefined) z = plus(z, over(weighted(build, at.weight(bias, longer([O])), 0, powers), zSpace, nm === 1 ? [0] : []), -1n)
    parts.linear.push(['con', L, R, z, 0, nm, 2, nc + 1])
    return
  }
  if (group === C && C === O) {
    const L = weighted(build, at.weight(node.w[0]!, [O, KH * KW]), 0, powers)
    const R = windowed(x!, [axisOf(O), B, P, T], ['id', 1], ['id', 0], ['gather', 3, 2, window])
    const zSpace = [axisOf(O), B, P]
    let z = over(Z, zSpace, P[0] > 1 ? [1, 0, 2] : [1, 0])
    if (bias !== undefined) z = plus(z, over(weighted(build, at.weight(bias, [O]), 0, powers), zSpace, [0]), -1n)
    parts.linear.push(['con', L, R, z, 1, 0, 2, 1])
    return
  }
  // Axes of a group stay even if they are 1.
  const outs = O / group
  for (let g = 0; g < group; g++) {
    const own = powers.slice(g * outs, (g + 1) * outs)
    const lSpace = [...spaceOf(outs, perGroup), T]
    const L = put(
      at.weight(node.w[0]!, [group, outs, perGroup, KH * KW]),
      lSpace,
      [
        ['fix', g],
        ['id', 0],
        ['id', 1],
        ['id', 2],
      ],
      own,
    )
    const R = windowed(x!, [B, P, axisOf(perGroup), T], ['id', 0], ['shift', 2, -g * perGroup], ['gather', 3, 1, window])
    const zSpace = [axisOf(outs), B, P]
    const consts = Z[1].map(([coef]) => [coef, zSpace.map(() => -1)] as const)
    const maps: AxisMap[] = [['id', 1], ['shift', 0, -g * outs], ...(P[0] > 1 ? [['id', 2] as AxisMap] : [])]
    let z: Form = [zSpace, consts, Z[2].map(([coef, source]): Term => [coef, source, maps])]
    if (bias !== undefined)
      z = plus(
        z,
        put(
          at.weight(bias, [group, outs]),
          zSpace,
          [
            ['fix', g],
            ['id', 0],
          ],
          own,
        ),
        -1n,
      )
    parts.linear.push(['con', L, R, z, 0, 1, 2, 2])
  }
}

/** Weights along axis 0 of a form's space; equal ones are an integer. */
const weightedTerms = ({ build }: Lowering, form: Form, by?: readonly bigint[]): Form => (by ? weighted(build, form, 0, by) : form)

export const averagePool: Rule = ({ ir }, node, [x], Z, parts) => {
  const window = windowOf(node, ir.tensors[node.in[0]!]!, node.a.kernel as number[], ir.tensors[node.out]!)
  const places = axisOf(window[4] * window[5])
  const space = [...(places[0] > 1 ? Z[0].slice(0, -1) : Z[0]), places]
  const last = space.length - 1
  const read = windowed(x!, space, ['id', 0], last === 2 ? ['id', 1] : undefined, ['gather', -1, last, window])
  const own = Z[0].map((_, i) => i)
  parts.linear.push(['lin', plus(over(Z, space, own), read, -BigInt(node.a.c as number))])
}

/** Commits the maximum, the distances to it and the choice of a cell that has it. SPEC 3.5. */
export function maximumPool({ ir, build, batch }: Lowering, node: IrNode, x: Form, parts: Parameters<Rule>[4]): Form {
  const input = ir.tensors[node.in[0]!]!
  const window = windowOf(node, input, node.a.kernel as number[], ir.tensors[node.out]!)
  const channels = longer([input.axes[0]!])
  const taps = window[2] * window[3]
  const space = [axisOf(batch), ...spaceOf(...channels), axisOf(window[4] * window[5])]
  const wide = [...space.slice(0, -1), axisOf(taps), space.at(-1)!]
  const last = wide.length - 1
  const Y = build.commit(space)
  const D = build.range(wide, 16, parts)
  const sel = build.commit(wide)
  const gather: AxisMap = ['gather', last - 1, last, window]
  let lin = plus(
    plus(D, over(Y, wide, [...space.slice(0, -1).map((_, i) => i), last]), -1n),
    windowed(x, wide, ['id', 0], channels.length ? ['id', 1] : undefined, gather),
  )
  if ((node.a.pad as number[]).some((p) => p > 0)) {
    const ones: Form = [wide, [], [[1n, ['ones', [axisOf(window[0] * window[1])]], [gather]]]]
    lin = plus(plus(lin, build.constant(wide, 32768n), -1n), times(ones, 32768n))
  }
  parts.linear.push(['lin', lin])
  const chosen: Form = [
    space,
    [],
    sel[2].map(
      ([coef, source]): Term => [
        coef,
        source,
        [...space.slice(0, -1).map((_, i): AxisMap => ['id', i]), ['sum', -1, taps], ['id', last - 1]],
      ],
    ),
  ]
  parts.linear.push(['lin', plus(chosen, build.constant(space, 1n), -1n)])
  parts.products.push(['had', build.factor(wide, 0n, [sel, 1n]), build.factor(wide, 0n, [D, 1n]), [wide, [], []]])
  if (space.at(-1)![0] > 1) return Y
  // A view has no axis of length 1, though the segment has.
  return [space.slice(0, -1), [], Y[2].map(([coef, source, maps]): Term => [coef, source, [...maps.slice(0, -1), ['fix', 0]]])]
}
