// The field of complex numbers a + b·i over the base field, i² = -1.
import * as fp from './element'
import { FP } from './fp'

export const SIZE: usize = 2 * FP
const T0: usize = memory.data(64)
const T1: usize = memory.data(64)
const T2: usize = memory.data(64)
const T3: usize = memory.data(64)

@inline export function copy(r: usize, a: usize): void { memory.copy(r, a, SIZE) }
export function one(r: usize): void { fp.copy(r, fp.ONE); fp.clear(r + FP) }
@inline export function isZero(a: usize): bool { return fp.isZero(a) && fp.isZero(a + FP) }
@inline export function equal(a: usize, b: usize): bool { return fp.equal(a, b) && fp.equal(a + FP, b + FP) }

export function add(r: usize, a: usize, b: usize): void { fp.add(r, a, b); fp.add(r + FP, a + FP, b + FP) }
export function sub(r: usize, a: usize, b: usize): void { fp.sub(r, a, b); fp.sub(r + FP, a + FP, b + FP) }
@inline export function double(r: usize, a: usize): void { add(r, a, a) }
export function neg(r: usize, a: usize): void { fp.neg(r, a); fp.neg(r + FP, a + FP) }
export function conj(r: usize, a: usize): void { fp.copy(r, a); fp.neg(r + FP, a + FP) }

export function mul(r: usize, a: usize, b: usize): void {
  fp.add(T2, a, a + FP)
  fp.add(T3, b, b + FP)
  fp.mul(T0, a, b)
  fp.mul(T1, a + FP, b + FP)
  fp.mul(T2, T2, T3)
  fp.sub(r, T0, T1)
  fp.sub(T2, T2, T0)
  fp.sub(r + FP, T2, T1)
}

export function sqr(r: usize, a: usize): void {
  fp.add(T0, a, a + FP)
  fp.sub(T1, a, a + FP)
  fp.add(T2, a, a)
  fp.mul(r + FP, T2, a + FP)
  fp.mul(r, T0, T1)
}

/** By an element of the base field. */
export function scale(r: usize, a: usize, b: usize): void {
  fp.mul(r, a, b)
  fp.mul(r + FP, a + FP, b)
}

export function inv(r: usize, a: usize): void {
  fp.sqr(T0, a)
  fp.sqr(T1, a + FP)
  fp.add(T0, T0, T1)
  fp.inv(T0, T0)
  fp.mul(r, a, T0)
  fp.neg(T0, T0)
  fp.mul(r + FP, a + FP, T0)
}
