/**
 * The fraction tree and its GKR. SPEC 4.4, 5 step 3. A level of 2^j nodes is P then Q, 2^j K values each, at scratch + 32·2^j; the leaves'
 * numerators are F. Levels are consumed from the root down, so the space of the finished ones holds the tables of eq.
 *
 * The padding 0/1 at the end of the leaves (up to half of them) costs a third of other leaves: where the right child is 0/1, the parent is the left
 * child, and the sum of a round is P0 + μ·Q0, linear in X. `live` counts the right children before that tail; it survives binding.
 */
import { SUMS, arg, run } from './fork'
import { liveLeaves, sum } from './fractions'
import { a, b, copy, kAdd, kInv, kMul, kSub, put } from './k'
import { axpy, eqPyramid } from './multilinear'
import { BIND_LEVEL, LEAVES_UP, LEVEL_UP, ROUND_SUMS } from './passes'
import { bindK, cubicClaim, eqOne, eqSmall, quadratic, quadratic23, send } from './rounds'
import { tsSqueeze } from './transcript'

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
/** Pairs or nodes that are worth a part of their own. */
const GRAIN: u32 = 1024

export function gkrScratch(l: u32): u32 { return 32 << l }

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
  if (!leaf) axpy(p1, q1, MU, half)
  for (let t: u32 = 0; t < j; t++) {
    const m = half >> 1
    const E = free + (<usize>m << 4)
    const r = point + (<usize>t << 4)
    const raw = leaf && t == 0
    const up = <usize>m << (raw ? 3 : 4)
    const qUp = <usize>m << 4
    live = min(live, m)
    roundOf(raw, E, p0, p1, q0, q1, live, m)
    if (m < DIRECT || !deduce(r)) sum(raw, MU, ROUND + 16, E, p0 + up, p1 + up, q0 + qUp, q1 + qUp, live, m, m, false)
    const challenge = NEXT + 16 + (<usize>t << 4)
    sendRound(st, r, proof, challenge)
    proof += 48
    level(raw, p0, p1, q0, q1)
    arg(6, live)
    arg(7, m)
    arg(8, challenge)
    arg(9, folded)
    run(BIND_LEVEL, m, GRAIN)
    if (raw) {
      p0 = folded
      p1 = folded + qUp
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

/** The first six arguments of a pass over a level: leaf, mu, and four tables. */
function level(leaf: bool, t0: usize, t1: usize, t2: usize, t3: usize): void {
  arg(0, usize(leaf))
  arg(1, MU)
  arg(2, t0)
  arg(3, t1)
  arg(4, t2)
  arg(5, t3)
}

/** q(0) and the leading coefficient of a round, to ROUND. */
function roundOf(leaf: bool, E: usize, p0: usize, p1: usize, q0: usize, q1: usize, live: u32, m: u32): void {
  level(leaf, E, p0, p1, q0)
  arg(6, q1)
  arg(7, live)
  arg(8, m)
  const parts = run(ROUND_SUMS, m, GRAIN)
  copy(ROUND, SUMS)
  copy(ROUND + 32, SUMS + 16)
  for (let s = SUMS + 32, end = SUMS + (<usize>parts << 5); s < end; s += 32) {
    kAdd(ROUND, ROUND, s)
    kAdd(ROUND + 32, ROUND + 32, s + 16)
  }
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
      const leaf = j == l - 1
      arg(0, at)
      arg(1, at + half)
      arg(2, leaf ? P : at + (half << 1))
      arg(3, leaf ? Q : at + (half << 2))
      arg(4, <usize>1 << j)
      arg(5, live)
      run(leaf ? LEAVES_UP : LEVEL_UP, 1 << j, GRAIN)
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
