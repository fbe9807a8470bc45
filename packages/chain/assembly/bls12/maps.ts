// Field elements to points of the subgroups (RFC 9380, section 8.8): simplified SWU on an isogenous curve, the isogeny, the cofactor.
import {
  ISO1_A, ISO1_B, ISO1_C, ISO1_XD, ISO1_XD_COUNT, ISO1_XN, ISO1_XN_COUNT, ISO1_YD, ISO1_YD_COUNT, ISO1_YN, ISO1_YN_COUNT, ISO1_Z, ISO1_EXCEPTION, ISO1_ROOT,
  ISO2_A, ISO2_B, ISO2_C, ISO2_EXCEPTION, ISO2_XD, ISO2_XD_COUNT, ISO2_XN, ISO2_XN_COUNT, ISO2_YD, ISO2_YD_COUNT, ISO2_YN, ISO2_YN_COUNT, ISO2_Z,
  HALF, P_MINUS_3_OVER_4,
} from './constants'
import { Z_ABS } from './curve'
import * as fp from './element'
import * as fp2 from './fp2'
import { FP } from './fp'
import * as g1 from './g1'
import * as g2 from './g2'
import { psi } from './endomorphisms'

const F2: usize = 2 * FP
const T0: usize = memory.data(128)
const T1: usize = memory.data(128)
const T2: usize = memory.data(128)
const X: usize = memory.data(128)
const Y: usize = memory.data(128)
const XN: usize = memory.data(128)
const XD: usize = memory.data(128)
const YN: usize = memory.data(128)
const YD: usize = memory.data(128)
const P: usize = memory.data(384)
const Q: usize = memory.data(384)
const R: usize = memory.data(384)

/** A polynomial with its highest coefficient first. */
function polynomial1(r: usize, x: usize, coefficients: usize, count: i32): void {
  fp.copy(r, coefficients)
  for (let i = 1; i < count; i++) {
    fp.mul(r, r, x)
    fp.add(r, r, coefficients + i * FP)
  }
}

function polynomial2(r: usize, x: usize, coefficients: usize, count: i32): void {
  fp2.copy(r, coefficients)
  for (let i = 1; i < count; i++) {
    fp2.mul(r, r, x)
    fp2.add(r, r, coefficients + i * F2)
  }
}

/** g = x³ + A·x + B. */
function g1Of(r: usize, x: usize): void {
  fp.sqr(r, x)
  fp.add(r, r, ISO1_A)
  fp.mul(r, r, x)
  fp.add(r, r, ISO1_B)
}

function g2Of(r: usize, x: usize): void {
  fp2.sqr(r, x)
  fp2.add(r, r, ISO2_A)
  fp2.mul(r, r, x)
  fp2.add(r, r, ISO2_B)
}

/** The point of G1 for u, Jacobian. */
export function mapToG1(r: usize, u: usize): void {
  fp.sqr(T0, u)
  fp.mul(T1, T0, ISO1_Z)
  fp.sqr(T2, T1)
  fp.add(T2, T2, T1)
  if (fp.isZero(T2)) fp.copy(X, ISO1_EXCEPTION)
  else {
    // x = -B/A·(1 + 1/t)
    fp.inv(T2, T2)
    fp.add(T2, T2, fp.ONE)
    fp.mul(X, T2, ISO1_C)
  }
  g1Of(T2, X)
  fp.power(Y, T2, P_MINUS_3_OVER_4, 6)
  fp.mul(Y, Y, T2)
  fp.sqr(YN, Y)
  if (!fp.equal(YN, T2)) {
    // y² = -g(x): then (√(-Z³)·u³·y)² = g(Z·u²·x).
    fp.mul(X, X, T1)
    fp.mul(T0, T0, u)
    fp.mul(T0, T0, ISO1_ROOT)
    fp.mul(Y, Y, T0)
  }
  if (fp.isOdd(u) != fp.isOdd(Y)) fp.neg(Y, Y)
  polynomial1(XN, X, ISO1_XN, ISO1_XN_COUNT)
  polynomial1(XD, X, ISO1_XD, ISO1_XD_COUNT)
  polynomial1(YN, X, ISO1_YN, ISO1_YN_COUNT)
  polynomial1(YD, X, ISO1_YD, ISO1_YD_COUNT)
  // Z = xd·yd, which is zero where the isogeny has a pole: infinity.
  fp.mul(P + 2 * FP, XD, YD)
  fp.mul(T0, P + 2 * FP, YD)
  fp.mul(P, XN, T0)
  fp.sqr(T1, XD)
  fp.mul(T0, T0, T1)
  fp.mul(T0, T0, YN)
  fp.mul(P + FP, T0, Y)
  g1.times(R, P, Z_ABS)
  g1.addPoint(r, R, P)
}

/** A square root; false when there is none. Two exponentiations in the base field. */
function squareRoot2(r: usize, a: usize): bool {
  const s = T1, t = T1 + FP, c = T2, d = T2 + FP
  fp.sqr(s, a)
  fp.sqr(t, a + FP)
  fp.add(t, t, s)
  fp.power(s, t, P_MINUS_3_OVER_4, 6)
  fp.mul(s, s, t)
  fp.sqr(c, s)
  if (!fp.equal(c, t)) return false
  fp.add(d, a, s)
  if (fp.isZero(d)) fp.sub(d, a, s)
  fp.mul(d, d, HALF)
  fp.power(t, d, P_MINUS_3_OVER_4, 6)
  fp.mul(c, t, d)
  fp.mul(t, t, a + FP)
  fp.mul(t, t, HALF)
  fp.sqr(s, c)
  if (fp.equal(s, d)) {
    fp.copy(r, c)
    fp.copy(r + FP, t)
  } else {
    fp.neg(r, t)
    fp.copy(r + FP, c)
  }
  return true
}

/** sgn0 of RFC 9380. */
function isOdd2(a: usize): bool { return fp.isOdd(a) || (fp.isZero(a) && fp.isOdd(a + FP)) }

/** The point of G2 for u, Jacobian. */
export function mapToG2(r: usize, u: usize): void {
  const zu2 = T0
  fp2.sqr(T1, u)
  fp2.mul(zu2, T1, ISO2_Z)
  fp2.sqr(T2, zu2)
  fp2.add(T2, T2, zu2)
  if (fp2.isZero(T2)) fp2.copy(X, ISO2_EXCEPTION)
  else {
    fp2.inv(T2, T2)
    fp.add(T2, T2, fp.ONE)
    fp2.mul(X, T2, ISO2_C)
  }
  g2Of(XN, X)
  if (!squareRoot2(Y, XN)) {
    fp2.mul(X, X, zu2)
    g2Of(XN, X)
    squareRoot2(Y, XN)
  }
  if (isOdd2(u) != isOdd2(Y)) fp2.neg(Y, Y)
  polynomial2(XN, X, ISO2_XN, ISO2_XN_COUNT)
  polynomial2(XD, X, ISO2_XD, ISO2_XD_COUNT)
  polynomial2(YN, X, ISO2_YN, ISO2_YN_COUNT)
  polynomial2(YD, X, ISO2_YD, ISO2_YD_COUNT)
  fp2.mul(P + 2 * F2, XD, YD)
  fp2.mul(T0, P + 2 * F2, YD)
  fp2.mul(P, XN, T0)
  fp2.sqr(T1, XD)
  fp2.mul(T0, T0, T1)
  fp2.mul(T0, T0, YN)
  fp2.mul(P + F2, T0, Y)
  clearCofactor2(r)
}

/** r = [z² - z - 1]P + [z - 1]ψ(P) + ψ²(2P) (Budroni and Pintore). */
function clearCofactor2(r: usize): void {
  g2.times(Q, P, Z_ABS)
  g2.addPoint(Q, Q, P)
  g2.times(R, Q, Z_ABS)
  psi(Q, Q)
  g2.negate(Q, Q)
  g2.addPoint(R, R, Q)
  g2.twice(Q, P)
  psi(Q, Q)
  psi(Q, Q)
  g2.addPoint(R, R, Q)
  g2.negate(Q, P)
  g2.addPoint(r, R, Q)
}
