/** The main sumcheck. SPEC 5 steps 5 and 6; records as in src/kernels/exports/sumcheck.ts. */
import { add, mul, sub } from './f'
import { SUMS, arg, run } from './fork'
import { a, b, fst, kAdd, kMul, kSub, put, snd } from './k'
import { BIND_BOTH, WEIGHTED, at } from './passes'
import { bindK, eqOne, eqSmall, quadratic23, send } from './rounds'

const RECORD: usize = 64
/** Cells that are worth a part of their own. */
const GRAIN: u32 = 1024
const ROUND = memory.data(48, 16)
const T = memory.data(16 * 4, 16)
const ONE = memory.data<u64>([1, 0])

@inline function vars(i: usize): u32 { return load<u32>(i) }
@inline function eqVars(i: usize): u32 { return load<u32>(i, 4) }
@inline function tableA(i: usize): usize { return load<u32>(i, 8) }
@inline function tableB(i: usize): usize { return load<u32>(i, 12) }
@inline function suffix(i: usize, bits: u32): usize { return load<u32>(i, 16) + (<usize>16 << bits) }
@inline function coordinates(i: usize): usize { return load<u32>(i, 20) }
@inline function coef(i: usize): usize { return i + 32 }
@inline function total(i: usize): usize { return i + 48 }

/** *out = Σ_g E[g]·Σ_{y in block g} A·B over 2^bits blocks of 2^inner cells; with lead > 0 of the differences A[y + lead] − A[y]. */
function weighted(out: usize, E: usize, bits: u32, inner: u32, A: usize, B: usize, lead: usize): void {
  arg(0, E)
  arg(1, A)
  arg(2, B)
  arg(3, lead)
  // A single block is cut inside: its one weight is that of each of its cells' sums.
  arg(4, bits == 0 ? 0 : <usize>1 << inner)
  const parts = bits == 0 ? run(WEIGHTED, 1 << inner, GRAIN) : run(WEIGHTED, 1 << bits, (GRAIN >> inner) + 1)
  put(out, 0, 0)
  for (let s = SUMS, end = SUMS + (<usize>parts << 5); s < end; s += 32) kAdd(out, out, s)
}
/** Arguments: E, A, B, lead, cells of a block; an item is a block, or with 0 a cell of the only one. */
export function weightedPart(args: usize, from: u32, to: u32, sums: usize): void {
  const size = at(args, 4)
  const first = <usize>from * (size ? size : 1) << 4, E = at(args, 0) + (size ? <usize>from << 4 : 0)
  weightedBlocks(sums, E, size ? to - from : 1, (size ? size : <usize>(to - from)) << 4, at(args, 1) + first, at(args, 2) + first, at(args, 3))
}
function weightedBlocks(out: usize, E: usize, n: u32, block: usize, A: usize, B: usize, lead: usize): void {
  let sa: u64 = 0, sb: u64 = 0
  for (const end = E + (<usize>n << 4); E < end; E += 16) {
    let ta: u64 = 0, tb: u64 = 0
    for (const stop = A + block; A < stop; A += 16, B += 16) {
      let xa = a(A), xb = b(A), ya = a(B), yb = b(B)
      if (lead) {
        xa = sub(a(A + lead), xa)
        xb = sub(b(A + lead), xb)
        ya = sub(a(B + lead), ya)
        yb = sub(b(B + lead), yb)
      }
      const aa = mul(xa, ya), bb = mul(xb, yb)
      ta = add(ta, fst(aa, bb))
      tb = add(tb, snd(xa, xb, ya, yb, aa, bb))
    }
    const ea = a(E), eb = b(E)
    const cc = mul(ta, ea), dd = mul(tb, eb)
    sa = add(sa, fst(cc, dd))
    sb = add(sb, snd(ta, tb, ea, eb, cc, dd))
  }
  put(out, sa, sb)
}

export function instanceSums(out: usize, inst: usize, count: u32): void {
  put(T + 16, 0, 0)
  for (; count > 0; count--, inst += RECORD) {
    const e = eqVars(inst)
    weighted(total(inst), e ? suffix(inst, e) : ONE, e, vars(inst) - e, tableA(inst), tableB(inst), 0)
    kMul(T, total(inst), coef(inst))
    kAdd(T + 16, T + 16, T)
  }
  put(out, a(T + 16), b(T + 16))
}

/** Adds coef·s(0), coef·s(2), coef·s(3) of an instance that has started; `left` variables are unbound. */
function active(inst: usize, left: u32, proof: usize): void {
  const v = vars(inst), e = eqVars(inst), done = v - left
  const A = tableA(inst), B = tableB(inst)
  const half = <usize>8 << left
  if (done < e) {
    const bits = e - done - 1
    const E = suffix(inst, bits)
    weighted(ROUND, E, bits, v - e, A, B, 0)
    weighted(ROUND + 16, E, bits, v - e, A + half, B + half, 0)
    weighted(ROUND + 32, E, bits, v - e, A, B, half)
  } else {
    weighted(ROUND, ONE, 0, left - 1, A, B, 0)
    weighted(ROUND + 16, ONE, 0, left - 1, A + half, B + half, 0)
    weighted(ROUND + 32, ONE, 0, left - 1, A, B, half)
  }
  quadratic23(ROUND + 16, ROUND + 32, ROUND)
  for (let i: usize = 0; i < 3; i++) {
    if (done < e) {
      eqSmall(T, coordinates(inst) + (<usize>done << 4), i == 0 ? 0 : <u64>i + 1)
      kMul(ROUND + (i << 4), ROUND + (i << 4), T)
    }
    kMul(T, ROUND + (i << 4), coef(inst))
    kAdd(proof + (i << 4), proof + (i << 4), T)
  }
}

/** Adds (1 − X)·coef·sum of an instance that waits. */
function waiting(inst: usize, proof: usize): void {
  kMul(T, coef(inst), total(inst))
  kAdd(proof, proof, T)
  kSub(proof + 16, proof + 16, T)
  kAdd(T, T, T)
  kSub(proof + 32, proof + 32, T)
}

/** Arguments: A, B, half, challenge; an item is a lower cell. */
export function bindBoth(args: usize, from: u32, to: u32): void {
  const k = <usize>from << 4, up = at(args, 2) << 4, r = at(args, 3)
  const A = at(args, 0) + k, B = at(args, 1) + k
  bindK(A, A, A + up, r, to - from)
  bindK(B, B, B + up, r, to - from)
}

export function mainProve(st: usize, inst: usize, count: u32, V: u32, proof: usize, r: usize, labelMsg: usize, labelChallenge: usize): void {
  const end = inst + <usize>count * RECORD
  for (let left = V; left > 0; left--, proof += 48, r += 16) {
    memory.fill(proof, 0, 48)
    for (let i = inst; i < end; i += RECORD) {
      if (vars(i) >= left) active(i, left, proof)
      else waiting(i, proof)
    }
    send(st, labelMsg, labelChallenge, proof, 48, r)
    for (let i = inst; i < end; i += RECORD) {
      if (vars(i) < left) kSub(T, ONE, r)
      else {
        const half: u32 = 1 << (left - 1), done = vars(i) - left
        arg(0, tableA(i))
        arg(1, tableB(i))
        arg(2, half)
        arg(3, r)
        run(BIND_BOTH, half, GRAIN)
        if (done >= eqVars(i)) continue
        eqOne(T, coordinates(i) + (<usize>done << 4), r)
      }
      kMul(coef(i), coef(i), T)
    }
  }
}
