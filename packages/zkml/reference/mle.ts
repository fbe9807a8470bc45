import { add, type K, mul, ONE, sub, sum, ZERO } from './field.ts'

/** eq(point, x) for every x in {0,1}^v, the first coordinate in the most significant bit. SPEC 1.3. */
export function eqTable(point: readonly K[]): K[] {
  let table: K[] = [ONE]
  for (const coordinate of point) table = table.flatMap((value) => [mul(value, sub(ONE, coordinate)), mul(value, coordinate)])
  return table
}

/** eq of two points. */
export const eq = (r: readonly K[], s: readonly K[]): K =>
  r.reduce<K>((total, value, t) => mul(total, add(mul(value, s[t]!), mul(sub(ONE, value), sub(ONE, s[t]!)))), ONE)

/** Σ_{i<n} eq(r,i)·eq(s,i), as it is written. SPEC 1.4. */
export function eqlt(r: readonly K[], s: readonly K[], n: number): K {
  const left = eqTable(r)
  const right = eqTable(s)
  return sum(left.slice(0, n).map((value, i) => mul(value, right[i]!)))
}

/** Σ_{i<n} eq(r,i), as it is written. SPEC 1.4. */
export const onelt = (r: readonly K[], n: number): K => sum(eqTable(r).slice(0, n))

/** The multilinear extension of a table at a point: Σ eq(point, x)·table[x]; cells past the table's end are 0. */
export function evaluate(table: readonly K[], point: readonly K[]): K {
  const weights = eqTable(point)
  let total = ZERO
  for (let x = 0; x < table.length; x++) total = add(total, mul(table[x]!, weights[x]!))
  return total
}

/** The last `count` coordinates. */
export const suffix = (point: readonly K[], count: number): K[] => point.slice(point.length - count)

/** Π (1 − x_j) over the first coordinates that `suffix(point, count)` leaves out: the zero-prefix embedding. SPEC 5, step 6. */
export const prefixFactor = (point: readonly K[], count: number): K =>
  point.slice(0, point.length - count).reduce<K>((total, value) => mul(total, sub(ONE, value)), ONE)

/** ceil(log2 n). */
export const bitsOf = (n: number): number => {
  let bits = 0
  while (2 ** bits < n) bits++
  return bits
}
