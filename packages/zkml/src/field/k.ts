import { fAdd, fInv, fMul, fNeg, fSub } from './f.ts'

/** a + bX in K = F[X]/(X² − 7). */
export type K = readonly [a: bigint, b: bigint]

export const K0: K = [0n, 0n]
export const K1: K = [1n, 0n]
export const k = (a: bigint, b = 0n): K => [a, b]
export const kAdd = (x: K, y: K): K => [fAdd(x[0], y[0]), fAdd(x[1], y[1])]
export const kSub = (x: K, y: K): K => [fSub(x[0], y[0]), fSub(x[1], y[1])]
export const kNeg = (x: K): K => [fNeg(x[0]), fNeg(x[1])]
export const kMul = (x: K, y: K): K => [fAdd(fMul(x[0], y[0]), fMul(7n, fMul(x[1], y[1]))), fAdd(fMul(x[0], y[1]), fMul(x[1], y[0]))]
export const kScale = (x: K, c: bigint): K => [fMul(x[0], c), fMul(x[1], c)]
export const kEqual = (x: K, y: K): boolean => x[0] === y[0] && x[1] === y[1]

/** 1/x = conjugate / norm; 0 for 0. */
export function kInv(x: K): K {
  const n = fInv(fSub(fMul(x[0], x[0]), fMul(7n, fMul(x[1], x[1]))))
  return [fMul(x[0], n), fMul(fNeg(x[1]), n)]
}

export function kPow(x: K, e: bigint): K {
  let result = K1
  for (let base = x, rest = e; rest > 0n; rest >>= 1n, base = kMul(base, base)) if (rest & 1n) result = kMul(result, base)
  return result
}

export const kSum = (values: Iterable<K>): K => {
  let sum = K0
  for (const value of values) sum = kAdd(sum, value)
  return sum
}
