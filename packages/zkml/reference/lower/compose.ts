import type { AxisMap, Const, Form, Space, Term } from '../../src/program/types.ts'
import { axesNamed } from '../program.ts'
import type { Builder } from './builder.ts'
import { plus } from './form.ts'

/** Reads every cell, one each, as it is: what a view axis that a term does not name may take. SPEC 3.1. */
const isTotal = (map: AxisMap, n: number, target: Space) =>
  map[0] === 'id' || map[0] === 'fix' || map[0] === 'index' || (map[0] === 'shift' && map[2] <= 0 && target[map[1]]![0] - map[2] <= n)

/** One source axis through the view's maps: source ← view ← Ω. SPEC 3.1, composition. */
function composed(inner: AxisMap, sourceLength: number, view: Space, outer: readonly AxisMap[], target: Space): AxisMap | undefined {
  if (inner[0] === 'fix' || inner[0] === 'sum') return inner
  if (inner[0] === 'id') return outer[inner[1]]!
  if (inner[0] === 'gather') {
    const [k, o] = [inner[1] < 0 ? undefined : outer[inner[1]]!, outer[inner[2]]!]
    if (o[0] !== 'id' || (k && k[0] !== 'id')) return undefined
    return ['gather', k ? (k[1] as number) : -1, o[1], inner[3]]
  }
  const next = outer[inner[1]]!
  if (next[0] === 'id') return [inner[0], next[1], ...inner.slice(2)] as unknown as AxisMap
  if (inner[0] !== 'shift') return undefined
  const from = inner[2]
  if (next[0] === 'fix') return next[1] >= from && next[1] - from < sourceLength ? ['fix', next[1] - from] : undefined
  const n = view[inner[1]]![0]
  const inside = from >= 0 && from + sourceLength <= n
  return next[0] === 'shift' && (inside || isTotal(next, n, target)) ? ['shift', next[1], from + next[2]] : undefined
}

/** Maps through which a constant's ones are only read: cells may be missing, or several. */
const isRead = (map: AxisMap) => map[0] === 'gather' || map[0] === 'sum' || map[0] === 'suffix'

/** Whether a constant goes through the maps; no vector is made to find out. */
const passes = (view: Space, [, vecs]: Const, outer: readonly AxisMap[], target: Space) =>
  !outer.some(isRead) || outer.every((map, ax) => vecs[ax]! < 0 && (isRead(map) || isTotal(map, view[ax]![0], target)))

/** A constant's vector (−1: ones) on a view axis of length n, through its map onto an axis of the target. */
function vectorOf(build: Builder, vec: number, n: number, map: AxisMap & { 0: 'id' | 'wt' | 'index' | 'shift' }, target: Space): number {
  const entry = (i: number) => (vec < 0 ? 1n : build.vecs[vec]![i]!)
  const length = target[map[1]]![0]
  if (map[0] === 'id') return vec
  if (map[0] === 'shift') {
    if (vec < 0 && isTotal(map, n, target)) return -1
    const [offset, of] = [map[2], vec < 0 ? `ones ${n}` : vec]
    return build.derived(`shift ${of} ${offset} ${length}`, length, (i) => (i >= offset && i - offset < n ? entry(i - offset) : 0n))
  }
  const by = build.vecs[map[2]]!
  if (map[0] === 'wt') return vec < 0 ? map[2] : build.derived(`wt ${vec} ${map[2]}`, length, (i) => entry(i) * by[i]!)
  return vec < 0 ? -1 : build.derived(`index ${vec} ${map[2]}`, length, (i) => entry(Number(by[i])))
}

function constant(build: Builder, view: Space, [coef, vecs]: Const, outer: readonly AxisMap[], target: Space): Form {
  const read = outer.flatMap((map, ax) => (isRead(map) ? [ax] : []))
  if (read.length > 0) return [target, [], [[coef, ['ones', read.map((ax) => view[ax]!)], read.map((ax) => outer[ax]!)]]]
  let factor = coef
  const out = target.map(() => -1)
  outer.forEach((map, ax) => {
    if (map[0] === 'fix') factor *= vecs[ax]! < 0 ? 1n : build.vecs[vecs[ax]!]![map[1]]!
    else out[map[1] as number] = vectorOf(build, vecs[ax]!, view[ax]![0], map as Parameters<typeof vectorOf>[3], target)
  })
  return [target, [[factor, out]], []]
}

/** A view read through one map for each of its axes, as a form over `target`; nothing where it does not compose. SPEC 3.1. */
export function through(build: Builder, [view, consts, terms]: Form, outer: readonly AxisMap[], target: Space): Form | undefined {
  const read: Term[] = []
  for (const [coef, source, maps] of terms) {
    const named = maps.flatMap(axesNamed)
    if (!outer.every((map, ax) => named.includes(ax) || isTotal(map, view[ax]![0], target))) return undefined
    const from = build.spaceOf(source)
    const own = maps.map((map, axis) => composed(map, from[axis]![0], view, outer, target))
    if (own.includes(undefined)) return undefined
    read.push([coef, source, own as AxisMap[]])
  }
  if (!consts.every((one) => passes(view, one, outer, target))) return undefined
  return consts.reduce((form, one) => plus(form, constant(build, view, one, outer, target)), [target, [], read] as Form)
}
