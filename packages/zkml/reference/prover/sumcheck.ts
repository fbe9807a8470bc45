import { add, fromInt, interpolate, type K, mul, ONE, sub, sum, ZERO } from '../field.ts'

/** A product of tables over the same cube; a sumcheck is about a sum of them. */
export type Product = readonly (readonly K[])[]

/** The zero-prefix embedding of SPEC 5, step 6: `weight` is 0 beyond its own cube, every other table repeats. */
export function embed([weight, ...others]: Product, cells: number): Product {
  const zeros = new Array<K>(cells - weight!.length).fill(ZERO)
  return [[...weight!, ...zeros], ...others.map((table) => Array.from({ length: cells }, (_, i) => table[i % table.length]!))]
}

/** The polynomial of one round at 0, 1, …, degree: the first variable free, the others summed over the cube. */
function roundValues(products: readonly Product[], degree: number): K[] {
  return Array.from({ length: degree + 1 }, (_, x) => {
    const at = fromInt(x)
    return sum(
      products.map((tables) => {
        const half = tables[0]!.length / 2
        let total = ZERO
        for (let j = 0; j < half; j++) {
          let value = ONE
          for (const table of tables) value = mul(value, add(table[j]!, mul(at, sub(table[j + half]!, table[j]!))))
          total = add(total, value)
        }
        return total
      }),
    )
  })
}

/** The first variable bound to r. */
export const bind = (products: readonly Product[], r: K): Product[] =>
  products.map((tables) =>
    tables.map((table) => table.slice(0, table.length / 2).map((low, j) => add(low, mul(r, sub(table[j + table.length / 2]!, low))))),
  )

/** What the prover knows when it sends a round: the true polynomial at 0 … degree, and the claim that the verifier holds. */
export interface Round {
  readonly values: readonly K[]
  readonly claim: K
}

/** Runs a sumcheck: `send` is given each round, returns what was sent (s(0), s(2), …) and the challenge. */
export function runSumcheck(
  products: readonly Product[],
  degree: number,
  claim: K,
  send: (round: Round) => { sent: readonly K[]; challenge: K },
): { point: K[]; claim: K; rounds: (readonly K[])[] } {
  let tables = [...products]
  let held = claim
  const point: K[] = []
  const rounds: (readonly K[])[] = []
  while ((tables[0]?.[0]?.length ?? 1) > 1) {
    const { sent, challenge } = send({ values: roundValues(tables, degree), claim: held })
    rounds.push(sent)
    point.push(challenge)
    held = interpolate([sent[0]!, sub(held, sent[0]!), ...sent.slice(1)], challenge)
    tables = bind(tables, challenge)
  }
  return { point, claim: held, rounds }
}
