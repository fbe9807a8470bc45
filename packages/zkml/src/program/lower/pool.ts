import { axis, space as spaceOf } from '../space.ts'
import type { AxisMap, Form, Window } from '../types.ts'
import { withOnes } from './compose.ts'
import { maximum } from './maximum.ts'
import { accumulator, axesIn, int, list, over, type Rule } from './rule.ts'
import { combine, constant } from './view.ts'
import { countsOf, windowOf } from './window.ts'

/** AvgPool: Z = c·Σ over the window, missing cells 0. SPEC 3.5. */
export const avgPool: Rule = (context) => {
  const { node, section, tensors } = context
  const window = windowOf(context, list(context, 'kernel'))
  const [channels = 1, H = 1, W = 1] = axesIn(context)
  const { outputs } = countsOf(window)
  const sum = tensors.read(node.in[0]!, [{ n: channels }, { n: H * W, single: true }], ({ groups, lengths }) => {
    const outer = groups[0]!.map((ax) => lengths[ax]!)
    const target = spaceOf([lengths[0]!, ...outer, outputs])
    return { maps: [['id', 0], ...outer.map((_, i): AxisMap => ['id', i + 1]), ['gather', -1, target.length - 1, window]], target }
  })
  const outer = sum[0].slice(1, -1).map(([n]) => n)
  const Z = accumulator(context, over(context, [...outer, outputs]))
  section.lin(
    combine(sum[0], [
      [1, withOnes(context.builder, Z, sum[0])],
      [-int(context, 'c'), sum],
    ]),
  )
}

/** MaxPool: the maximum over the axis k of windows (c, k, o), missing cells −32768. SPEC 3.5. */
export const maxPool: Rule = (context) => {
  const { node, tensors } = context
  const window = windowOf(context, list(context, 'kernel'))
  const [channels = 1, H = 1, W = 1] = axesIn(context)
  const { taps, outputs } = countsOf(window)
  let outer: number[] = []
  const x = tensors.read(node.in[0]!, [{ n: channels }, { n: H * W, single: true }], ({ groups, lengths }) => {
    outer = groups[0]!.map((ax) => lengths[ax]!)
    const at = outer.length + 1
    const target = spaceOf([lengths[0]!, ...outer, taps, outputs])
    return { maps: [['id', 0], ...outer.map((_, i): AxisMap => ['id', i + 1]), ['gather', at, at + 1, window]], target }
  })
  const k = outer.length + 1
  const missing: Form = [x[0], constant(1, x[0]), [[-1n, ['ones', [axis(H * W)]], [['gather', k, k + 1, window]]]]]
  const padded = list(context, 'pad').some((cells) => cells > 0)
  const { y } = maximum(context, x, k, padded ? missing : undefined, (run) => cellsOf(run.int16(node.in[0]!), window))
  tensors.define(node.out, y)
}

/** What window (k, o) of every map reads, row-major over (map, k, o); −32768 where that is outside. */
function cellsOf(x: Int16Array, window: Window): Int16Array {
  const [H, W, KH, KW, OH, OW, sy, sx, py, px, dy, dx] = window
  const planes = x.length / (H * W)
  const out = new Int16Array(planes * KH * KW * OH * OW).fill(-32768)
  const rows = (ky: number, oy: number) => oy * sy + ky * dy - py
  const columns = (kx: number, ox: number) => ox * sx + kx * dx - px
  for (let plane = 0, to = 0; plane < planes; plane++) {
    for (let k = 0; k < KH * KW; k++) {
      for (let oy = 0; oy < OH; oy++) {
        const line = rows(Math.floor(k / KW), oy)
        const from = (plane * H + line) * W
        for (let ox = 0; ox < OW; ox++, to++) {
          const column = columns(k % KW, ox)
          if (line >= 0 && line < H && column >= 0 && column < W) out[to] = x[from + column]!
        }
      }
    }
  }
  return out
}
