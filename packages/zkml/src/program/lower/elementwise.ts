import { product, space as spaceOf } from '../space.ts'
import type { AxisMap, Const, Form, Space } from '../types.ts'
import { range } from './range.ts'
import { accumulator, axesIn, int, type NodeContext, type Rule } from './rule.ts'
import type { Group } from './tensors.ts'
import { combine, ids, whole } from './view.ts'

/** Clip (Relu, Identity with rounding): Z = x. */
export const clip: Rule = (context) => {
  const x = context.tensors.first(context.node.in[0]!)
  const Z = accumulator(context, x[0])
  context.section.lin(
    combine(x[0], [
      [1, Z],
      [-1, x],
    ]),
  )
}

/** LeakyRelu: x = P − N with P = m − n, N = n, m = Range(16) and P·N = 0; Z = 2^k·P − α·N. SPEC 3.5. */
export const leakyRelu: Rule = (context) => {
  const { node, section, builder, ir } = context
  const x = context.tensors.first(node.in[0]!)
  const [over] = x
  const Z = accumulator(context, over)
  const m = range(section, ir.limb, over, 16)
  const n = builder.segment(over)
  const [k, alpha] = [int(context, 'k'), int(context, 'alpha')]
  section.lin(
    combine(over, [
      [1, x],
      [-1, m.form],
      [2, whole(n, over)],
    ]),
  )
  section.lin(
    combine(over, [
      [1, Z],
      [-(2 ** k), m.form],
      [2 ** k + alpha, whole(n, over)],
    ]),
  )
  const both = builder.base(m.form)
  const negative = builder.base(whole(n, over))
  section.had(
    [
      over,
      [],
      [
        [both, 1n],
        [negative, -1n],
      ],
    ],
    [over, [], [[negative, 1n]]],
    [over, [], []],
  )
  builder.fillers.push((run) => {
    const values = Int32Array.from(run.int16(node.in[0]!))
    m.fill(run, values.map(Math.abs))
    run.put(
      n,
      values.map((value) => Math.max(-value, 0)),
    )
  })
}

/** Constants of Affine: one integer, or one per index of an axis. */
type Constants = number | readonly number[]

/** Affine: Z = c1·x1 + c2·x2 + c0. The output has the axes of x1, of which the one that constants vary over is one. */
export const affine: Rule = (context) => {
  const { node, section, tensors } = context
  const { c1 = 0, c2 = 0, c0 = 0 } = node.a
  const axes = axesIn(context)
  const ax = [c1, c2, c0].some(varies) ? int(context, 'ax') : undefined
  const groups: Group[] =
    ax === undefined
      ? [{ n: product(axes) }]
      : [{ n: product(axes.slice(0, ax)) }, { n: axes[ax]!, single: true }, { n: product(axes.slice(ax + 1)) }]
  let over: Space = []
  let channel = -1
  const scaled = (tensor: number, c: Constants, wanted: readonly Group[]): readonly [number, Form] => {
    const form = tensors.read(tensor, wanted, (parts) => {
      if (over.length === 0 || wanted === groups) {
        over = spaceOf(parts.lengths)
        channel = parts.groups[1]?.[0] ?? -1
      }
      const maps: AxisMap[] = ids(over.length)
      if (varies(c)) maps[channel] = ['wt', channel, vector(context, c)]
      return { maps, target: over }
    })
    return [varies(c) ? 1 : scalar(c), form]
  }
  const parts = [scaled(node.in[0]!, c1, groups)]
  const same = over.slice(1).map(([n]): Group => ({ n, single: true }))
  if (node.in[1] !== undefined) parts.push(scaled(node.in[1], c2, same))
  const Z = accumulator(context, over)
  const negated = parts.map(([coef, form]): [number, Form] => [-coef, form])
  const offset: Const[] = varies(c0) ? [[-1n, over.map((_, i) => (i === channel ? vector(context, c0) : -1))]] : []
  section.lin(combine(over, [[1, Z], ...negated, [1, [over, offset, []]]], varies(c0) ? 0 : -scalar(c0)))
}

function varies(c: Constants): c is readonly number[] {
  return typeof c !== 'number' && c.some((value) => value !== c[0])
}

/** The one value of constants that do not vary. */
function scalar(c: Constants): number {
  return typeof c === 'number' ? c : c[0]!
}

function vector({ builder }: NodeContext, c: readonly number[]): number {
  return builder.vec(c.length, (i) => c[i]!)
}
