/** The batching sumcheck Σ A·M over all matrices. SPEC 5 step 10; records as in src/kernels/exports/sumcheck.ts. */
import { add, mul, sub } from './f'
import { a, b, copy, fst, kAdd, kMul, kSub, put, snd } from './k'
import { dotF, dotK } from './multilinear'
import { bindK, send } from './rounds'

const RECORD: usize = 32
const T = memory.data(32, 16)
const ONE = memory.data<u64>([1, 0])
/** Per matrix (at most 4): Π (1 − ρ_j) over the rounds it waited, and the sum of A·M. */
const STATES = memory.data(32 * 4, 16)

@inline function vars(m: usize): u32 { return load<u32>(m) }
/** Cells that exist now, halved with every round. */
@inline function cells(m: usize): u32 { return load<u32>(m, 4) }
@inline function weights(m: usize): usize { return load<u32>(m, 8) }
@inline function base(m: usize): usize { return load<u32>(m, 12) }
@inline function folded(m: usize): usize { return load<u32>(m, 16) }

/** *out += Σ_{y<n} (2A[y+h] − A[y])(2M[y+h] − M[y]), where cells from `have` on are zero. M in F. */
function twoF(out: usize, A: usize, M: usize, half: u32, have: u32): void {
  const up = <usize>half << 4
  let sa: u64 = 0, sb: u64 = 0
  const both = have > half ? have - half : 0
  const n = min(have, half)
  for (let y: u32 = 0; y < n; y++, A += 16, M += 8) {
    let xa = sub(0, a(A)), xb = sub(0, b(A)), v = sub(0, load<u64>(M))
    if (y < both) {
      const ha = a(A + up), hb = b(A + up), hv = load<u64>(M + (up >> 1))
      xa = add(xa, add(ha, ha))
      xb = add(xb, add(hb, hb))
      v = add(v, add(hv, hv))
    }
    sa = add(sa, mul(xa, v))
    sb = add(sb, mul(xb, v))
  }
  put(out, sa, sb)
}
function twoK(out: usize, A: usize, M: usize, half: u32, have: u32): void {
  const up = <usize>half << 4
  let sa: u64 = 0, sb: u64 = 0
  const both = have > half ? have - half : 0
  const n = min(have, half)
  for (let y: u32 = 0; y < n; y++, A += 16, M += 16) {
    let xa = sub(0, a(A)), xb = sub(0, b(A)), ya = sub(0, a(M)), yb = sub(0, b(M))
    if (y < both) {
      const ha = a(A + up), hb = b(A + up), va = a(M + up), vb = b(M + up)
      xa = add(xa, add(ha, ha))
      xb = add(xb, add(hb, hb))
      ya = add(ya, add(va, va))
      yb = add(yb, add(vb, vb))
    }
    const aa = mul(xa, ya), bb = mul(xb, yb)
    sa = add(sa, fst(aa, bb))
    sb = add(sb, snd(xa, xb, ya, yb, aa, bb))
  }
  put(out, sa, sb)
}

/** Binds `have` cells of K at r; the missing upper ones are zero, so their partners shrink by 1 − r. */
function bindShort(out: usize, x: usize, half: u32, have: u32, r: usize): void {
  const both = have > half ? have - half : 0
  bindK(out, x, x + (<usize>half << 4), r, both)
  kSub(T, ONE, r)
  for (let y = <usize>both << 4, end = <usize>min(have, half) << 4; y < end; y += 16) kMul(out + y, x + y, T)
}
function bindShortF(out: usize, x: usize, half: u32, have: u32, r: usize): void {
  const ra = a(r), rb = b(r), za = sub(1, ra), zb = sub(0, rb)
  const up = <usize>half << 3
  const both = have > half ? have - half : 0
  const n = min(have, half)
  for (let y: u32 = 0; y < n; y++, out += 16, x += 8) {
    const v = load<u64>(x)
    if (y < both) {
      const d = sub(load<u64>(x + up), v)
      put(out, add(v, mul(d, ra)), mul(d, rb))
    } else put(out, mul(v, za), mul(v, zb))
  }
}

export function batchProve(
  st: usize, mats: usize, count: u32, V: u32, proof: usize, r: usize, values: usize, labelMsg: usize, labelChallenge: usize,
): void {
  const end = mats + <usize>count * RECORD
  for (let m = mats, s = STATES; m < end; m += RECORD, s += 32) {
    put(s, 1, 0)
    if (vars(m) < V) dotF(s + 16, weights(m), base(m), cells(m))
  }
  for (let left = V; left > 0; left--, proof += 32, r += 16) {
    memory.fill(proof, 0, 32)
    for (let m = mats, s = STATES; m < end; m += RECORD, s += 32) {
      const have = cells(m), half: u32 = 1 << (left - 1)
      if (vars(m) < left) {
        kMul(T, s, s + 16) // (1 − X)·sum
        kAdd(proof, proof, T)
        kSub(proof + 16, proof + 16, T)
        continue
      }
      const low = min(have, half)
      if (vars(m) == left) dotF(T, weights(m), base(m), low)
      else dotK(T, weights(m), folded(m), low)
      kMul(T, T, s)
      kAdd(proof, proof, T)
      if (vars(m) == left) twoF(T, weights(m), base(m), half, have)
      else twoK(T, weights(m), folded(m), half, have)
      kMul(T, T, s)
      kAdd(proof + 16, proof + 16, T)
    }
    send(st, labelMsg, labelChallenge, proof, 32, r)
    for (let m = mats, s = STATES; m < end; m += RECORD, s += 32) {
      const have = cells(m), half: u32 = 1 << (left - 1)
      if (vars(m) < left) {
        kSub(T, ONE, r)
        kMul(s, s, T)
        continue
      }
      if (vars(m) == left) bindShortF(folded(m), base(m), half, have, r)
      else bindShort(folded(m), folded(m), half, have, r)
      bindShort(weights(m), weights(m), half, have, r)
      store<u32>(m, min(have, half), 4)
    }
  }
  for (let m = mats; m < end; m += RECORD, values += 16) {
    if (cells(m) == 0) put(values, 0, 0)
    else if (vars(m)) copy(values, folded(m))
    else put(values, load<u64>(base(m)), 0)
  }
}
