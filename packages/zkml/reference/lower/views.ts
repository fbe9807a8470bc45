import type { Ir, IrNode } from '../../src/ir/types.ts'
import type { AxisMap, Const, Form, Space, Term } from '../../src/program/types.ts'
import type { Interval } from './bounds.ts'
import { type Builder, plus, spaceOf } from './builder.ts'

/** Where the specification asks for a copy, this lowering stops: copies are lowered only once. */
export class NeedsCopy extends Error {}
const copy = (): never => {
  throw new NeedsCopy('a view that does not compose')
}

/** Axes of a view, neighbours, that together make one wanted axis. `single`: only one will do. */
interface Wanted {
  readonly n: number
  readonly single?: boolean
}
const product = (lengths: readonly number[]) => lengths.reduce((total, n) => total * n, 1)

/** The axes of a view (after the batch) for each wanted axis. SPEC 3.1, groups. */
function divided([space]: Form, wanted: readonly Wanted[]): number[][] {
  let at = 1
  const parts = wanted.map(({ n, single }) => {
    const part: number[] = []
    for (let left = n; left > 1; at++) {
      const length = space[at]?.[0] ?? copy()
      if (left % length !== 0) copy()
      left /= length
      part.push(at)
    }
    if (single && part.length !== 1) copy()
    return part
  })
  if (at !== space.length) copy()
  return parts
}

/** Reads every cell, one each: what a view axis that a term does not name may take. SPEC 3.1. */
const isTotal = (map: AxisMap, n: number, target: Space) =>
  map[0] === 'id' || map[0] === 'fix' || map[0] === 'index' || (map[0] === 'shift' && map[2] <= 0 && target[map[1]]![0] - map[2] <= n)

const lengthOf = (build: Builder, source: Term[1], axis: number) =>
  (typeof source === 'number' ? build.segments[source]![1] : source[0] === 'ones' ? source[1] : source[2])[axis]![0]

/** One source axis through the view's maps: source ← view ← Ω. SPEC 3.1, composition. */
function composed(inner: AxisMap, sourceLength: number, view: Space, outer: readonly AxisMap[], target: Space): AxisMap {
  if (inner[0] === 'fix' || inner[0] === 'sum') return inner
  if (inner[0] === 'id') return outer[inner[1]]!
  if (inner[0] === 'gather') return copy()
  const next = outer[inner[1]]!
  if (next[0] === 'id') return [inner[0], next[1], ...inner.slice(2)] as unknown as AxisMap
  if (inner[0] !== 'shift') return copy()
  const from = inner[2]
  if (next[0] === 'fix') return next[1] >= from && next[1] - from < sourceLength ? ['fix', next[1] - from] : copy()
  const n = view[inner[1]]![0]
  const inside = from >= 0 && from + sourceLength <= n
  if (next[0] === 'shift' && (inside || isTotal(next, n, target))) return ['shift', next[1], from + next[2]]
  return copy()
}

/** A constant's vector (−1: ones) on a view axis of length n, through its map: what it is on the axis of the target, or a factor. */
function vectorOf(build: Builder, vec: number, n: number, map: AxisMap, target: Space): { factor: bigint } | { ax: number; vec: number } {
  const entry = (i: number) => (vec < 0 ? 1n : build.vecs[vec]![i]!)
  if (map[0] === 'fix') return { factor: entry(map[1]) }
  if (map[0] === 'id') return { ax: map[1], vec }
  if (map[0] === 'index') return { ax: map[1], vec: vec < 0 ? -1 : build.vec(build.vecs[map[2]]!.map((i) => entry(Number(i)))) }
  if (map[0] !== 'shift') return copy()
  if (vec < 0 && isTotal(map, n, target)) return { ax: map[1], vec: -1 }
  const cells = Array.from({ length: target[map[1]]![0] }, (_, i) => i - map[2])
  return { ax: map[1], vec: build.vec(cells.map((i) => (i >= 0 && i < n ? entry(i) : 0n))) }
}

/** A view read through one map for each of its axes. */
function through(build: Builder, [view, consts, terms]: Form, outer: readonly AxisMap[], target: Space): Form {
  const read = terms.map(([coef, source, maps]): Term => {
    const named = maps.flatMap((map) => (map[0] === 'fix' || map[0] === 'sum' ? [] : map[0] === 'gather' ? [map[1], map[2]] : [map[1]]))
    if (!outer.every((map, ax) => named.includes(ax) || isTotal(map, view[ax]![0], target))) copy()
    return [coef, source, maps.map((map, axis) => composed(map, lengthOf(build, source, axis), view, outer, target))]
  })
  const kept = consts.map(([coef, vecs]): Const => {
    let factor = coef
    const out = target.map(() => -1)
    outer.forEach((map, ax) => {
      const to = vectorOf(build, vecs[ax]!, view[ax]![0], map, target)
      if ('factor' in to) factor *= to.factor
      else out[to.ax] = to.vec
    })
    return [factor, out]
  })
  return plus([target, [], read], [target, kept, []])
}

/** Axes of length 1 are left out of a view, but for the batch: `fix` 0. */
function withoutOnes(build: Builder, form: Form): Form {
  const stay = form[0].flatMap(([n], ax) => (ax === 0 || n > 1 ? [ax] : []))
  if (stay.length === form[0].length) return form
  const maps = form[0].map((_, ax): AxisMap => (stay.includes(ax) ? ['id', stay.indexOf(ax)] : ['fix', 0]))
  return through(
    build,
    form,
    maps,
    stay.map((ax) => form[0][ax]!),
  )
}

/** The input with its axis `ax` through a map; gives the number of that axis, too. */
function along(
  build: Builder,
  form: Form,
  wanted: readonly Wanted[],
  at: number,
  length: number,
  map: (ax: number) => AxisMap,
): [Form, number] {
  const [named] = divided(form, wanted)[at]!
  const lengths = form[0].map(([n], ax) => (ax === named ? length : n))
  return [
    through(
      build,
      form,
      form[0].map((_, ax) => (ax === named ? map(ax) : ['id', ax])),
      spaceOf(...lengths),
    ),
    named!,
  ]
}

/** What lies before, on and behind the axis that a node names. */
const around = (axes: readonly number[], ax: number): Wanted[] => [
  { n: product(axes.slice(0, ax)) },
  { n: axes[ax]!, single: true },
  { n: product(axes.slice(ax + 1)) },
]

/** The output of a node that commits nothing: its inputs read through axis maps. SPEC 3.1, 2.4. */
export function viewOfNode(ir: Ir, build: Builder, { op, in: ins, out, a }: IrNode, inputs: readonly Form[]): Form {
  const axes = ir.tensors[ins[0]!]!.axes
  const x = inputs[0]!
  const ax = a.ax as number
  if (op === 'Reshape') return x
  if (op === 'Transpose') return transposed(build, x, axes, a.perm as number[])
  if (op === 'Slice')
    return withoutOnes(build, along(build, x, around(axes, ax), 1, a.len as number, (to) => ['shift', to, -(a.start as number)])[0])
  if (op === 'Gather') {
    const vec = build.vec((a.idx as number[]).map(BigInt))
    return withoutOnes(build, along(build, x, around(axes, ax), 1, (a.idx as number[]).length, (to) => ['index', to, vec])[0])
  }
  if (op === 'Pad') {
    const [before, after, value] = [a.before as number, a.after as number, BigInt(a.value as number)]
    const n = axes[ax]!
    const length = before + n + after
    const [form, named] = along(build, x, around(axes, ax), 1, length, (to) => ['shift', to, before])
    if (value === 0n) return withoutOnes(build, form)
    const outside = build.vec(Array.from({ length }, (_, i) => (i >= before && i < before + n ? 0n : 1n)))
    return withoutOnes(build, plus(form, [form[0], [[value, form[0].map((_, i) => (i === named ? outside : -1))]], []]))
  }
  const total = ir.tensors[out]!.axes[ax]!
  let [whole, named] = along(build, x, around(axes, ax), 1, total, (to) => ['shift', to, 0])
  let offset = axes[ax]!
  for (const [i, id] of ins.entries()) {
    if (i === 0) continue
    const n = ir.tensors[id]!.axes[ax]!
    const start = offset
    const wanted = whole[0].slice(1).map(([length], j): Wanted => ({ n: j === named - 1 ? n : length, single: true }))
    whole = plus(whole, along(build, inputs[i]!, wanted, named - 1, total, (to) => ['shift', to, start])[0])
    offset += n
  }
  return withoutOnes(build, whole)
}

/** Runs of axes that stay neighbours move as one. */
function transposed(build: Builder, x: Form, axes: readonly number[], perm: readonly number[]): Form {
  const long = axes.flatMap((n, i) => (n > 1 ? [i] : []))
  const moved = perm.filter((i) => axes[i]! > 1)
  const runs: number[][] = []
  for (const [i, own] of moved.entries()) {
    if (i > 0 && long.indexOf(own) === long.indexOf(moved[i - 1]!) + 1) runs.at(-1)!.push(own)
    else runs.push([own])
  }
  const sorted = [...runs].sort((p, q) => p[0]! - q[0]!)
  const parts = divided(
    x,
    sorted.map((run) => ({ n: product(run.map((i) => axes[i]!)) })),
  )
  const order = [0, ...runs.flatMap((run) => parts[sorted.indexOf(run)]!)]
  return through(
    build,
    x,
    x[0].map((_, ax) => ['id', order.indexOf(ax)]),
    order.map((ax) => x[0][ax]!),
  )
}

/** The interval of a view: that of all cells which it may read. SPEC 2.5. */
export function boundOfView({ op, a }: IrNode, ranges: readonly Interval[]): Interval {
  const padded = op === 'Pad' && (a.before as number) + (a.after as number) > 0 ? [BigInt(a.value as number)] : []
  const [lows, highs] = [
    [...ranges.map(([lo]) => lo), ...padded],
    [...ranges.map(([, hi]) => hi), ...padded],
  ]
  return [lows.reduce((x, y) => (x < y ? x : y)), highs.reduce((x, y) => (x > y ? x : y))]
}

export const VIEWS = new Set(['Reshape', 'Transpose', 'Slice', 'Gather', 'Pad', 'Concat'])
