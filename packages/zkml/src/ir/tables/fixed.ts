/**
 * Real functions in BigInt fixed point, for tables that every machine generates alike. A number is an integer times
 * 2^-FRACTION. SPEC 2.6.
 */

/** Fractional bits of arguments and results. */
export const FRACTION = 200n
/** Fractional bits inside the error function, whose series cancels. */
const WIDE = 600n
const ONE = 1n << FRACTION
const EXP_TERMS = 40n
/** |x| at which `erf` is ±1 within 2^-52. */
const ERF_END = 6n

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

/** erf x = 2/√π Σ (−1)^n x^(2n+1) / (n!·(2n+1)) at 600 fractional bits for |x| < 6, ±1 beyond. */
export function erf(x: bigint): bigint {
  if (x < 0n) return -erf(-x)
  if (x >= ERF_END * ONE) return ONE
  const wide = x << (WIDE - FRACTION)
  const square = (wide * wide) >> WIDE
  let power = wide
  let sum = wide
  for (let n = 1n; power !== 0n; n++) {
    power = ((power * square) >> WIDE) / n
    sum += (n % 2n === 0n ? power : -power) / (2n * n + 1n)
  }
  return ((2n * sum * ONE) / sqrt(pi() << FRACTION)) >> (WIDE - FRACTION)
}

/** x·(1 + erf(x/√2))/2. */
export function gelu(x: bigint): bigint {
  const half = (x << FRACTION) / sqrt((2n * ONE) << FRACTION)
  return (x * (ONE + erf(half))) >> (FRACTION + 1n)
}

/** Largest integer whose square is at most `value` ≥ 0. */
export function sqrt(value: bigint): bigint {
  if (value < 2n) return value
  let root = 1n << BigInt(Math.ceil(value.toString(2).length / 2))
  for (;;) {
    const next = (root + value / root) >> 1n
    if (next >= root) return root
    root = next
  }
}

/** π by Machin's formula, with guard bits. */
function pi(): bigint {
  const guard = 32n
  const one = ONE << guard
  return (4n * (4n * arctanInverse(5n, one) - arctanInverse(239n, one))) >> guard
}

function arctanInverse(x: bigint, one: bigint): bigint {
  let power = one / x
  let sum = power
  for (let n = 3n, sign = -1n; power !== 0n; n += 2n, sign = -sign) {
    power /= x * x
    sum += (sign * power) / n
  }
  return sum
}
