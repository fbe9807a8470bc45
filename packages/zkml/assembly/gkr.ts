/**
 * The fraction tree and its GKR. SPEC 4.4, 5 step 3. A level of 2^j nodes is P then Q, 2^j K values each, at scratch + 32·2^j; the leaves'
 * numerators are F. Levels are consumed from the root down, so the space of the finished ones holds the tables of eq.
 *
 * The padding 0/1 at the end of the leaves (up to half of them) costs a third of other leaves: where the right child is 0/1, the parent is the left
 * child, and the sum of a round is P0 + μ·Q0, linear in X. `live` counts the right children before that tail; it survives binding.
 */
import { add, mul, mul2, sub } from './f'
import { a, b, copy, fst, kAdd, kAxpy, kFromF, kInv, kMul, kSub, mulInto, put, snd } from './k'
import { dotF, dotK, eqPyramid } from './multilinear'
import { bindF, bindK, cubicClaim, eqOne, eqSmall, quadratic, quadratic23, send } from './rounds'
import { tsAbsorb, tsSqueeze } from './transcript'

const G0 = memory.data<u8>([2, 0x67, 0x30])
const G0C = memory.data<u8>([3, 0x67, 0x30, 0x63])
const GL = memory.data<u8>([2, 0x67, 0x6c])
const GR = memory.data<u8>([2, 0x67, 0x72])
const GRC = memory.data<u8>([3, 0x67, 0x72, 0x63])
const GV = memory.data<u8>([2, 0x67, 0x76])
const GVC = memory.data<u8>([3, 0x67, 0x76, 0x63])

const MU = memory.data(16, 16)
const CLAIM = memory.data(16, 16)
/** Π eq(r_i, r'_i) over the rounds done. */
const BOUND = memory.data(16, 16)
/** q(0), q(1) and the leading coefficient of the round. */
const ROUND = memory.data(48, 16)
const T = memory.data(16 * 4, 16)
/** r', the challenges of the level at work; a tree has at most 32 levels. */
const NEXT = memory.data(16 * 34, 16)

/** Below this many pairs q(1) is summed like q(0); above, it follows from the claim, which costs an inversion. */
const DIRECT: u32 = 8

export function gkrScratch(l: u32): u32 { return 32 << l }

/** One level up: P = P0·Q1 + P1·Q0, Q = Q0·Q1, for h nodes. */
function levelUp(P: usize, Q: usize, p: usize, q: usize, h: u32): void {
  const half = <usize>h << 4
  for (let i: usize = 0; i < half; i += 16) {
    const q0a = a(q + i), q0b = b(q + i), q1a = a(q + half + i), q1b = b(q + half + i)
    const p0a = a(p + i), p0b = b(p + i), p1a = a(p + half + i), p1b = b(p + half + i)
    const s = mul2(p0a, q1a, p1a, q0a), t = mul2(p0b, q1b, p1b, q0b)
    put(P + i, fst(s, t), sub(mul2(add(p0a, p0b), add(q1a, q1b), add(p1a, p1b), add(q0a, q0b)), add(s, t)))
    mulInto(Q + i, q0a, q0b, q1a, q1b)
  }
}

/** v·p for a numerator p of the leaves, which is 1 or 0 nearly always. */
@inline function times(v: u64, p: u64): u64 { return p == 1 ? v : p == 0 ? 0 : mul(v, p) }

function leavesUp(P: usize, Q: usize, p: usize, q: usize, h: u32, live: u32): void {
  const half = <usize>h << 4
  const tail = <usize>live << 4
  kFromF(P + tail, p + (tail >> 1), h - live)
  memory.copy(Q + tail, q + tail, half - tail)
  for (let i: usize = 0; i < tail; i += 16) {
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
function sumLeaves(out: usize, E: usize, p0: usize, p1: usize, q0: usize, q1: usize, n: u32, m: u32, lead: bool): void {
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
  kMul(T, T, MU)
  put(out, add(sa, a(T)), add(sb, b(T)))
}

/** The sum over all m pairs, of which the right children of the first `live` differ from 0/1. */
function sum(leaf: bool, out: usize, E: usize, p0: usize, p1: usize, q0: usize, q1: usize, live: u32, m: u32, lead: bool): void {
  if (leaf) sumLeaves(out, E, p0, p1, q0, q1, live, m, lead)
  else sumK4(out, E, p0, p1, q0, q1, live, m, lead)
  if (lead || live == m) return
  const tail = <usize>live << 4
  dotK(T, E + tail, q0 + tail, m - live)
  kMul(T, T, MU)
  kAdd(out, out, T)
  if (leaf) dotF(T, E + tail, p0 + (tail >> 1), m - live)
  else dotK(T, E + tail, p0 + tail, m - live)
  kAdd(out, out, T)
}

/** s(0), s(2), s(3) of the round to `proof`, from q and eq(r, ·); then its challenge, and BOUND and CLAIM after it. */
function sendRound(st: usize, r: usize, proof: usize, challenge: usize): void {
  quadratic23(T, T + 16, ROUND)
  eqSmall(T + 32, r, 0)
  kMul(proof, T + 32, ROUND)
  eqSmall(T + 32, r, 2)
  kMul(proof + 16, T + 32, T)
  eqSmall(T + 32, r, 3)
  kMul(proof + 32, T + 32, T + 16)
  for (let i: usize = 0; i < 48; i += 16) kMul(proof + i, proof + i, BOUND)
  send(st, GR, GRC, proof, 48, challenge)
  eqOne(T + 32, r, challenge)
  kMul(BOUND, BOUND, T + 32)
  quadratic(CLAIM, ROUND, challenge)
  kMul(CLAIM, CLAIM, BOUND)
}

/** q(1) from claim = s(0) + s(1) and s(1) = BOUND·r·q(1); false when BOUND·r has no inverse. */
function deduce(r: usize): bool {
  kMul(T, BOUND, r)
  if ((a(T) | b(T)) == 0) return false
  kInv(T, T)
  eqSmall(T + 16, r, 0)
  kMul(T + 16, T + 16, BOUND)
  kMul(T + 16, T + 16, ROUND)
  kSub(T + 16, CLAIM, T + 16)
  kMul(ROUND + 16, T + 16, T)
  return true
}

/** The sumcheck of level j over the tables of level j + 1; leaves p0, p1, q0, q1 at the end of `proof`. Returns the new end of the proof. */
function levelProve(st: usize, j: u32, leaf: bool, live: u32, P: usize, Q: usize, point: usize, free: usize, proof: usize): usize {
  let half = <u32>1 << j
  let p0 = P, p1 = P + (<usize>half << (leaf ? 3 : 4)), q0 = Q, q1 = Q + (<usize>half << 4)
  eqPyramid(free, point + 16, j - 1)
  const folded = free + (<usize>16 << j)
  put(BOUND, 1, 0)
  if (!leaf) kAxpy(p1, q1, MU, half)
  for (let t: u32 = 0; t < j; t++) {
    const m = half >> 1
    const E = free + (<usize>m << 4)
    const r = point + (<usize>t << 4)
    const raw = leaf && t == 0
    const up = <usize>m << (raw ? 3 : 4)
    const qUp = <usize>m << 4
    live = min(live, m)
    sum(raw, ROUND, E, p0, p1, q0, q1, live, m, false)
    if (m < DIRECT || !deduce(r)) sum(raw, ROUND + 16, E, p0 + up, p1 + up, q0 + qUp, q1 + qUp, live, m, false)
    sum(raw, ROUND + 32, E, p0, p1, q0, q1, live, m, true)
    const challenge = NEXT + 16 + (<usize>t << 4)
    sendRound(st, r, proof, challenge)
    proof += 48
    bindK(q0, q0, q0 + qUp, challenge, m)
    bindK(q1, q1, q1 + qUp, challenge, live)
    if (raw) {
      bindF(folded, p0, p0 + up, challenge, m)
      bindF(folded + qUp, p1, p1 + up, challenge, live)
      p0 = folded
      p1 = folded + qUp
      kAxpy(p1, q1, MU, live)
      for (let y = <usize>live << 4; y < qUp; y += 16) copy(p1 + y, MU)
    } else {
      bindK(p0, p0, p0 + up, challenge, m)
      bindK(p1, p1, p1 + up, challenge, live)
    }
    half = m
  }
  kMul(T, MU, q1)
  kSub(p1, p1, T)
  copy(proof, p0)
  copy(proof + 16, p1)
  copy(proof + 32, q0)
  copy(proof + 48, q1)
  return proof + 64
}

/** How many right children of the leaves come before a tail of 0/1. */
function liveLeaves(P: usize, Q: usize, l: u32): u32 {
  const half: u32 = 1 << (l - 1)
  let live = half
  for (; live > 0; live--) {
    const at = <usize>(half + live - 1) << 3
    if (load<u64>(P + at) != 0 || a(Q + (at << 1)) != 1 || b(Q + (at << 1)) != 0) break
  }
  return live
}

/** P·Q1 + P1·Q0 = 0 and Q0·Q1 ≠ 0 for p0, p1, q0, q1 at v. SPEC 4.3. */
function rootHolds(v: usize): bool {
  kMul(T, v, v + 48)
  kMul(T + 16, v + 16, v + 32)
  kAdd(T, T, T + 16)
  kMul(T + 16, v + 32, v + 48)
  return (a(T) | b(T)) == 0 && (a(T + 16) | b(T + 16)) != 0
}

/** claims = p0 + t(p1 − p0), q0 + t(q1 − q0) from the four values at v. */
function combine(claims: usize, v: usize, t: usize): void {
  bindK(claims, v, v + 16, t, 1)
  bindK(claims + 16, v + 32, v + 48, t, 1)
}

/** The claim of a level: p + μ q, μ drawn. */
function openLevel(st: usize, claims: usize): void {
  tsSqueeze(st, GL, MU, 1)
  kMul(T, MU, claims + 16)
  kAdd(CLAIM, claims, T)
}

export function gkrProve(st: usize, P: usize, Q: usize, l: u32, scratch: usize, proof: usize, point: usize, claims: usize): i32 {
  const live = liveLeaves(P, Q, l)
  if (l == 1) for (let i: usize = 0; i < 2; i++) put(proof + (i << 4), load<u64>(P + (i << 3)), 0)
  else {
    for (let j = l - 1; j > 0; j--) {
      const at = scratch + (<usize>32 << j), half = <usize>16 << j
      if (j == l - 1) leavesUp(at, at + half, P, Q, 1 << j, live)
      else levelUp(at, at + half, at + (half << 1), at + (half << 2), 1 << j)
    }
    memory.copy(proof, scratch + 64, 32)
  }
  memory.copy(proof + 32, l == 1 ? Q : scratch + 96, 32)
  if (!rootHolds(proof)) return 1
  send(st, G0, G0C, proof, 64, point)
  combine(claims, proof, point)
  proof += 64
  for (let j: u32 = 1; j < l; j++) {
    const leaf = j == l - 1
    const at = scratch + (<usize>64 << j)
    openLevel(st, claims)
    proof = levelProve(st, j, leaf, leaf ? live : 1 << j, leaf ? P : at, leaf ? Q : at + (<usize>32 << j), point, scratch, proof)
    send(st, GV, GVC, proof - 64, 64, NEXT)
    combine(claims, proof - 64, NEXT)
    memory.copy(point, NEXT, <usize>(j + 1) << 4)
  }
  return 0
}

export function gkrVerify(st: usize, l: u32, proof: usize, point: usize, claims: usize): i32 {
  if (!rootHolds(proof)) return 1
  send(st, G0, G0C, proof, 64, point)
  combine(claims, proof, point)
  proof += 64
  for (let j: u32 = 1; j < l; j++) {
    openLevel(st, claims)
    put(BOUND, 1, 0)
    for (let t: usize = 0; t < <usize>j << 4; t += 16) {
      send(st, GR, GRC, proof, 48, NEXT + 16 + t)
      cubicClaim(CLAIM, proof, NEXT + 16 + t)
      eqOne(T, point + t, NEXT + 16 + t)
      kMul(BOUND, BOUND, T)
      proof += 48
    }
    // eq·(p0 q1 + q0 (p1 + μ q1))
    kMul(T, MU, proof + 48)
    kAdd(T, T, proof + 16)
    kMul(T, T, proof + 32)
    kMul(T + 16, proof, proof + 48)
    kAdd(T, T, T + 16)
    kMul(T, T, BOUND)
    if (a(T) != a(CLAIM) || b(T) != b(CLAIM)) return <i32>j + 1
    send(st, GV, GVC, proof, 64, NEXT)
    combine(claims, proof, NEXT)
    memory.copy(point, NEXT, <usize>(j + 1) << 4)
    proof += 64
  }
  return 0
}
