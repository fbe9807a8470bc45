import { axis, realCells, space as spaceOf } from '../space.ts'
import type { AxisMap, Const, Form, Source, Space, Term } from '../types.ts'
import { names } from '../work.ts'
import type { Builder } from './builder.ts'

/**
 * A tensor as the rules see it: a form over [batch, axes…] whose real cells, row-major, are the tensor's values. The axes
 * need not be those of the integer model, only have the same product; axes of length 1 are left out. SPEC 3.2.
 */
export type View = Form

/** Identity maps onto the axes of a form, from axis `first` on. */
export function ids(count: number, first = 0): AxisMap[] {
  return Array.from({ length: count }, (_, i) => ['id', first + i] as const)
}

/** Constant `coef` on the real cells of a space; none if it is 0. */
export function constant(coef: bigint | number, over: Space): Const[] {
  return BigInt(coef) === 0n ? [] : [[BigInt(coef), over.map(() => -1)]]
}

/** `source` read cell by cell over its own space. */
export function whole(source: Source, over: Space, coef: bigint | number = 1): Form {
  return [over, [], [[BigInt(coef), source, ids(over.length)]]]
}

/** Forms over one space added, each times its coefficient; those of coefficient 0 are left out. */
export function combine(over: Space, parts: readonly (readonly [coef: bigint | number, form: Form])[], offset: bigint | number = 0): Form {
  const consts: Const[] = []
  const terms: Term[] = []
  for (const [factor, [, itsConsts, itsTerms]] of parts) {
    const times = BigInt(factor)
    if (times === 0n) continue
    for (const [coef, vecs] of itsConsts) consts.push([coef * times, vecs])
    for (const [coef, source, maps] of itsTerms) terms.push([coef * times, source, maps])
  }
  return [over, merged([...consts, ...constant(offset, over)]), terms]
}

/** Constants over the same vectors added up; zeros dropped. */
function merged(consts: readonly Const[]): Const[] {
  const sums = new Map<string, Const>()
  for (const [coef, vecs] of consts) {
    const key = vecs.join()
    sums.set(key, [(sums.get(key)?.[0] ?? 0n) + coef, vecs])
  }
  return [...sums.values()].filter(([coef]) => coef !== 0n)
}

/** Lengths of a view's axes after the batch. */
export function axesOf([space]: View): number[] {
  return space.slice(1).map(([n]) => n)
}

/** The space of an activation with these axes: the batch in front, axes of length 1 left out. */
export function activation(batch: number, axes: readonly number[]): Space {
  return [axis(batch), ...spaceOf(axes.filter((n) => n > 1))]
}

/**
 * The view read through one map per axis, as a form over `target`; `undefined` where the product structure would be lost,
 * so that the view has to be copied first. SPEC 3.2.
 */
export function compose(builder: Builder, [from, consts, terms]: View, maps: readonly AxisMap[], target: Space): Form | undefined {
  const outConsts: Const[] = []
  const outTerms: Term[] = []
  for (const [coef, source, itsMaps] of terms) {
    const composed = composeMaps(from, builder.sourceSpace(source), itsMaps, maps, target)
    if (!composed) return undefined
    outTerms.push([coef, source, composed])
  }
  for (const entry of consts) {
    const composed = composeConst(builder, from, entry, maps, target)
    if (!composed) return undefined
    if ('const' in composed) outConsts.push(composed.const)
    else outTerms.push(composed.term)
  }
  return [target, merged(outConsts), outTerms]
}

function composeMaps(
  from: Space,
  sourceOf: Space,
  inner: readonly AxisMap[],
  outer: readonly AxisMap[],
  target: Space,
): AxisMap[] | undefined {
  for (const [ax, map] of outer.entries()) {
    if (!inner.some((one) => names(one, ax)) && !isTotal(map, from[ax]![0], target)) return undefined
  }
  const out: AxisMap[] = []
  for (const [i, map] of inner.entries()) {
    const composed = composeMap(from, sourceOf[i]![0], map, outer, target)
    if (!composed) return undefined
    out.push(composed)
  }
  return out
}

/** `map` of a source axis to axes of the view, then the view's axes through `outer`. */
function composeMap(from: Space, sourceLength: number, map: AxisMap, outer: readonly AxisMap[], target: Space): AxisMap | undefined {
  if (map[0] === 'fix' || map[0] === 'sum') return map
  if (map[0] === 'id') return outer[map[1]]!
  if (map[0] === 'gather') {
    const [, axK, axO, window] = map
    const k = axK < 0 ? -1 : renamed(outer[axK]!)
    const o = renamed(outer[axO]!)
    return k === undefined || o === undefined ? undefined : ['gather', k, o, window]
  }
  const next = outer[map[1]]!
  if (next[0] === 'fix') {
    const index = next[1] - (map[0] === 'shift' ? map[2] : 0)
    return map[0] === 'shift' && index >= 0 && index < sourceLength ? ['fix', index] : undefined
  }
  if (map[0] === 'shift' && next[0] === 'shift') {
    return isTotal(next, from[map[1]]![0], target) ? ['shift', next[1], next[2] + map[2]] : undefined
  }
  const ax = renamed(next)
  if (ax === undefined) return undefined
  switch (map[0]) {
    case 'wt':
      return ['wt', ax, map[2]]
    case 'shift':
      return ['shift', ax, map[2]]
    case 'index':
      return ['index', ax, map[2]]
    case 'suffix':
      return ['suffix', ax]
  }
}

function renamed(map: AxisMap): number | undefined {
  return map[0] === 'id' ? map[1] : undefined
}

/** Whether every real cell of the target reads exactly one real index of an axis of length `n`, with weight 1. */
function isTotal(map: AxisMap, n: number, target: Space): boolean {
  if (map[0] === 'id' || map[0] === 'fix' || map[0] === 'index') return true
  return map[0] === 'shift' && map[2] <= 0 && target[map[1]]![0] - map[2] <= n
}

/** A constant through the maps: a constant again, or an all-ones source where cells may be missing or are summed. */
function composeConst(
  builder: Builder,
  from: Space,
  [coef, vecs]: Const,
  maps: readonly AxisMap[],
  target: Space,
): { const: Const } | { term: Term } | undefined {
  const out = target.map(() => -1)
  const rest: number[] = []
  let factor = coef
  for (const [ax, map] of maps.entries()) {
    const vec = vecs[ax]!
    const n = from[ax]![0]
    if (map[0] === 'id') out[map[1]] = vec
    else if (map[0] === 'wt') out[map[1]] = vec < 0 ? map[2] : builder.vec(n, (x) => builder.entry(vec, x) * builder.entry(map[2], x))
    else if (map[0] === 'fix' && vec >= 0) factor *= builder.entry(vec, map[1])
    else if (map[0] === 'index' && vec >= 0)
      out[map[1]] = builder.vec(target[map[1]]![0], (x) => builder.entry(vec, Number(builder.entry(map[2], x))))
    else if (vec < 0 && isTotal(map, n, target)) continue
    else if (map[0] === 'shift') {
      const [, to, offset] = map
      const inside = (i: number) => i >= 0 && i < n
      out[to] = builder.vec(target[to]![0], (x) => (!inside(x - offset) ? 0 : vec < 0 ? 1 : builder.entry(vec, x - offset)))
    } else if (vec >= 0) return undefined
    else rest.push(ax)
  }
  if (rest.length === 0) return { const: [factor, out] }
  if (out.some((vec) => vec >= 0)) return undefined
  return { term: [factor, ['ones', rest.map((ax) => from[ax]!)], rest.map((ax) => maps[ax]!)] }
}

/** Whether the view is one public tensor, whole and in order: it can be read over any axes with the same product. */
export function publicTensor([space, consts, terms]: View): { tensor: number } | undefined {
  const [term] = terms
  if (consts.length > 0 || terms.length !== 1 || !term) return undefined
  const [coef, source, maps] = term
  if (coef !== 1n || typeof source === 'number' || source[0] !== 'pub') return undefined
  const inOrder = maps.length === space.length && maps.every((map, i) => map[0] === 'id' && map[1] === i)
  return inOrder && realCells(source[2]) === realCells(space) ? { tensor: source[1] } : undefined
}
