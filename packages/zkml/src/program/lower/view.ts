import { axis, realCells, space as spaceOf } from '../space.ts'
import type { AxisMap, Const, Form, Source, Space, Term } from '../types.ts'

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
export function merged(consts: readonly Const[]): Const[] {
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

/** Whether the view is one public tensor, whole and in order: it can be read over any axes with the same product. */
export function publicTensor([space, consts, terms]: View): { tensor: number } | undefined {
  const [term] = terms
  if (consts.length > 0 || terms.length !== 1 || !term) return undefined
  const [coef, source, maps] = term
  if (coef !== 1n || typeof source === 'number' || source[0] !== 'pub') return undefined
  const inOrder = maps.length === space.length && maps.every((map, i) => map[0] === 'id' && map[1] === i)
  return inOrder && realCells(source[2]) === realCells(space) ? { tensor: source[1] } : undefined
}
