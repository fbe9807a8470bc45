import { type K, K0, K1, kAdd, kMul, kSub } from './k.ts'

/** eq(r, x) for every x < 2^v; r[0] belongs to the most significant bit. SPEC 1.3. */
export function eqTable(r: readonly K[]): K[] {
  let table: K[] = [K1]
  for (const coordinate of r) {
    table = table.flatMap((value) => {
      const high = kMul(value, coordinate)
      return [kSub(value, high), high]
    })
  }
  return table
}

/** Π (r_t s_t + (1 − r_t)(1 − s_t)). */
export function eqPoint(r: readonly K[], s: readonly K[]): K {
  return r.reduce((product, coordinate, t) => {
    const { z, o } = factors(coordinate, s[t]!)
    return kMul(product, kAdd(z, o))
  }, K1)
}

/** Σ_{i<n} eq(r,i)·eq(s,i), 0 < n ≤ 2^b. SPEC 1.4. */
export function eqlt(r: readonly K[], s: readonly K[], n: number): K {
  if (n === 2 ** r.length) return eqPoint(r, s)
  let equal = K1
  let less = K0
  for (let bit = 0; bit < r.length; bit++) {
    const t = r.length - 1 - bit
    const { z, o } = factors(r[t]!, s[t]!)
    less = isSet(n, bit) ? kAdd(kMul(z, equal), kMul(o, less)) : kMul(z, less)
    equal = kMul(equal, kAdd(z, o))
  }
  return less
}

/** Σ_{i<n} eq(r,i), 0 < n ≤ 2^b. SPEC 1.4. */
export function onelt(r: readonly K[], n: number): K {
  if (n === 2 ** r.length) return K1
  let less = K0
  for (let bit = 0; bit < r.length; bit++) {
    const o = r[r.length - 1 - bit]!
    const z = kSub(K1, o)
    less = isSet(n, bit) ? kAdd(z, kMul(o, less)) : kMul(z, less)
  }
  return less
}

/** Σ_x table[x]·eq(r,x); the table is zero beyond its length. */
export function mle(table: readonly K[], r: readonly K[]): K {
  const eq = eqTable(r)
  return table.reduce((sum, value, x) => kAdd(sum, kMul(value, eq[x]!)), K0)
}

const factors = (r: K, s: K): { z: K; o: K } => ({ z: kMul(kSub(K1, r), kSub(K1, s)), o: kMul(r, s) })
const isSet = (n: number, bit: number): boolean => Math.floor(n / 2 ** bit) % 2 === 1
