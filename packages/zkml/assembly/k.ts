/** The field K = F[X]/(X² − 7): a + bX as two F in memory. Functions take coordinates and return one coordinate, to stay in registers. */
import { P, add, inv, mul, mul2, mul7, neg, pow, sub } from './f'

@inline export function a(p: usize): u64 { return load<u64>(p) }
@inline export function b(p: usize): u64 { return load<u64>(p, 8) }
@inline export function put(p: usize, x: u64, y: u64): void {
  store<u64>(p, x)
  store<u64>(p, y, 8)
}
@inline export function copy(out: usize, x: usize): void { v128.store(out, v128.load(x)) }

/** First coordinate of (xa + xb X)(ya + yb X), from the products aa = xa·ya and bb = xb·yb. */
@inline export function fst(aa: u64, bb: u64): u64 { return add(aa, mul7(bb)) }
/** Second coordinate, by Karatsuba. */
@inline export function snd(xa: u64, xb: u64, ya: u64, yb: u64, aa: u64, bb: u64): u64 {
  return sub(sub(mul(add(xa, xb), add(ya, yb)), aa), bb)
}

export function kAdd(out: usize, x: usize, y: usize): void { put(out, add(a(x), a(y)), add(b(x), b(y))) }
export function kSub(out: usize, x: usize, y: usize): void { put(out, sub(a(x), a(y)), sub(b(x), b(y))) }
export function kNeg(out: usize, x: usize): void { put(out, neg(a(x)), neg(b(x))) }
export function kEqual(x: usize, y: usize): i32 { return i32(a(x) == a(y)) & i32(b(x) == b(y)) }

@inline export function mulInto(out: usize, xa: u64, xb: u64, ya: u64, yb: u64): void {
  const aa = mul(xa, ya), bb = mul(xb, yb)
  const s = snd(xa, xb, ya, yb, aa, bb)
  put(out, fst(aa, bb), s)
}
export function kMul(out: usize, x: usize, y: usize): void { mulInto(out, a(x), b(x), a(y), b(y)) }

/** 1/(a + bX) = (a − bX)/(a² − 7b²). */
export function kInv(out: usize, x: usize): void {
  const xa = a(x), xb = b(x)
  const n = inv(sub(mul(xa, xa), mul7(mul(xb, xb))))
  put(out, mul(xa, n), mul(neg(xb), n))
}

const POW_R = memory.data(16, 16)
const POW_B = memory.data(16, 16)
export function kPow(out: usize, x: usize, e: u64): void {
  copy(POW_B, x)
  put(POW_R, 1, 0)
  for (; e != 0; e >>= 1) {
    if (e & 1) kMul(POW_R, POW_R, POW_B)
    kMul(POW_B, POW_B, POW_B)
  }
  copy(out, POW_R)
}

export function kPowers(out: usize, x: usize, n: u32): void {
  const xa = a(x), xb = b(x)
  let ca: u64 = 1, cb: u64 = 0
  for (let i: u32 = 0; i < n; i++, out += 16) {
    put(out, ca, cb)
    const aa = mul(ca, xa), bb = mul(cb, xb)
    const s = snd(ca, cb, xa, xb, aa, bb)
    ca = fst(aa, bb)
    cb = s
  }
}

const INV = memory.data(16, 16)
/** Prefix products over the non-zero values, one inversion, and back. */
export function kBatchInv(out: usize, input: usize, n: u32): void {
  put(INV, 1, 0)
  for (let i: usize = 0; i < (<usize>n << 4); i += 16) {
    copy(out + i, INV)
    if (a(input + i) | b(input + i)) kMul(INV, INV, input + i)
  }
  kInv(INV, INV)
  for (let i: usize = <usize>n << 4; i != 0; ) {
    i -= 16
    if (a(input + i) | b(input + i)) {
      kMul(out + i, out + i, INV)
      kMul(INV, INV, input + i)
    } else put(out + i, 0, 0)
  }
}

/** With a fixed factor c, four products and two reductions are less work than Karatsuba's three and three. */
export function kAxpy(out: usize, x: usize, coef: usize, n: u32): void {
  const ca = a(coef), cb = b(coef), c7 = mul7(cb)
  for (const end = out + (<usize>n << 4); out < end; out += 16, x += 16) {
    const xa = a(x), xb = b(x)
    put(out, add(a(out), mul2(xa, ca, xb, c7)), add(b(out), mul2(xa, cb, xb, ca)))
  }
}
export function kScale(out: usize, x: usize, coef: usize, n: u32): void {
  const ca = a(coef), cb = b(coef), c7 = mul7(cb)
  for (const end = out + (<usize>n << 4); out < end; out += 16, x += 16) {
    const xa = a(x), xb = b(x)
    put(out, mul2(xa, ca, xb, c7), mul2(xa, cb, xb, ca))
  }
}
export function kAxpyF(out: usize, x: usize, coef: usize, n: u32): void {
  const ca = a(coef), cb = b(coef)
  for (const end = out + (<usize>n << 4); out < end; out += 16, x += 8) {
    const v = load<u64>(x)
    put(out, add(a(out), mul(ca, v)), add(b(out), mul(cb, v)))
  }
}
export function kFromF(out: usize, x: usize, n: u32): void {
  for (const end = out + (<usize>n << 4); out < end; out += 16, x += 8) put(out, load<u64>(x), 0)
}

export function fMul(out: usize, x: usize, y: usize): void { store<u64>(out, mul(a(x), a(y))) }
export function fInv(out: usize, x: usize): void { store<u64>(out, inv(a(x))) }
