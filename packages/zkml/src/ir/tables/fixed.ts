/**
 * Real functions in BigInt fixed point, for tables that every machine generates alike. A number is an integer times
 * 2^-FRACTION. SPEC 2.6.
 */

/** Fractional bits of arguments and results. */
export const FRACTION = 200n
const ONE = 1n << FRACTION
const EXP_TERMS = 40n

/** `integer · 2^-f` in fixed point. */
export function fixed(integer: number, f: number): bigint {
  return f >= 0 ? (BigInt(integer) << FRACTION) >> BigInt(f) : BigInt(integer) << (FRACTION + BigInt(-f))
}

/** e^x: the argument halved until |x| < 2^-8, 40 terms of the series, squared back. 0 below −256; e^64, which no table holds, above 64. */
export function exp(x: bigint): bigint {
  if (x > 64n * ONE) return exp(64n * ONE)
  if (x < -256n * ONE) return 0n
  let halvings = 0n
  let y = x
  while (y >= ONE >> 8n || y <= -(ONE >> 8n)) {
    y >>= 1n
    halvings++
  }
  let term = ONE
  let sum = ONE
  for (let n = 1n; n <= EXP_TERMS; n++) {
    term = ((term * y) >> FRACTION) / n
    sum += term
  }
  for (let i = 0n; i < halvings; i++) sum = (sum * sum) >> FRACTION
  return sum
}

/** 1/(1 + e^-x), computed on the side where the exponential is small. */
export function sigmoid(x: bigint): bigint {
  if (x > 0n) return ONE - sigmoid(-x)
  const e = exp(x)
  return (e << FRACTION) / (ONE + e)
}

/** tanh x = 2σ(2x) − 1. */
export function tanh(x: bigint): bigint {
  return 2n * sigmoid(2n * x) - ONE
}
