import { product, space as spaceOf } from '../space.ts'
import type { AxisMap, Const, Form } from '../types.ts'
import { axesIn, int, list, type NodeContext, type Rule } from './rule.ts'
import type { Group } from './tensors.ts'
import { combine } from './view.ts'

/** Operators that commit nothing: their output is their input read through axis maps. SPEC 3.2. */

/** Reshape: the same cells in the same order; every view of the one is a view of the other. */
export const reshape: Rule = ({ node, tensors }) => tensors.alias(node.out, node.in[0]!)

/** Transpose: runs of axes that stay neighbours move as one. */
export const transpose: Rule = (context) => {
  const { node, tensors } = context
  const axes = axesIn(context)
  const perm = list(context, 'perm').filter((ax) => axes[ax]! > 1)
  const order = [...perm].sort((a, b) => a - b)
  const follows = (a: number, b: number | undefined) => b !== undefined && order.indexOf(a) === order.indexOf(b) + 1
  const runs: number[][] = []
  for (const [i, ax] of perm.entries()) {
    if (follows(ax, perm[i - 1])) runs[runs.length - 1]!.push(ax)
    else runs.push([ax])
  }
  const sources = [...runs].sort((a, b) => a[0]! - b[0]!)
  const groups = sources.map((run): Group => ({ n: product(run.map((ax) => axes[ax]!)) }))
  const form = tensors.read(node.in[0]!, groups, ({ groups: parts, lengths }) => {
    const moved = [0, ...runs.flatMap((run) => parts[sources.indexOf(run)]!)]
    return { maps: lengths.map((_, ax): AxisMap => ['id', moved.indexOf(ax)]), target: spaceOf(moved.map((ax) => lengths[ax]!)) }
  })
  tensors.define(node.out, form)
}

/** What lies before, on and after the axis that a node names. */
function around(context: NodeContext, input = 0): readonly [Group, Group, Group] {
  const axes = axesIn(context, input)
  const ax = int(context, 'ax')
  return [{ n: product(axes.slice(0, ax)) }, { n: axes[ax]!, single: true }, { n: product(axes.slice(ax + 1)) }]
}

/** Reads input `input` with its named axis through `map` onto an axis of `length`; gives that axis' number too. */
function along(
  context: NodeContext,
  input: number,
  groups: readonly Group[],
  at: number,
  length: number,
  map: (ax: number) => AxisMap,
): [Form, number] {
  let named = 0
  const form = context.tensors.read(context.node.in[input]!, groups, ({ groups: parts, lengths }) => {
    named = parts[at]![0]!
    return {
      maps: lengths.map((_, ax): AxisMap => (ax === named ? map(ax) : ['id', ax])),
      target: spaceOf(lengths.map((n, ax) => (ax === named ? length : n))),
    }
  })
  return [form, named]
}

/** Slice: `shift` by −start. */
export const slice: Rule = (context) => {
  const [form] = along(context, 0, around(context), 1, int(context, 'len'), (ax) => ['shift', ax, -int(context, 'start')])
  context.tensors.define(context.node.out, form)
}

/** Gather: an explicit index vector. */
export const gather: Rule = (context) => {
  const idx = list(context, 'idx')
  const vec = context.builder.vec(idx.length, (i) => idx[i]!)
  const [form] = along(context, 0, around(context), 1, idx.length, (ax) => ['index', ax, vec])
  context.tensors.define(context.node.out, form)
}

/** Pad: `shift` by the cells before, and the value as a constant on the new cells. */
export const pad: Rule = (context) => {
  const [before, after, value] = [int(context, 'before'), int(context, 'after'), int(context, 'value')]
  const groups = around(context)
  const n = groups[1].n
  const length = before + n + after
  const [form, named] = along(context, 0, groups, 1, length, (ax) => ['shift', ax, before])
  const outside = () =>
    context.builder.vec(length, (i) => (i >= before && i < before + n ? 0 : 1), `outside ${before} of ${n} in ${length}`)
  const consts: Const[] = value === 0 ? [] : [[BigInt(value), form[0].map((_, ax) => (ax === named ? outside() : -1))]]
  context.tensors.define(
    context.node.out,
    combine(form[0], [
      [1, form],
      [1, [form[0], consts, []]],
    ]),
  )
}

/** Concat: every input shifted to its place; all are read with the axes of the first. */
export const concat: Rule = (context) => {
  const { node, tensors, ir } = context
  const ax = int(context, 'ax')
  const total = ir.tensors[node.out]!.axes[ax]!
  const [first, named] = along(context, 0, around(context), 1, total, (to) => ['shift', to, 0])
  const parts: [number, Form][] = [[1, first]]
  const others = first[0].slice(1).map(([n]): Group => ({ n, single: true }))
  let offset = axesIn(context)[ax]!
  for (let input = 1; input < node.in.length; input++) {
    const n = axesIn(context, input)[ax]!
    const groups = others.map((group, i) => (i === named - 1 ? { n, single: true } : group))
    const start = offset
    parts.push([1, along(context, input, groups, named - 1, total, (to) => ['shift', to, start])[0]])
    offset += n
  }
  tensors.define(node.out, combine(first[0], parts))
}
