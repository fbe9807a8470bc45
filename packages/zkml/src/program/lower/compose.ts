import type { AxisMap, Const, Form, Space, Term } from '../types.ts'
import { names } from '../work.ts'
import type { Builder } from './builder.ts'
import { merged, type View } from './view.ts'

/**
 * The view read through one map per axis, as a form over `target`; `undefined` where the product structure would be lost,
 * so that the view has to be copied first. SPEC 3.2.
 */
export function compose(builder: Builder, [from, consts, terms]: View, maps: readonly AxisMap[], target: Space): Form | undefined {
  builder.step(terms.length + consts.length)
  const outConsts: Const[] = []
  const outTerms: Term[] = []
  for (const [coef, source, itsMaps] of terms) {
    const composed = composeMaps(from, builder.sourceSpace(source), itsMaps, maps, target)
    if (!composed) return undefined
    outTerms.push([coef, source, composed])
  }
  if (!consts.every((one) => canCompose(from, one, maps, target))) return undefined
  for (const one of consts) {
    const composed = composeConst(builder, from, one, maps, target)
    if ('const' in composed) outConsts.push(composed.const)
    else outTerms.push(composed.term)
  }
  return [target, merged(outConsts), outTerms]
}

/** A form without axes of length 1 over a space that has them, too: a view keeps one that it cannot read at its only place. SPEC 3.1. */
export function withOnes(builder: Builder, form: Form, target: Space): Form {
  if (form[0].length === target.length) return form
  const kept = target.flatMap(([n], ax) => (ax === 0 || n > 1 ? [ax] : []))
  const maps = kept.map((ax): AxisMap => ['id', ax])
  return compose(builder, form, maps, target)!
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
    const n = from[map[1]]![0]
    const inside = map[2] >= 0 && map[2] + sourceLength <= n
    return inside || isTotal(next, n, target) ? ['shift', next[1], next[2] + map[2]] : undefined
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

/** How a constant's factor on one axis goes through its map: as a vector again, or only as an all-ones source that is read. */
function staysVector(n: number, vec: number, map: AxisMap, target: Space): boolean {
  return (
    map[0] === 'shift' ||
    map[0] === 'wt' ||
    (vec >= 0 ? map[0] === 'index' || map[0] === 'fix' || map[0] === 'id' : isTotal(map, n, target))
  )
}

/** Where some factor needs an all-ones source, no other may be a vector: a source has none. Asked before any vector is built. */
function canCompose(from: Space, [, vecs]: Const, maps: readonly AxisMap[], target: Space): boolean {
  const read = maps.map((map, ax) => !staysVector(from[ax]![0], vecs[ax]!, map, target))
  if (!read.includes(true)) return true
  return maps.every((map, ax) => vecs[ax]! < 0 && (read[ax] || isTotal(map, from[ax]![0], target)))
}

/** A constant through maps that allow it: a constant again, or an all-ones source where cells may be missing or are summed. */
function composeConst(
  builder: Builder,
  from: Space,
  [coef, vecs]: Const,
  maps: readonly AxisMap[],
  target: Space,
): { const: Const } | { term: Term } {
  const out = target.map(() => -1)
  const read: number[] = []
  let factor = coef
  for (const [ax, map] of maps.entries()) {
    const [n, vec] = [from[ax]![0], vecs[ax]!]
    if (!staysVector(n, vec, map, target)) read.push(ax)
    else if (map[0] === 'fix') factor *= vec < 0 ? 1n : builder.entry(vec, map[1])
    else if (map[0] === 'id') out[map[1]] = vec
    else if (map[0] === 'wt' || map[0] === 'index' || map[0] === 'shift') out[map[1]] = vectorThrough(builder, n, vec, map, target)
  }
  if (read.length === 0) return { const: [factor, out] }
  return { term: [factor, ['ones', read.map((ax) => from[ax]!)], read.map((ax) => maps[ax]!)] }
}

/** The vector that a factor of a constant (−1: ones) on an axis of length `n` becomes. Its name says its entries. */
function vectorThrough(builder: Builder, n: number, vec: number, map: AxisMap & { 0: 'wt' | 'index' | 'shift' }, target: Space): number {
  const length = target[map[1]]![0]
  const entry = (i: number) => (vec < 0 ? 1n : builder.entry(vec, i))
  switch (map[0]) {
    case 'wt':
      return vec < 0 ? map[2] : builder.vec(n, (i) => entry(i) * builder.entry(map[2], i), `${vec} times ${map[2]}`)
    case 'index':
      return vec < 0 ? -1 : builder.vec(length, (i) => entry(Number(builder.entry(map[2], i))), `${vec} at ${map[2]}`)
    case 'shift': {
      if (vec < 0 && isTotal(map, n, target)) return -1
      const offset = map[2]
      return builder.vec(
        length,
        (i) => (i >= offset && i - offset < n ? entry(i - offset) : 0n),
        `${vec} of ${n} at ${offset} in ${length}`,
      )
    }
  }
}
