import type { IrNode } from '../../src/ir/types.ts'
import type { AxisMap, Form, Space, Term, Window } from '../../src/program/types.ts'
import { through } from './compose.ts'
import { axisOf, over, plus, spaceOf } from './form.ts'
import { mapGroups, windowed, windowOf } from './maps.ts'
import { accumulatorOf } from './rounded.ts'
import { axesOf, type Factors, factors, type Lowering, longer, type Rule, weighted } from './rules.ts'
import type { Place } from './tensors.ts'

/** One contraction, one for each channel, or one for each group. SPEC 3.6. */
export const conv: Rule = (at, node, parts) => {
  const { ir, build, batch, tensors, weight } = at
  const [O, perGroup, KH, KW] = ir.weights[node.w[0]!]!.axes as [number, number, number, number]
  const group = node.a.group as number
  const [C] = axesOf(at, node) as [number]
  const window = windowOf(at, node, [KH, KW])
  const [P, T, B] = [axisOf(window[4] * window[5]), axisOf(KH * KW), axisOf(batch)]
  const acc = accumulatorOf(at, node, [B, ...spaceOf(...longer([O, P[0]]))], parts)
  const powers = (node.a.d as readonly number[]).map((d) => 1n << BigInt(d))
  const bias = node.w[1]
  /** The accumulator over [channels?, batch, places], without the bias. */
  const without = (channels: Space, by: Factors) => {
    const space = [...channels, B, P]
    const nm = channels.length
    const to = [nm, ...(nm === 1 ? [0] : []), ...(P[0] > 1 ? [nm + 1] : [])]
    const z = over(acc, space, to)
    const own = nm === 1 ? [0] : []
    return bias === undefined
      ? z
      : plus(
          z,
          over(
            weighted(
              weight(
                bias,
                channels.map(([n]) => n),
              ),
              0,
              by,
            ),
            space,
            own,
          ),
          -1n,
        )
  }
  if (group === 1) {
    const nm = O > 1 ? 1 : 0
    const place = windowed(0, (own) => ({
      target: [B, P, ...spaceOf(...own), T],
      channels: 2,
      places: ['gather', 2 + own.length, 1, window],
    }))
    const R = tensors.read(node.in[0]!, mapGroups(at, node), place)
    const inner = R[0].slice(2)
    const by = factors(build, powers)
    const L = weighted(weight(node.w[0]!, [...longer([O]), ...inner.map(([n]) => n)]), 0, by)
    parts.linear.push(['con', L, R, without(spaceOf(...longer([O])), by), 0, nm, 2, inner.length])
  } else if (group === C && C === O) {
    const target = [axisOf(O), B, P, T]
    const place: Place = () => [
      [
        ['id', 1],
        ['id', 0],
        ['gather', 3, 2, window],
      ],
      target,
    ]
    const R = tensors.read(node.in[0]!, mapGroups(at, node, true), place)
    const by = factors(build, powers)
    const L = weighted(weight(node.w[0]!, [O, KH * KW]), 0, by)
    parts.linear.push(['con', L, R, without([axisOf(O)], by), 1, 0, 2, 1])
  } else for (let g = 0; g < group; g++) oneGroup(at, node, parts, { g, outs: O / group, perGroup, window, acc, powers })
}

interface Group {
  readonly g: number
  readonly outs: number
  readonly perGroup: number
  readonly window: Window
  readonly acc: Form
  readonly powers: readonly bigint[]
}

/** The contraction of one group of channels, whose axes stay even if they are 1. */
function oneGroup(at: Lowering, node: IrNode, parts: Parameters<Rule>[2], { g, outs, perGroup, window, acc, powers }: Group): void {
  const group = node.a.group as number
  const [P, T, B] = [axisOf(window[4] * window[5]), axisOf(window[2] * window[3]), axisOf(at.batch)]
  const place: Place = () => [
    [
      ['id', 0],
      ['shift', 2, -g * perGroup],
      ['gather', 3, 1, window],
    ],
    [B, P, axisOf(perGroup), T],
  ]
  const R = at.tensors.read(node.in[0]!, mapGroups(at, node, true), place)
  const by = factors(at.build, powers.slice(g * outs, (g + 1) * outs))
  const own = (form: Form, space: Space, maps: readonly AxisMap[]): Form => [
    space,
    [],
    form[2].map(([coef, source]): Term => [coef, source, [['fix', g], ...maps]]),
  ]
  const W = at.weight(node.w[0]!, [group, outs, perGroup, T[0]])
  const L = weighted(
    own(
      W,
      [axisOf(outs), axisOf(perGroup), T],
      [
        ['id', 0],
        ['id', 1],
        ['id', 2],
      ],
    ),
    0,
    by,
  )
  const zSpace = [axisOf(outs), B, P]
  const maps: AxisMap[] = [
    ['id', 1],
    ['shift', 0, -g * outs],
    ['id', 2],
  ]
  let z = through(at.build, acc, maps.slice(0, acc[0].length), zSpace)!
  const bias = node.w[1]
  if (bias !== undefined) z = plus(z, weighted(own(at.weight(bias, [group, outs]), zSpace, [['id', 0]]), 0, by), -1n)
  parts.linear.push(['con', L, R, z, 0, 1, 2, 2])
}
