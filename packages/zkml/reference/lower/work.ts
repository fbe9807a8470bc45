import type { AxisMap, Const, Constraint, Factor, Form, Source, Space } from '../../src/program/types.ts'
import { isCommitted } from '../forms.ts'
import { axesNamed } from '../program.ts'
import { bits } from '../space.ts'

/** Lengths that a program is measured by. */
export interface Lengths {
  readonly spaceOf: (source: Source) => Space
  readonly vec: (id: number) => number
}
const sum = (values: readonly number[]) => values.reduce((x, y) => x + y, 0)
export const cells = (space: Space): number => space.reduce((product, [n]) => product * n, 1)

const ofConsts = (space: Space, consts: readonly Const[], { vec }: Lengths) =>
  sum(consts.flatMap(([, vecs]) => vecs.map((id, ax) => (id < 0 ? space[ax]![1] : vec(id)))))

/** Steps for the vector of one map of a source axis of length n. */
function ofMap(map: AxisMap, n: number, space: Space): number {
  if (map[0] === 'id') return space[map[1]]![1]
  if (map[0] === 'fix' || map[0] === 'shift' || map[0] === 'sum') return n
  if (map[0] === 'gather') return map[3].slice(2, 6).reduce((x, y) => x * y, 1)
  return space[map[1]]![0]
}

/** Steps that a verifier takes for a form. SPEC 3.6, Work bound. */
export function formWork([space, consts, terms]: Form, lengths: Lengths): number {
  const own = terms.map(([, source, maps]) => {
    const from = lengths.spaceOf(source)
    const named = maps.flatMap(axesNamed)
    const broadcast = sum(space.map(([, b], ax) => (named.includes(ax) ? 0 : b)))
    const read = typeof source === 'number' || source[0] === 'ones' ? 0 : cells(from)
    return sum(maps.map((map, i) => ofMap(map, from[i]![0], space))) + broadcast + read
  })
  return ofConsts(space, consts, lengths) + sum(own)
}

const factorWork = ([space, consts, from]: Factor, lengths: Lengths) => ofConsts(space, consts, lengths) + from.length

/** A public factor of a contraction whose other one is public, too: its table over the axes that are summed over. */
function tableWork([space, consts, terms]: Form, nb: number, fixed: number, lengths: Lengths): number {
  const rest = bits([...space.slice(0, nb), ...space.slice(nb + fixed)])
  const taps = terms.flatMap(([, source, maps]) =>
    maps.flatMap((map) => (map[0] === 'gather' ? [map[3][2] * map[3][3] * cells(lengths.spaceOf(source).slice(1))] : [])),
  )
  return cells(space) + 2 ** rest * (consts.length + terms.length) + sum(taps)
}

export function constraintWork(one: Constraint, lengths: Lengths): number {
  if (one[0] === 'lin') return formWork(one[1], lengths)
  if (one[0] === 'look') return sum(one[2].map((form) => formWork(form, lengths)))
  if (one[0] === 'had') return factorWork(one[1], lengths) + factorWork(one[2], lengths) + formWork(one[3], lengths)
  const [, L, R, Z, nb, nm, nn] = one
  const read = formWork(L, lengths) + formWork(R, lengths) + formWork(Z, lengths)
  return isCommitted(L) || isCommitted(R) ? read : read + tableWork(L, nb, nm, lengths) + tableWork(R, nb, nn, lengths)
}

/** Terms, constants and base numbers. */
export function termsOf(one: Constraint): number {
  const count = ([, consts, terms]: Form | Factor) => consts.length + terms.length
  if (one[0] === 'lin') return count(one[1])
  return one[0] === 'look' ? sum(one[2].map(count)) : count(one[1]) + count(one[2]) + count(one[3])
}
