/** The two fields of SPEC 1.1–1.2 in BigInt: F = integers mod p, K = F[X]/(X²−7). Slow on purpose: every line is the definition. */
export const P = 2n ** 64n - 2n ** 32n + 1n
const NON_RESIDUE = 7n

/** An element a + bX of K; an element of F is `[a, 0n]`. Both coordinates are in [0, p). */
export type K = readonly [a: bigint, b: bigint]

/** The representative of an integer in [0, p). */
export const mod = (value: bigint): bigint => ((value % P) + P) % P

/** `base^exponent` in F, exponent ≥ 0. */
export function power(base: bigint, exponent: bigint): bigint {
  let result = 1n
  let square = mod(base)
  for (let e = exponent; e > 0n; e >>= 1n) {
    if (e & 1n) result = (result * square) % P
    square = (square * square) % P
  }
  return result
}

/** The inverse in F; of 0 it is 0, which no caller may rely on. */
export const invert = (value: bigint): bigint => power(value, P - 2n)

/** ω_l, of order 2^l. SPEC 1.2. */
export const omega = (l: number): bigint => power(power(7n, (P - 1n) >> 32n), 1n << BigInt(32 - l))

export const ZERO: K = [0n, 0n]
export const ONE: K = [1n, 0n]
export const fromInt = (value: bigint | number): K => [mod(BigInt(value)), 0n]
export const add = (x: K, y: K): K => [(x[0] + y[0]) % P, (x[1] + y[1]) % P]
export const sub = (x: K, y: K): K => [(x[0] - y[0] + P) % P, (x[1] - y[1] + P) % P]
export const mul = (x: K, y: K): K => [(x[0] * y[0] + NON_RESIDUE * x[1] * y[1]) % P, (x[0] * y[1] + x[1] * y[0]) % P]
/** `x` times an integer. */
export const scale = (x: K, by: bigint): K => [mod(x[0] * by), mod(x[1] * by)]
export const isZero = (x: K): boolean => x[0] === 0n && x[1] === 0n
export const equal = (x: K, y: K): boolean => x[0] === y[0] && x[1] === y[1]
export const sum = (values: Iterable<K>): K => {
  let total = ZERO
  for (const value of values) total = add(total, value)
  return total
}
export const product = (values: Iterable<K>): K => {
  let total = ONE
  for (const value of values) total = mul(total, value)
  return total
}
/** The inverse in K, by the conjugate: (a + bX)(a − bX) = a² − 7b². */
export function inverse(x: K): K {
  const norm = invert(mod(x[0] * x[0] - NON_RESIDUE * x[1] * x[1]))
  return [mod(x[0] * norm), mod(-x[1] * norm)]
}
/** 1, x, x², …: `count` powers. */
export function powers(x: K, count: number): K[] {
  const list: K[] = []
  for (let i = 0, at = ONE; i < count; i++, at = mul(at, x)) list.push(at)
  return list
}

/** The value at `x` of the polynomial through `(i, values[i])`, i = 0, 1, …: Lagrange, term by term. */
export function interpolate(values: readonly K[], x: K): K {
  return sum(
    values.map((value, i) =>
      product([value, ...values.flatMap((_, j) => (j === i ? [] : [mul(sub(x, fromInt(j)), inverse(fromInt(i - j)))]))]),
    ),
  )
}
