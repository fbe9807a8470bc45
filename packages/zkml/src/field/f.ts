/** The field F = integers mod p on BigInt: off the hot path, and the twin of the kernels. SPEC 1.1, 1.2. */
export const P = 2n ** 64n - 2n ** 32n + 1n
/** Generates the multiplicative group. */
export const GENERATOR = 7n
/** Of order 2^32. */
export const OMEGA_32 = 1753635133440165772n

/** v mod p in [0, p), for any integer. */
export function fMod(v: bigint): bigint {
  const rest = v % P
  return rest < 0n ? rest + P : rest
}

export const fAdd = (a: bigint, b: bigint): bigint => (a + b) % P
export const fSub = (a: bigint, b: bigint): bigint => (a - b + P) % P
export const fMul = (a: bigint, b: bigint): bigint => (a * b) % P
export const fNeg = (a: bigint): bigint => (P - a) % P

export function fPow(a: bigint, e: bigint): bigint {
  let result = 1n
  for (let base = a, rest = e; rest > 0n; rest >>= 1n, base = (base * base) % P) if (rest & 1n) result = (result * base) % P
  return result
}

/** 1/a; 0 for 0. */
export const fInv = (a: bigint): bigint => fPow(a, P - 2n)

/** ω_l, of order 2^l, l ≤ 32. */
export const omega = (l: number): bigint => fPow(OMEGA_32, 2n ** BigInt(32 - l))
