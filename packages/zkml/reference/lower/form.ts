import type { Axis, AxisMap, Const, Form, Space, Term } from '../../src/program/types.ts'
import { bitsOf } from '../mle.ts'

export const axisOf = (n: number): Axis => [n, bitsOf(n)]
export const spaceOf = (...lengths: readonly number[]): Space => lengths.map(axisOf)

/** Constants with the same vectors added up where the first of them stands; what comes to 0 is left out. SPEC 3.6. */
const gathered = (consts: readonly Const[]): Const[] => {
  const sums = new Map<string, Const>()
  for (const [coef, vecs] of consts) sums.set(vecs.join(), [coef + (sums.get(vecs.join())?.[0] ?? 0n), vecs])
  return [...sums.values()].filter(([coef]) => coef !== 0n)
}

/** x + y over the same space, y times `by`. */
export const plus = (x: Form, y: Form, by = 1n): Form => [
  x[0],
  gathered([...x[1], ...y[1].map(([coef, vecs]): Const => [coef * by, vecs])]),
  [...x[2], ...y[2].map(([coef, source, maps]): Term => [coef * by, source, maps])].filter(([coef]) => coef !== 0n),
]
export const times = (x: Form, by: bigint): Form => plus([x[0], [], []], x, by)

/** The same form over a space whose axis `to[i]` is its axis i. Axes of the new space that are not named are broadcast. */
export function over(form: Form, space: Space, to: readonly number[]): Form {
  const map = (one: AxisMap): AxisMap => {
    if (one[0] === 'fix' || one[0] === 'sum') return one
    if (one[0] === 'gather') return ['gather', one[1] === -1 ? -1 : to[one[1]]!, to[one[2]]!, one[3]]
    const [kind, ax, ...rest] = one
    return [kind, to[ax]!, ...rest] as unknown as AxisMap
  }
  const vecs = (by: readonly number[]) => space.map((_, ax) => (to.includes(ax) ? by[to.indexOf(ax)]! : -1))
  return [
    space,
    form[1].map(([coef, by]): Const => [coef, vecs(by)]),
    form[2].map(([coef, source, maps]): Term => [coef, source, maps.map(map)]),
  ]
}
