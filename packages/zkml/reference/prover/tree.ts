import { add, type K, mul, ONE, powers, sub, ZERO } from '../field.ts'
import { eqTable } from '../mle.ts'
import type { Shape } from '../shape.ts'
import { cellOf, layout, realCells } from '../space.ts'
import type { Product } from './sumcheck.ts'
import { formTable, tableRows, type Values } from './tables.ts'

/** Numerators and denominators of one level of the fraction tree. */
export interface Level {
  readonly P: readonly K[]
  readonly Q: readonly K[]
}

/** The leaves of SPEC 4.2. */
export function leavesOf(shape: Shape, alpha: K, beta: K, values: Values): Level {
  const P = new Array<K>(2 ** shape.levels).fill(ZERO)
  const Q = new Array<K>(2 ** shape.levels).fill(ONE)
  const { offsets } = layout(values.program.segments)
  const denominator = (tag: number, tuple: readonly bigint[]) => {
    const by = powers(beta, tuple.length + 1)
    return tuple.reduce<K>((rest, value, i) => sub(rest, mul(by[i + 1]!, [value, 0n])), sub(alpha, [BigInt(tag), 0n]))
  }
  for (const { kind, table, forms, size, offset } of shape.entries) {
    const [id, , , , , mult] = table
    for (let cell = 0; cell < 2 ** size; cell++) Q[offset + cell] = denominator(id, [])
    if (kind === 'look') {
      const columns = forms.map((form) => formTable(form, values))
      for (const at of realCells(forms[0]![0])) {
        const cell = cellOf(forms[0]![0], at)
        P[offset + cell] = ONE
        Q[offset + cell] = denominator(
          id,
          columns.map((column) => column[cell]![0]),
        )
      }
    } else {
      for (const { cell, row } of tableRows(values.program, id, values)) {
        P[offset + cell] = sub(ZERO, [values.matrices[0]![offsets[mult]! + cell]!, 0n])
        Q[offset + cell] = denominator(id, row)
      }
    }
  }
  return { P, Q }
}

/** Levels 0 … ℓ from the leaves: the child bit is the most significant. SPEC 4.4. */
export function levelsOf(leaves: Level): Level[] {
  const levels = [leaves]
  while (levels[0]!.P.length > 1) {
    const { P, Q } = levels[0]!
    const half = P.length / 2
    const at = Array.from({ length: half }, (_, i) => i)
    levels.unshift({
      P: at.map((i) => add(mul(P[i]!, Q[i + half]!), mul(P[i + half]!, Q[i]!))),
      Q: at.map((i) => mul(Q[i]!, Q[i + half]!)),
    })
  }
  return levels
}

/** The products whose sum one level's sumcheck is about. */
export function levelProducts({ P, Q }: Level, point: readonly K[], mu: K): Product[] {
  const half = P.length / 2
  const weight = eqTable(point)
  const [p0, p1, q0, q1] = [P.slice(0, half), P.slice(half), Q.slice(0, half), Q.slice(half)]
  return [
    [weight, p0, q1],
    [weight, p1, q0],
    [weight.map((value) => mul(mu, value)), q0, q1],
  ]
}
