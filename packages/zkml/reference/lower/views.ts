import type { IrNode } from '../../src/ir/types.ts'
import type { AxisMap, Form } from '../../src/program/types.ts'
import { plus, spaceOf } from './form.ts'
import type { Wanted } from './groups.ts'
import { axesOf, type Lowering, product, type Rule } from './rules.ts'

/** Nodes that commit nothing: their inputs are read through axis maps. SPEC 3.1, 2.4. */

/** An input with its group number `at`, one axis, through a map to another length; gives the number of that axis, too. */
function along(
  { tensors }: Lowering,
  id: number,
  wanted: readonly Wanted[],
  at: number,
  length: number,
  map: (ax: number) => AxisMap,
): [Form, number] {
  let named = 0
  const form = tensors.read(id, wanted, ({ parts, lengths }) => {
    named = parts[at]![0]!
    return [lengths.map((_, ax) => (ax === named ? map(ax) : ['id', ax])), spaceOf(...lengths.map((n, ax) => (ax === named ? length : n)))]
  })
  return [form, named]
}

/** What lies before, on and behind the axis that a node names. */
function around(at: Lowering, node: IrNode): [Wanted, Wanted, Wanted] {
  const [axes, ax] = [axesOf(at, node), node.a.ax as number]
  return [{ n: product(axes.slice(0, ax)) }, { n: axes[ax]!, single: true }, { n: product(axes.slice(ax + 1)) }]
}

const reshape: Rule = ({ tensors }, node) => tensors.share(node.out, node.in[0]!)

const slice: Rule = (at, node) => {
  const [form] = along(at, node.in[0]!, around(at, node), 1, node.a.len as number, (ax) => ['shift', ax, -(node.a.start as number)])
  at.tensors.define(node.out, form)
}

const gather: Rule = (at, node) => {
  const idx = (node.a.idx as readonly number[]).map(BigInt)
  const vec = at.build.vec(idx)
  at.tensors.define(node.out, along(at, node.in[0]!, around(at, node), 1, idx.length, (ax) => ['index', ax, vec])[0])
}

const pad: Rule = (at, node) => {
  const [before, after, value] = [node.a.before as number, node.a.after as number, BigInt(node.a.value as number)]
  const wanted = around(at, node)
  const n = wanted[1].n
  const length = before + n + after
  const [form, named] = along(at, node.in[0]!, wanted, 1, length, (ax) => ['shift', ax, before])
  if (value === 0n) return at.tensors.define(node.out, form)
  const outside = at.build.derived(`outside ${before} ${n} ${length}`, length, (i) => (i >= before && i < before + n ? 0n : 1n))
  const cells: Form = [form[0], [[value, form[0].map((_, ax) => (ax === named ? outside : -1))]], []]
  at.tensors.define(node.out, plus(form, cells))
}

const concat: Rule = (at, node) => {
  const ax = node.a.ax as number
  const total = at.ir.tensors[node.out]!.axes[ax]!
  let [whole, named] = along(at, node.in[0]!, around(at, node), 1, total, (to) => ['shift', to, 0])
  let offset = axesOf(at, node)[ax]!
  for (const [i, id] of node.in.entries()) {
    if (i === 0) continue
    const n = axesOf(at, node, i)[ax]!
    const start = offset
    const wanted = whole[0].slice(1).map(([length], j): Wanted => ({ n: j === named - 1 ? n : length, single: true }))
    whole = plus(whole, along(at, id, wanted, named - 1, total, (to) => ['shift', to, start])[0])
    offset += n
  }
  at.tensors.define(node.out, whole)
}

/** Runs of axes that stay neighbours move as one. */
const transpose: Rule = (at, node) => {
  const axes = axesOf(at, node)
  const long = axes.flatMap((n, i) => (n > 1 ? [i] : []))
  const moved = (node.a.perm as readonly number[]).filter((i) => axes[i]! > 1)
  const runs: number[][] = []
  for (const [i, own] of moved.entries()) {
    if (i > 0 && long.indexOf(own) === long.indexOf(moved[i - 1]!) + 1) runs.at(-1)!.push(own)
    else runs.push([own])
  }
  const sorted = [...runs].sort((p, q) => p[0]! - q[0]!)
  const wanted = sorted.map((run) => ({ n: product(run.map((i) => axes[i]!)) }))
  const form = at.tensors.read(node.in[0]!, wanted, ({ parts, lengths }) => {
    const order = [0, ...runs.flatMap((run) => parts[sorted.indexOf(run)]!)]
    return [lengths.map((_, ax) => ['id', order.indexOf(ax)] as const), spaceOf(...order.map((ax) => lengths[ax]!))]
  })
  at.tensors.define(node.out, form)
}

export const VIEWS: Readonly<Record<string, Rule>> = {
  Reshape: reshape,
  Transpose: transpose,
  Slice: slice,
  Gather: gather,
  Pad: pad,
  Concat: concat,
}
