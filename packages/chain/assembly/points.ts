// Points of a curve y² = x³ + b over `field`: affine (x, y), or Jacobian (X, Y, Z) for (X/Z², Y/Z³), infinity with Z = 0.
import { SIZE, add, copy, double, equal, inv, isZero, mul, neg, one, sqr, sub } from './field'
import { B } from './curve'

export const AFFINE: usize = 2 * SIZE
export const POINT: usize = 3 * SIZE
/** Where Z stands. */
const Z: usize = 2 * SIZE

const A: usize = memory.data(128)
const C: usize = memory.data(128)
const D: usize = memory.data(128)
const E: usize = memory.data(128)
const G: usize = memory.data(128)
const H: usize = memory.data(128)
const I: usize = memory.data(128)
const J: usize = memory.data(128)

export function onCurve(p: usize): bool {
  sqr(A, p)
  mul(A, A, p)
  add(A, A, B)
  sqr(C, p + SIZE)
  return equal(A, C)
}

@inline export function isInfinity(p: usize): bool { return isZero(p + Z) }
@inline export function infinity(p: usize): void { memory.fill(p, 0, POINT) }
@inline export function copyPoint(r: usize, p: usize): void { memory.copy(r, p, POINT) }

export function fromAffine(r: usize, p: usize): void {
  memory.copy(r, p, AFFINE)
  one(r + Z)
}

/** False for infinity. */
export function toAffine(r: usize, p: usize): bool {
  if (isInfinity(p)) return false
  inv(A, p + Z)
  sqr(C, A)
  mul(A, A, C)
  mul(r, p, C)
  mul(r + SIZE, p + SIZE, A)
  return true
}

/** dbl-2009-l of the Explicit-Formulas Database. */
export function twice(r: usize, p: usize): void {
  sqr(A, p)
  sqr(C, p + SIZE)
  mul(G, p + SIZE, p + Z)
  add(D, p, C)
  sqr(D, D)
  sqr(C, C)
  sub(D, D, A)
  sub(D, D, C)
  double(D, D)
  double(E, A)
  add(E, E, A)
  sqr(A, E)
  sub(A, A, D)
  sub(r, A, D)
  sub(D, D, r)
  mul(D, D, E)
  double(C, C)
  double(C, C)
  double(C, C)
  sub(r + SIZE, D, C)
  double(r + Z, G)
}

/** madd-2007-bl: p + q, q affine. */
export function addAffine(r: usize, p: usize, q: usize): void {
  if (isInfinity(p)) return fromAffine(r, q)
  sqr(A, p + Z)
  mul(H, q, A)
  sub(H, H, p)
  mul(J, A, p + Z)
  mul(J, J, q + SIZE)
  sub(J, J, p + SIZE)
  if (isZero(H)) {
    if (isZero(J)) return twice(r, p)
    return infinity(r)
  }
  double(J, J)
  sqr(C, H)
  add(G, p + Z, H)
  sqr(G, G)
  sub(G, G, A)
  sub(r + Z, G, C)
  double(C, C)
  double(C, C)
  mul(D, H, C)
  mul(C, C, p)
  mul(E, D, p + SIZE)
  finish(r)
}

/** add-2007-bl. */
export function addPoint(r: usize, p: usize, q: usize): void {
  if (isInfinity(p)) return copyPoint(r, q)
  if (isInfinity(q)) return copyPoint(r, p)
  sqr(A, p + Z)
  sqr(G, q + Z)
  mul(C, p, G)
  mul(H, q, A)
  sub(H, H, C)
  mul(E, p + SIZE, q + Z)
  mul(E, E, G)
  mul(J, q + SIZE, p + Z)
  mul(J, J, A)
  sub(J, J, E)
  if (isZero(H)) {
    if (isZero(J)) return twice(r, p)
    return infinity(r)
  }
  double(J, J)
  add(I, p + Z, q + Z)
  sqr(I, I)
  sub(I, I, A)
  sub(I, I, G)
  mul(r + Z, I, H)
  double(I, H)
  sqr(I, I)
  mul(D, H, I)
  mul(C, C, I)
  mul(E, E, D)
  finish(r)
}

/** x = J² - D - 2·C, y = J·(C - x) - 2·E, with C the x and E = D·(the y) of the first. */
function finish(r: usize): void {
  sqr(A, J)
  sub(A, A, D)
  sub(A, A, C)
  sub(A, A, C)
  sub(C, C, A)
  mul(C, C, J)
  double(E, E)
  sub(r + SIZE, C, E)
  copy(r, A)
}

export function negate(r: usize, p: usize): void {
  copy(r, p)
  neg(r + SIZE, p + SIZE)
  copy(r + Z, p + Z)
}

/** Whether q, which may be infinity, is the affine p. */
export function samePoint(p: usize, q: usize): bool {
  if (isInfinity(q)) return false
  sqr(A, q + Z)
  mul(C, p, A)
  if (!equal(C, q)) return false
  mul(A, A, q + Z)
  mul(C, p + SIZE, A)
  return equal(C, q + SIZE)
}

const Q: usize = memory.data(384)
const NEGATED: usize = memory.data(384)

/** p times a number of 64 bits, without a table: for numbers with few bits set. */
export function times(r: usize, p: usize, k: u64): void {
  copyPoint(Q, p)
  infinity(r)
  for (let i = 63 - <i32>clz(k); i >= 0; i--) {
    twice(r, r)
    if ((k >> i) & 1) addPoint(r, r, Q)
  }
}

// Sums of multiples (Straus): numbers in digits that are odd, below 16, of either sign, or zero; and for each point its odd multiples to 15.

/** Most points, those that are derived from others included. */
export const MOST: usize = 64
/** Points of a table. */
export const ODD: usize = 8
const DIGITS: usize = 136
const tables: usize = memory.data(64 * 8 * 336)
const digits: usize = memory.data(64 * 136)

@inline export function tableOf(at: usize): usize { return tables + at * ODD * POINT }

/** The table number `at`: p, 3p … 15p of the affine p. */
export function fillTable(at: usize, p: usize): void {
  const table = tableOf(at)
  fromAffine(table, p)
  twice(NEGATED, table)
  for (let i: usize = 1; i < ODD; i++) addPoint(table + i * POINT, table + (i - 1) * POINT, NEGATED)
}

/** The multiple of point number `at`: ±(low + 2^64·high), below 2^128 - 16. */
export function setMultiple(at: usize, low: u64, high: u64, negative: bool): void {
  for (let i: usize = 0; i < DIGITS; i++) {
    let digit: i32 = 0
    if (low & 1) {
      digit = <i32>(low & 31)
      if (digit > 15) digit -= 32
      const before = low
      low -= <u64><i64>digit
      // A digit that is not negative is at most what is there.
      if (digit < 0) high += <u64>(before > low)
    }
    store<i8>(digits + at * DIGITS + i, negative ? -digit : digit)
    low = (low >> 1) | (high << 63)
    high >>= 1
  }
}

/** r = the sum of the multiples of the first `count` points. */
export function sumOfMultiples(r: usize, count: usize): void {
  let started = false
  infinity(r)
  for (let i: isize = DIGITS - 1; i >= 0; i--) {
    if (started) twice(r, r)
    for (let at: usize = 0; at < count; at++) {
      const digit = <i32>load<i8>(digits + at * DIGITS + i)
      if (digit == 0) continue
      started = true
      const multiple = tableOf(at) + <usize>(abs(digit) >> 1) * POINT
      if (digit > 0) addPoint(r, r, multiple)
      else {
        negate(NEGATED, multiple)
        addPoint(r, r, NEGATED)
      }
    }
  }
}
