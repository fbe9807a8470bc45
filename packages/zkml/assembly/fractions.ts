/**
 * The passes over a level of the fraction tree: one level up, and the sums of a sumcheck round. `live` counts the right children of the leaves
 * before the padding 0/1 at their end; beyond it a pass does only what the left child needs.
 */
import { add, mul, mul2, sub } from './f'
import { a, b, copy, fst, kAdd, kAxpy, kFromF, kMul, mulInto, put, snd } from './k'
import { dotF, dotK } from './multilinear'
import { at } from './passes'
import { bindF, bindK } from './rounds'

const T = memory.data(16, 16)

/** How many right children of the leaves come before a tail of 0/1. */
export function liveLeaves(P: usize, Q: usize, l: u32): u32 {
  const half: u32 = 1 << (l - 1)
  let live = half
  for (; live > 0; live--) {
    const at = <usize>(half + live - 1) << 3
    if (load<u64>(P + at) != 0 || a(Q + (at << 1)) != 1 || b(Q + (at << 1)) != 0) break
  }
  return live
}

/** One level up: P = P0·Q1 + P1·Q0, Q = Q0·Q1. Arguments: P, Q, p, q, number of nodes; an item is a node. */
export function levelUp(args: usize, from: u32, to: u32): void {
  const P = at(args, 0), Q = at(args, 1), p = at(args, 2), q = at(args, 3), half = at(args, 4) << 4
  const end = <usize>to << 4
  for (let i = <usize>from << 4; i < end; i += 16) {
    const q0a = a(q + i), q0b = b(q + i), q1a = a(q + half + i), q1b = b(q + half + i)
    const p0a = a(p + i), p0b = b(p + i), p1a = a(p + half + i), p1b = b(p + half + i)
    const s = mul2(p0a, q1a, p1a, q0a), t = mul2(p0b, q1b, p1b, q0b)
    put(P + i, fst(s, t), sub(mul2(add(p0a, p0b), add(q1a, q1b), add(p1a, p1b), add(q0a, q0b)), add(s, t)))
    mulInto(Q + i, q0a, q0b, q1a, q1b)
  }
}

/** v·p for a numerator p of the leaves, which is 1 or 0 nearly always. */
@inline function times(v: u64, p: u64): u64 { return p == 1 ? v : p == 0 ? 0 : mul(v, p) }

/** The same from the leaves. Arguments: P, Q, p, q, number of nodes, live. */
export function leavesUp(args: usize, from: u32, to: u32): void {
  const P = at(args, 0), Q = at(args, 1), p = at(args, 2), q = at(args, 3), half = at(args, 4) << 4
  const cut = max(from, min(to, <u32>at(args, 5)))
  const tail = <usize>cut << 4
  kFromF(P + tail, p + (tail >> 1), to - cut)
  memory.copy(Q + tail, q + tail, <usize>(to - cut) << 4)
  for (let i = <usize>from << 4; i < tail; i += 16) {
    const q0a = a(q + i), q0b = b(q + i), q1a = a(q + half + i), q1b = b(q + half + i)
    const p0 = load<u64>(p + (i >> 1)), p1 = load<u64>(p + (half >> 1) + (i >> 1))
    put(P + i, add(times(q1a, p0), times(q0a, p1)), add(times(q1b, p0), times(q0b, p1)))
    mulInto(Q + i, q0a, q0b, q1a, q1b)
  }
}

/**
 * *out = Σ_{y<n} E[y]·(P0·Q1 + Q0·P1)(X, y) for the value at X of the four pointers (their lower halves: X = 0, their upper: X = 1), or with `lead`
 * for the coefficient of X². P1 already holds P1 + μ·Q1.
 */
function sumK4(out: usize, E: usize, p0: usize, p1: usize, q0: usize, q1: usize, n: u32, m: u32, lead: bool): void {
  let sa: u64 = 0, sb: u64 = 0
  const up = <usize>m << 4
  for (const end = E + (<usize>n << 4); E < end; E += 16, p0 += 16, p1 += 16, q0 += 16, q1 += 16) {
    let p0a = a(p0), p0b = b(p0), p1a = a(p1), p1b = b(p1), q0a = a(q0), q0b = b(q0), q1a = a(q1), q1b = b(q1)
    if (lead) {
      p0a = sub(a(p0 + up), p0a)
      p0b = sub(b(p0 + up), p0b)
      p1a = sub(a(p1 + up), p1a)
      p1b = sub(b(p1 + up), p1b)
      q0a = sub(a(q0 + up), q0a)
      q0b = sub(b(q0 + up), q0b)
      q1a = sub(a(q1 + up), q1a)
      q1b = sub(b(q1 + up), q1b)
    }
    const s = mul2(p0a, q1a, q0a, p1a), t = mul2(p0b, q1b, q0b, p1b)
    const va = fst(s, t)
    const vb = sub(mul2(add(p0a, p0b), add(q1a, q1b), add(q0a, q0b), add(p1a, p1b)), add(s, t))
    const ea = a(E), eb = b(E)
    const ee = mul(va, ea), ff = mul(vb, eb)
    sa = add(sa, fst(ee, ff))
    sb = add(sb, snd(va, vb, ea, eb, ee, ff))
  }
  put(out, sa, sb)
}

/** The same on the leaves: numerators F, and μ·Q0·Q1 added here. */
function sumLeaves(mu: usize, out: usize, E: usize, p0: usize, p1: usize, q0: usize, q1: usize, n: u32, m: u32, lead: bool): void {
  let sa: u64 = 0, sb: u64 = 0, ta: u64 = 0, tb: u64 = 0
  const up = <usize>m << 4
  for (const end = E + (<usize>n << 4); E < end; E += 16, p0 += 8, p1 += 8, q0 += 16, q1 += 16) {
    let p0v = load<u64>(p0), p1v = load<u64>(p1), q0a = a(q0), q0b = b(q0), q1a = a(q1), q1b = b(q1)
    if (lead) {
      p0v = sub(load<u64>(p0 + (up >> 1)), p0v)
      p1v = sub(load<u64>(p1 + (up >> 1)), p1v)
      q0a = sub(a(q0 + up), q0a)
      q0b = sub(b(q0 + up), q0b)
      q1a = sub(a(q1 + up), q1a)
      q1b = sub(b(q1 + up), q1b)
    }
    const ea = a(E), eb = b(E)
    if (p0v | p1v) {
      const va = add(times(q1a, p0v), times(q0a, p1v)), vb = add(times(q1b, p0v), times(q0b, p1v))
      const ee = mul(va, ea), ff = mul(vb, eb)
      sa = add(sa, fst(ee, ff))
      sb = add(sb, snd(va, vb, ea, eb, ee, ff))
    }
    const aa = mul(q0a, q1a), bb = mul(q0b, q1b)
    const wa = fst(aa, bb), wb = snd(q0a, q0b, q1a, q1b, aa, bb)
    const gg = mul(wa, ea), hh = mul(wb, eb)
    ta = add(ta, fst(gg, hh))
    tb = add(tb, snd(wa, wb, ea, eb, gg, hh))
  }
  put(T, ta, tb)
  kMul(T, T, mu)
  put(out, add(sa, a(T)), add(sb, b(T)))
}

/** The sum over n pairs with X = 1 at a distance of m, of which the right children of the first `live` differ from 0/1. */
export function sum(
  leaf: bool, mu: usize, out: usize, E: usize, p0: usize, p1: usize, q0: usize, q1: usize, live: u32, m: u32, n: u32, lead: bool,
): void {
  if (leaf) sumLeaves(mu, out, E, p0, p1, q0, q1, live, m, lead)
  else sumK4(out, E, p0, p1, q0, q1, live, m, lead)
  if (lead || live == n) return
  const tail = <usize>live << 4
  dotK(T, E + tail, q0 + tail, n - live)
  kMul(T, T, mu)
  kAdd(out, out, T)
  if (leaf) dotF(T, E + tail, p0 + (tail >> 1), n - live)
  else dotK(T, E + tail, p0 + tail, n - live)
  kAdd(out, out, T)
}

/** q(0) and the leading coefficient of a round. Arguments: leaf, mu, E, p0, p1, q0, q1, live, number of pairs; an item is a pair. */
export function roundSums(args: usize, from: u32, to: u32, sums: usize): void {
  const leaf = at(args, 0) != 0
  const k = <usize>from << 4, p = leaf ? k >> 1 : k
  const E = at(args, 2) + k, p0 = at(args, 3) + p, p1 = at(args, 4) + p, q0 = at(args, 5) + k, q1 = at(args, 6) + k
  const live = max(from, min(to, <u32>at(args, 7))) - from
  const m = <u32>at(args, 8)
  sum(leaf, at(args, 1), sums, E, p0, p1, q0, q1, live, m, to - from, false)
  sum(leaf, at(args, 1), sums + 16, E, p0, p1, q0, q1, live, m, to - from, true)
}

/**
 * Binds the tables of a level at the challenge. Arguments: leaf, mu, p0, p1, q0, q1, live, number of pairs, challenge, and where the numerators of
 * leaves go, both halves one after the other, the second with mu·q1 added.
 */
export function bindLevel(args: usize, from: u32, to: u32): void {
  const leaf = at(args, 0) != 0, mu = at(args, 1), r = at(args, 8)
  const up = at(args, 7) << 4, k = <usize>from << 4
  const p0 = at(args, 2), p1 = at(args, 3), q0 = at(args, 4) + k, q1 = at(args, 5) + k
  const cut = max(from, min(to, <u32>at(args, 6)))
  bindK(q0, q0, q0 + up, r, to - from)
  bindK(q1, q1, q1 + up, r, cut - from)
  if (!leaf) {
    bindK(p0 + k, p0 + k, p0 + k + up, r, to - from)
    bindK(p1 + k, p1 + k, p1 + k + up, r, cut - from)
    return
  }
  const left = at(args, 9) + k, right = left + up
  bindF(left, p0 + (k >> 1), p0 + ((k + up) >> 1), r, to - from)
  bindF(right, p1 + (k >> 1), p1 + ((k + up) >> 1), r, cut - from)
  kAxpy(right, q1, mu, cut - from)
  for (let y = right + (<usize>(cut - from) << 4), end = right + (<usize>(to - from) << 4); y < end; y += 16) copy(y, mu)
}
