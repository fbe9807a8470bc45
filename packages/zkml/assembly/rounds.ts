/** What all sumchecks share: binding a table, sending a round, and following a round as the verifier. */
import { add, mul, mul2, mul7, neg, sub } from './f'
import { a, b, kAdd, kMul, kSub, put } from './k'
import { tsAbsorb, tsSqueeze } from './transcript'

/** 1/2 and 1/6 in F. */
const HALF: u64 = 9223372034707292161
const SIXTH: u64 = 15372286724512153601
const T = memory.data(16 * 8, 16)

/** out[y] = lo[y] + r·(hi[y] − lo[y]) for n values; in place if out is lo. */
export function bindK(out: usize, lo: usize, hi: usize, r: usize, n: u32): void {
  const ra = a(r), rb = b(r), r7 = mul7(rb)
  for (const end = out + (<usize>n << 4); out < end; out += 16, lo += 16, hi += 16) {
    const la = a(lo), lb = b(lo)
    const da = sub(a(hi), la), db = sub(b(hi), lb)
    put(out, add(la, mul2(da, ra, db, r7)), add(lb, mul2(da, rb, db, ra)))
  }
}

/** bindK on base-field values. */
export function bindF(out: usize, lo: usize, hi: usize, r: usize, n: u32): void {
  const ra = a(r), rb = b(r)
  for (const end = out + (<usize>n << 4); out < end; out += 16, lo += 8, hi += 8) {
    const l = load<u64>(lo)
    const d = sub(load<u64>(hi), l)
    put(out, add(l, mul(d, ra)), mul(d, rb))
  }
}

/** *out = eq(r, x) = (1 − x) + r·(2x − 1) for a small x. */
export function eqSmall(out: usize, r: usize, x: u64): void {
  if (x == 0) put(out, sub(1, a(r)), neg(b(r)))
  else put(out, sub(mul(a(r), 2 * x - 1), x - 1), mul(b(r), 2 * x - 1))
}
/** *out = eq(r, x). May be in place. */
export function eqOne(out: usize, r: usize, x: usize): void {
  kMul(T, r, x)
  kAdd(T, T, T)
  kSub(T, T, r)
  kSub(T, T, x)
  put(out, add(a(T), 1), b(T))
}

/** *out = value at x of the quadratic with q(0), q(1) and leading coefficient at q, q + 16, q + 32. */
export function quadratic(out: usize, q: usize, x: usize): void {
  kSub(T, q + 16, q)
  kSub(T, T, q + 32)
  kMul(T + 16, q + 32, x)
  kAdd(T, T, T + 16)
  kMul(T, T, x)
  kAdd(out, T, q)
}
/** q(2) and q(3) of the same quadratic. */
export function quadratic23(two: usize, three: usize, q: usize): void {
  for (let o: usize = 0; o < 16; o += 8) {
    const q0 = load<u64>(q + o), q1 = load<u64>(q + 16 + o), top = load<u64>(q + 32 + o)
    const d = add(sub(q1, q0), top)
    const q2 = add(add(q1, d), top)
    store<u64>(two + o, q2)
    store<u64>(three + o, add(add(q2, d), mul(top, 3)))
  }
}

/** Sends `bytes` of a round at `proof` and draws its challenge. */
export function send(st: usize, labelMsg: usize, labelChallenge: usize, proof: usize, bytes: u32, challenge: usize): void {
  tsAbsorb(st, labelMsg, proof, bytes)
  tsSqueeze(st, labelChallenge, challenge, 1)
}

/** *claim = value at x of the cubic with s(0), s(2), s(3) at msg and s(1) = *claim − s(0). */
export function cubicClaim(claim: usize, msg: usize, x: usize): void {
  // differences of s(0), s(1), s(2), s(3), then Newton: s0 + x(d1 + (x−1)/2·(d2 + (x−2)/3·d3))
  for (let o: usize = 0; o < 16; o += 8) {
    const s0 = load<u64>(msg + o), s2 = load<u64>(msg + 16 + o), s3 = load<u64>(msg + 32 + o)
    const s1 = sub(load<u64>(claim + o), s0)
    const d1 = sub(s1, s0), e1 = sub(s2, s1), d2 = sub(e1, d1)
    store<u64>(T + o, s0)
    store<u64>(T + 16 + o, d1)
    store<u64>(T + 32 + o, mul(d2, HALF))
    store<u64>(T + 48 + o, mul(sub(sub(sub(s3, s2), e1), d2), SIXTH))
  }
  put(T + 64, sub(a(x), 2), b(x))
  kMul(T + 48, T + 48, T + 64)
  kAdd(T + 32, T + 32, T + 48)
  put(T + 64, sub(a(x), 1), b(x))
  kMul(T + 32, T + 32, T + 64)
  kAdd(T + 16, T + 16, T + 32)
  kMul(T + 16, T + 16, x)
  kAdd(claim, T, T + 16)
}

/** *claim = value at x of the quadratic with s(0), s(2) at msg and s(1) = *claim − s(0). */
export function quadraticClaim(claim: usize, msg: usize, x: usize): void {
  for (let o: usize = 0; o < 16; o += 8) {
    const s0 = load<u64>(msg + o), s2 = load<u64>(msg + 16 + o)
    const s1 = sub(load<u64>(claim + o), s0)
    const d1 = sub(s1, s0)
    store<u64>(T + o, s0)
    store<u64>(T + 16 + o, d1)
    store<u64>(T + 32 + o, mul(sub(sub(s2, s1), d1), HALF))
  }
  put(T + 64, sub(a(x), 1), b(x))
  kMul(T + 32, T + 32, T + 64)
  kAdd(T + 16, T + 16, T + 32)
  kMul(T + 16, T + 16, x)
  kAdd(claim, T, T + 16)
}

export function verifyRounds3(st: usize, V: u32, proof: usize, claim: usize, r: usize, labelMsg: usize, labelChallenge: usize): void {
  for (; V > 0; V--, proof += 48, r += 16) {
    send(st, labelMsg, labelChallenge, proof, 48, r)
    cubicClaim(claim, proof, r)
  }
}
export function verifyRounds2(st: usize, V: u32, proof: usize, claim: usize, r: usize, labelMsg: usize, labelChallenge: usize): void {
  for (; V > 0; V--, proof += 32, r += 16) {
    send(st, labelMsg, labelChallenge, proof, 32, r)
    quadraticClaim(claim, proof, r)
  }
}
