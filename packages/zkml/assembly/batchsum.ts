/** The batching sumcheck Σ A·M over all matrices. SPEC 5 step 10; records as in src/kernels/exports/sumcheck.ts. */
import { add, mul, sub } from './f'
import { SUMS, arg, run } from './fork'
import { a, b, copy, fst, kAdd, kMul, kSub, put, snd } from './k'
import { dotF, dotK } from './multilinear'
import { BATCH_BIND, BATCH_SUMS, at } from './passes'
import { bindK, send } from './rounds'

const RECORD: usize = 32
/** Cells that are worth a part of their own. */
const GRAIN: u32 = 1024
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

/** *out = Σ_{y<n} (2A[y+h] − A[y])(2M[y+h] − M[y]), where the upper cells from `both` on are zero. M in F. */
function twoF(out: usize, A: usize, M: usize, half: u32, both: u32, n: u32): void {
  const up = <usize>half << 4
  let sa: u64 = 0, sb: u64 = 0
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
function twoK(out: usize, A: usize, M: usize, half: u32, both: u32, n: u32): void {
  const up = <usize>half << 4
  let sa: u64 = 0, sb: u64 = 0
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

/** Binds n cells of K at r; the upper ones from `both` on are zero, so their partners shrink by 1 − r. */
function bindShort(out: usize, x: usize, half: u32, both: u32, n: u32, r: usize): void {
  bindK(out, x, x + (<usize>half << 4), r, both)
  kSub(T, ONE, r)
  for (let y = <usize>both << 4, end = <usize>n << 4; y < end; y += 16) kMul(out + y, x + y, T)
}
function bindShortF(out: usize, x: usize, half: u32, both: u32, n: u32, r: usize): void {
  const ra = a(r), rb = b(r), za = sub(1, ra), zb = sub(0, rb)
  const up = <usize>half << 3
  for (let y: u32 = 0; y < n; y++, out += 16, x += 8) {
    const v = load<u64>(x)
    if (y < both) {
      const d = sub(load<u64>(x + up), v)
      put(out, add(v, mul(d, ra)), mul(d, rb))
    } else put(out, mul(v, za), mul(v, zb))
  }
}

/** How many of the items from … to − 1 have an upper cell. */
@inline function both(half: u32, have: u32, from: u32, to: u32): u32 {
  return max(from, min(to, have > half ? have - half : 0)) - from
}

/** Σ A·M and s(2) of a round. Arguments: whether M is F, A, M, half, cells that exist; an item is a lower cell. */
export function batchSums(args: usize, from: u32, to: u32, sums: usize): void {
  const base = at(args, 0) != 0, half = <u32>at(args, 3), k = <usize>from << 4
  const A = at(args, 1) + k, M = at(args, 2) + (base ? k >> 1 : k)
  const upper = both(half, <u32>at(args, 4), from, to), n = to - from
  if (base) {
    dotF(sums, A, M, n)
    twoF(sums + 16, A, M, half, upper, n)
  } else {
    dotK(sums, A, M, n)
    twoK(sums + 16, A, M, half, upper, n)
  }
}
/** Arguments: whether M is F, A, M, half, cells that exist, challenge, where M goes. */
export function batchBind(args: usize, from: u32, to: u32): void {
  const half = <u32>at(args, 3), k = <usize>from << 4, r = at(args, 5)
  const A = at(args, 1) + k, M = at(args, 2), out = at(args, 6) + k
  const upper = both(half, <u32>at(args, 4), from, to), n = to - from
  if (at(args, 0)) bindShortF(out, M + (k >> 1), half, upper, n, r)
  else bindShort(out, M + k, half, upper, n, r)
  bindShort(A, A, half, upper, n, r)
}
/** The first arguments of both, for a matrix with `left` unbound variables. */
function matrix(m: usize, left: u32): void {
  const first = vars(m) == left
  arg(0, usize(first))
  arg(1, weights(m))
  arg(2, first ? base(m) : folded(m))
  arg(3, <usize>1 << (left - 1))
  arg(4, cells(m))
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
      matrix(m, left)
      const parts = run(BATCH_SUMS, min(have, half), GRAIN)
      for (let sum = SUMS, stop = SUMS + (<usize>parts << 5); sum < stop; sum += 32) {
        kMul(T, sum, s)
        kAdd(proof, proof, T)
        kMul(T, sum + 16, s)
        kAdd(proof + 16, proof + 16, T)
      }
    }
    send(st, labelMsg, labelChallenge, proof, 32, r)
    for (let m = mats, s = STATES; m < end; m += RECORD, s += 32) {
      const have = cells(m), half: u32 = 1 << (left - 1)
      if (vars(m) < left) {
        kSub(T, ONE, r)
        kMul(s, s, T)
        continue
      }
      matrix(m, left)
      arg(5, r)
      arg(6, folded(m))
      run(BATCH_BIND, min(have, half), GRAIN)
      store<u32>(m, min(have, half), 4)
    }
  }
  for (let m = mats; m < end; m += RECORD, values += 16) {
    if (cells(m) == 0) put(values, 0, 0)
    else if (vars(m)) copy(values, folded(m))
    else put(values, load<u64>(base(m)), 0)
  }
}
