// The field of degree twelve: Fp6 = Fp2[v]/(v³ - ξ), Fp12 = Fp6[w]/(w² - v).
import { FROBENIUS, mulXi } from './curve'
import * as fp2 from './fp2'
import { SIZE as F2 } from './fp2'

const F6: usize = 3 * F2
export const F12: usize = 2 * F6

const A: usize = memory.data(128)
const B: usize = memory.data(128)
const C: usize = memory.data(128)
const S: usize = memory.data(128)
const T: usize = memory.data(128)
const V: usize = memory.data(128)

@inline function add6(r: usize, a: usize, b: usize): void {
  fp2.add(r, a, b)
  fp2.add(r + F2, a + F2, b + F2)
  fp2.add(r + 2 * F2, a + 2 * F2, b + 2 * F2)
}

@inline function sub6(r: usize, a: usize, b: usize): void {
  fp2.sub(r, a, b)
  fp2.sub(r + F2, a + F2, b + F2)
  fp2.sub(r + 2 * F2, a + 2 * F2, b + 2 * F2)
}

/** r = a·v, r and a different. */
function mulV(r: usize, a: usize): void {
  mulXi(r, a + 2 * F2)
  memory.copy(r + F2, a, 2 * F2)
}

function mul6(r: usize, a: usize, b: usize): void {
  fp2.mul(A, a, b)
  fp2.mul(B, a + F2, b + F2)
  fp2.mul(C, a + 2 * F2, b + 2 * F2)
  fp2.add(S, a, a + F2)
  fp2.add(T, b, b + F2)
  fp2.mul(V, S, T)
  fp2.sub(V, V, A)
  fp2.sub(V, V, B)
  fp2.add(S, a + F2, a + 2 * F2)
  fp2.add(T, b + F2, b + 2 * F2)
  fp2.mul(S, S, T)
  fp2.sub(S, S, B)
  fp2.sub(S, S, C)
  mulXi(T, S)
  fp2.add(S, a, a + 2 * F2)
  fp2.add(r, T, A)
  fp2.add(T, b, b + 2 * F2)
  fp2.mul(S, S, T)
  fp2.sub(S, S, A)
  fp2.sub(S, S, C)
  mulXi(T, C)
  fp2.add(r + F2, V, T)
  fp2.add(r + 2 * F2, S, B)
}

/** r = a·(b0 + b1·v). */
function mul6by01(r: usize, a: usize, b0: usize, b1: usize): void {
  fp2.mul(A, a, b0)
  fp2.mul(B, a + F2, b1)
  fp2.add(S, a + F2, a + 2 * F2)
  fp2.mul(S, S, b1)
  fp2.sub(S, S, B)
  mulXi(C, S)
  fp2.add(S, a, a + F2)
  fp2.add(T, b0, b1)
  fp2.mul(S, S, T)
  fp2.sub(S, S, A)
  fp2.sub(V, S, B)
  fp2.add(T, a, a + 2 * F2)
  fp2.mul(T, T, b0)
  fp2.sub(T, T, A)
  fp2.add(r, C, A)
  fp2.copy(r + F2, V)
  fp2.add(r + 2 * F2, T, B)
}

const X: usize = memory.data(336)
const Y: usize = memory.data(336)
const Z: usize = memory.data(336)
const W: usize = memory.data(336)
const L: usize = memory.data(128)

export function one(r: usize): void {
  memory.fill(r, 0, F12)
  fp2.one(r)
}

const ONE: usize = memory.data(128)
export function isOne(a: usize): bool {
  fp2.one(ONE)
  for (let i: usize = F2; i < F12; i += F2) if (!fp2.isZero(a + i)) return false
  return fp2.equal(a, ONE)
}

@inline function copy(r: usize, a: usize): void { memory.copy(r, a, F12) }

export function mul(r: usize, a: usize, b: usize): void {
  add6(X, a, a + F6)
  add6(Y, b, b + F6)
  mul6(Z, a, b)
  mul6(W, a + F6, b + F6)
  mul6(X, X, Y)
  sub6(X, X, Z)
  sub6(r + F6, X, W)
  mulV(X, W)
  add6(r, Z, X)
}

export function sqr(r: usize, a: usize): void {
  add6(X, a, a + F6)
  mulV(Y, a + F6)
  add6(Y, Y, a)
  mul6(Z, a, a + F6)
  mul6(X, X, Y)
  sub6(X, X, Z)
  mulV(Y, Z)
  sub6(r, X, Y)
  add6(r + F6, Z, Z)
}

/** f = f·(a + b·v + c·v·w). */
export function mulBy014(f: usize, a: usize, b: usize, c: usize): void {
  mul6by01(X, f, a, b)
  // c·v of the upper half: shifted by v.
  fp2.mul(Y + F2, f + F6, c)
  fp2.mul(Y + 2 * F2, f + F6 + F2, c)
  fp2.mul(L, f + F6 + 2 * F2, c)
  mulXi(Y, L)
  add6(Z, f, f + F6)
  fp2.add(L, b, c)
  mul6by01(Z, Z, a, L)
  sub6(Z, Z, X)
  sub6(f + F6, Z, Y)
  mulV(Z, Y)
  add6(f, X, Z)
}

/** f = f·(a + b·w + c·v·w). */
export function mulBy034(f: usize, a: usize, b: usize, c: usize): void {
  fp2.mul(X, f, a)
  fp2.mul(X + F2, f + F2, a)
  fp2.mul(X + 2 * F2, f + 2 * F2, a)
  mul6by01(Y, f + F6, b, c)
  add6(Z, f, f + F6)
  fp2.add(L, a, b)
  mul6by01(Z, Z, L, c)
  sub6(Z, Z, X)
  sub6(f + F6, Z, Y)
  mulV(Z, Y)
  add6(f, X, Z)
}

/** The inverse of elements whose norm is one. */
export function conj(r: usize, a: usize): void {
  memory.copy(r, a, F6)
  for (let i: usize = F6; i < F12; i += F2) fp2.neg(r + i, a + i)
}

/** To the power p: coefficient of w^k conjugated and times ξ^(k(p - 1)/6). */
export function frobenius(r: usize, a: usize): void {
  for (let k: usize = 0; k < 6; k++) {
    const at = (k & 1) * F6 + (k >> 1) * F2
    fp2.conj(r + at, a + at)
    if (k) fp2.mul(r + at, r + at, FROBENIUS + (k - 1) * F2)
  }
}

function inv6(r: usize, a: usize): void {
  const b = a + F2, c = a + 2 * F2
  fp2.mul(S, b, c)
  mulXi(T, S)
  fp2.sqr(A, a)
  fp2.sub(A, A, T)
  fp2.sqr(S, c)
  mulXi(B, S)
  fp2.mul(T, a, b)
  fp2.sub(B, B, T)
  fp2.sqr(C, b)
  fp2.mul(T, a, c)
  fp2.sub(C, C, T)
  fp2.mul(S, c, B)
  fp2.mul(T, b, C)
  fp2.add(S, S, T)
  mulXi(T, S)
  fp2.mul(S, a, A)
  fp2.add(T, T, S)
  fp2.inv(T, T)
  fp2.mul(r, A, T)
  fp2.mul(r + F2, B, T)
  fp2.mul(r + 2 * F2, C, T)
}

function inv(r: usize, a: usize): void {
  mul6(X, a, a)
  mul6(Y, a + F6, a + F6)
  mulV(Z, Y)
  sub6(X, X, Z)
  inv6(Y, X)
  mul6(r, a, Y)
  mul6(r + F6, a + F6, Y)
  for (let i: usize = F6; i < F12; i += F2) fp2.neg(r + i, r + i)
}

/** S + T·√ = (a + b·√)² with √² = ξ. */
function square4(a: usize, b: usize): void {
  fp2.sqr(A, a)
  fp2.sqr(B, b)
  fp2.add(C, a, b)
  fp2.sqr(C, C)
  fp2.sub(C, C, A)
  fp2.sub(T, C, B)
  mulXi(C, B)
  fp2.add(S, C, A)
}

/** r = 3·t - 2·a. */
function less(r: usize, t: usize, a: usize): void {
  fp2.sub(V, t, a)
  fp2.double(V, V)
  fp2.add(r, V, t)
}

/** r = 3·t + 2·a. */
function more(r: usize, t: usize, a: usize): void {
  fp2.add(V, t, a)
  fp2.double(V, V)
  fp2.add(r, V, t)
}

/** Squares in the subgroup that the first part of the final exponentiation leads to (Granger and Scott). */
function sqrCyclotomic(f: usize): void {
  const z0 = f, z4 = f + F2, z3 = f + 2 * F2, z2 = f + F6, z1 = f + F6 + F2, z5 = f + F6 + 2 * F2
  square4(z0, z1)
  less(z0, S, z0)
  more(z1, T, z1)
  square4(z4, z5)
  fp2.copy(X, S)
  mulXi(Y, T)
  square4(z2, z3)
  less(z4, S, z4)
  more(z5, T, z5)
  less(z3, X, z3)
  more(z2, Y, z2)
}

const POWER: usize = memory.data(672)

/** r = a^k for a of that subgroup. */
export function powerCyclotomic(r: usize, a: usize, k: u64): void {
  copy(POWER, a)
  for (let i = 62 - <i32>clz(k); i >= 0; i--) {
    sqrCyclotomic(POWER)
    if ((k >> i) & 1) mul(POWER, POWER, a)
  }
  copy(r, POWER)
}
const EASY: usize = memory.data(672)

/** r = a^((p⁶ - 1)(p² + 1)), the first part of the final exponentiation. */
export function easyPart(r: usize, a: usize): void {
  conj(EASY, a)
  inv(POWER, a)
  mul(r, EASY, POWER)
  frobenius(EASY, r)
  frobenius(EASY, EASY)
  mul(r, EASY, r)
}
