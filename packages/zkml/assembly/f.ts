/** The field F = integers mod p = 2^64 − 2^32 + 1. Values are canonical (< p) in memory and between functions. */
export const P: u64 = 0xffffffff00000001
/** 2^64 mod p. */
export const EPS: u64 = 0xffffffff

@inline export function add(a: u64, b: u64): u64 {
  const c = P - b
  return a - c - (a < c ? EPS : 0) // + p, mod 2^64
}

@inline export function sub(a: u64, b: u64): u64 {
  return a - b - (a < b ? EPS : 0)
}

@inline export function neg(a: u64): u64 {
  return a == 0 ? 0 : P - a
}

/** lo + 2^64·hi mod p, for any 128-bit value: 2^64 = 2^32 − 1 and 2^96 = −1. */
@inline export function reduce(lo: u64, hi: u64): u64 { return reduce129(lo, hi, 0) }

/** over·2^128 + hi·2^64 + lo mod p, over < 2^31: 2^128 = −2^32. */
@inline export function reduce129(lo: u64, hi: u64, over: u64): u64 {
  const top = (hi >> 32) + (over << 32)
  const low = hi & EPS
  let r = lo - top
  r -= lo < top ? EPS : 0
  const u = (low << 32) - low
  const s = r + u
  const t = s + (s < u ? EPS : 0)
  return t + (t >= P ? EPS : 0)
}

@inline export function mul(a: u64, b: u64): u64 {
  const al = a & EPS, ah = a >> 32, bl = b & EPS, bh = b >> 32
  const ll = al * bl
  const t = al * bh + (ll >> 32)
  const m = ah * bl + (t & EPS)
  return reduce((ll & EPS) | (m << 32), ah * bh + (t >> 32) + (m >> 32))
}

/** High word of the 128-bit product. */
@inline export function mulHigh(a: u64, b: u64): u64 {
  const al = a & EPS, ah = a >> 32, bl = b & EPS, bh = b >> 32
  const t = al * bh + ((al * bl) >> 32)
  return ah * bh + (t >> 32) + ((ah * bl + (t & EPS)) >> 32)
}

/** a·b + c·d with one reduction. */
@inline export function mul2(a: u64, b: u64, c: u64, d: u64): u64 {
  const x = a * b
  const lo = x + c * d
  const h = mulHigh(a, b)
  const g = mulHigh(c, d) + u64(lo < x)
  const hi = h + g
  const r = reduce(lo, hi)
  return hi < h ? sub(r, 1 << 32) : r
}

/** a·7. */
@inline export function mul7(a: u64): u64 {
  const hi = (a >> 32) * 7
  const lo = (a & EPS) * 7
  const mid = hi + (lo >> 32)
  return reduce((mid << 32) | (lo & EPS), mid >> 32)
}

/** Any signed integer mod p. */
@inline export function fromSigned(v: i64): u64 {
  // below 2^63 < p if positive; v + p wraps to the right value in [2^63 − 2^32 + 1, p) if negative
  return v < 0 ? <u64>v + P : <u64>v
}

export function pow(a: u64, e: u64): u64 {
  let r: u64 = 1
  for (; e != 0; e >>= 1) {
    if (e & 1) r = mul(r, a)
    a = mul(a, a)
  }
  return r
}

export function inv(a: u64): u64 {
  return pow(a, P - 2)
}
