/** Tables of eq and what is evaluated with them. SPEC 1.3, 1.4. */
import { add, fromSigned, mul, mul2, mul7, mulHigh, reduce129, sub } from './f'
import { arg, run } from './fork'
import { a, b, copy, fst, kAdd, kAxpy, kMul, kSub, put, snd } from './k'
import { AXPY, SPLIT, TENSOR_ADD, at as argument } from './passes'

const ONE = memory.data<u64>([1, 0])
const T = memory.data(16 * 6, 16)
/** Values that are worth a part of their own. */
const GRAIN: u32 = 4096

/** hi[x] = lo[x]·r and lo[x] −= hi[x], for n values. */
@inline function split(out: usize, lo: usize, hi: usize, r: usize, n: u32): void {
  const ra = a(r), rb = b(r), r7 = mul7(rb)
  for (let i: usize = 0; i < (<usize>n << 4); i += 16) {
    const xa = a(lo + i), xb = b(lo + i)
    const ha = mul2(xa, ra, xb, r7), hb = mul2(xa, rb, xb, ra)
    put(hi + i, ha, hb)
    put(out + i, sub(xa, ha), sub(xb, hb))
  }
}

export function eqTable(out: usize, r: usize, v: u32): void {
  put(out, 1, 0)
  for (let i = v, n: u32 = 1; i > 0; i--, n <<= 1) split(out, out, out + (<usize>n << 4), r + (<usize>(i - 1) << 4), n)
}

export function eqPyramid(out: usize, r: usize, v: u32): void {
  let level = out + 16
  put(level, 1, 0)
  for (let i = v, n: u32 = 1; i > 0; i--, n <<= 1) {
    const next = level + (<usize>n << 4)
    arg(0, next)
    arg(1, level)
    arg(2, next + (<usize>n << 4))
    arg(3, r + (<usize>(i - 1) << 4))
    run(SPLIT, n, GRAIN)
    level = next
  }
}

/** Arguments: out, lo, hi, r. */
export function splitPart(args: usize, from: u32, to: u32): void {
  const k = <usize>from << 4
  split(argument(args, 0) + k, argument(args, 1) + k, argument(args, 2) + k, argument(args, 3), to - from)
}

/** out += coef·x, n values of K. */
export function axpy(out: usize, x: usize, coef: usize, n: u32): void {
  arg(0, out)
  arg(1, x)
  arg(2, coef)
  run(AXPY, n, GRAIN)
}
/** Arguments: out, x, coef. */
export function axpyPart(args: usize, from: u32, to: u32): void {
  const k = <usize>from << 4
  kAxpy(argument(args, 0) + k, argument(args, 1) + k, argument(args, 2), to - from)
}

/** T0 = (1−r)(1−s), T1 = r·s. */
function factors(r: usize, s: usize): void {
  kMul(T + 16, r, s)
  kSub(T, T + 16, r)
  kSub(T, T, s)
  kAdd(T, T, ONE)
}

export function eqPoint(out: usize, r: usize, s: usize, v: u32): void {
  copy(T + 32, ONE)
  for (; v > 0; v--, r += 16, s += 16) {
    factors(r, s)
    kAdd(T, T, T + 16)
    kMul(T + 32, T + 32, T)
  }
  copy(out, T + 32)
}

export function eqlt(out: usize, r: usize, s: usize, bits: u32, n: u32): void {
  if (<u64>n == (<u64>1) << bits) return eqPoint(out, r, s, bits)
  const equal = T + 32, less = T + 48
  copy(equal, ONE)
  put(less, 0, 0)
  for (let t = bits; t > 0; t--, n >>= 1) {
    const at = <usize>(t - 1) << 4
    factors(r + at, s + at)
    if (n & 1) {
      kMul(less, T + 16, less)
      kMul(T + 64, T, equal)
      kAdd(less, less, T + 64)
    } else kMul(less, T, less)
    kAdd(T, T, T + 16)
    kMul(equal, equal, T)
  }
  copy(out, less)
}

export function onelt(out: usize, r: usize, bits: u32, n: u32): void {
  if (<u64>n == (<u64>1) << bits) return copy(out, ONE)
  const less = T + 48
  put(less, 0, 0)
  for (let t = bits; t > 0; t--, n >>= 1) {
    const o = r + (<usize>(t - 1) << 4)
    kSub(T, ONE, o)
    if (n & 1) {
      kMul(less, o, less)
      kAdd(less, less, T)
    } else kMul(less, T, less)
  }
  copy(out, less)
}

/** Products are added as 128-bit numbers, with a count of the overflows, and reduced once. */
export function dotF(out: usize, x: usize, y: usize, n: u32): void {
  let al: u64 = 0, ah: u64 = 0, ao: u64 = 0, bl: u64 = 0, bh: u64 = 0, bo: u64 = 0
  for (const end = x + (<usize>n << 4); x < end; x += 16, y += 8) {
    const v = load<u64>(y), xa = a(x), xb = b(x)
    const p = xa * v, q = xb * v
    al += p
    const g = mulHigh(xa, v) + u64(al < p)
    ah += g
    ao += u64(ah < g)
    bl += q
    const h = mulHigh(xb, v) + u64(bl < q)
    bh += h
    bo += u64(bh < h)
  }
  put(out, reduce129(al, ah, ao), reduce129(bl, bh, bo))
}
/** The same with the three sums of a product in K: xa·ya, xb·yb, xa·yb + xb·ya. */
export function dotK(out: usize, x: usize, y: usize, n: u32): void {
  let al: u64 = 0, ah: u64 = 0, ao: u64 = 0, bl: u64 = 0, bh: u64 = 0, bo: u64 = 0, cl: u64 = 0, ch: u64 = 0, co: u64 = 0
  for (const end = x + (<usize>n << 4); x < end; x += 16, y += 16) {
    const xa = a(x), xb = b(x), ya = a(y), yb = b(y)
    const p = xa * ya, q = xb * yb, r = xa * yb, s = xb * ya
    al += p
    let g = mulHigh(xa, ya) + u64(al < p)
    ah += g
    ao += u64(ah < g)
    bl += q
    g = mulHigh(xb, yb) + u64(bl < q)
    bh += g
    bo += u64(bh < g)
    cl += r
    g = mulHigh(xa, yb) + u64(cl < r)
    ch += g
    co += u64(ch < g)
    cl += s
    g = mulHigh(xb, ya) + u64(cl < s)
    ch += g
    co += u64(ch < g)
  }
  put(out, fst(reduce129(al, ah, ao), reduce129(bl, bh, bo)), reduce129(cl, ch, co))
}
export function dotI64(out: usize, x: usize, y: usize, n: u32): void {
  let sa: u64 = 0, sb: u64 = 0
  for (const end = x + (<usize>n << 4); x < end; x += 16, y += 8) {
    const v = fromSigned(load<i64>(y))
    sa = add(sa, mul(a(x), v))
    sb = add(sb, mul(b(x), v))
  }
  put(out, sa, sb)
}
export function dotI32(out: usize, x: usize, y: usize, n: u32): void {
  let sa: u64 = 0, sb: u64 = 0
  for (const end = x + (<usize>n << 4); x < end; x += 16, y += 4) {
    const v = fromSigned(<i64>load<i32>(y))
    sa = add(sa, mul(a(x), v))
    sb = add(sb, mul(b(x), v))
  }
  put(out, sa, sb)
}
/** Lazy: halves below 2^32 times 16 bits stay below 2^47, so that 2^16 of them fit a signed 64-bit sum. */
export function dotI16(out: usize, x: usize, y: usize, n: u32): void {
  let sa: u64 = 0, sb: u64 = 0
  while (n > 0) {
    const take = min<u32>(n, 65536)
    let a0: i64 = 0, a1: i64 = 0, b0: i64 = 0, b1: i64 = 0
    for (const end = x + (<usize>take << 4); x < end; x += 16, y += 2) {
      const v = <i64>load<i16>(y)
      a0 += <i64>load<u32>(x) * v
      a1 += <i64>load<u32>(x, 4) * v
      b0 += <i64>load<u32>(x, 8) * v
      b1 += <i64>load<u32>(x, 12) * v
    }
    sa = add(sa, add(fromSigned(a0), mul(fromSigned(a1), 1 << 32)))
    sb = add(sb, add(fromSigned(b0), mul(fromSigned(b1), 1 << 32)))
    n -= take
  }
  put(out, sa, sb)
}
export function sumK(out: usize, x: usize, n: u32): void {
  let sa: u64 = 0, sb: u64 = 0
  for (const end = x + (<usize>n << 4); x < end; x += 16) {
    sa = add(sa, a(x))
    sb = add(sb, b(x))
  }
  put(out, sa, sb)
}

/** eq of the low and of the high coordinates, 2^13 values each: a point of 26 coordinates needs no larger table. */
const LOW_BITS: u32 = 13
const LOW = memory.data(16 << 13, 16)
const HIGH = memory.data(16 << 13, 16)
const M = memory.data(32, 16)

type Dot = (out: usize, x: usize, y: usize, n: u32) => void
function mle(out: usize, table: usize, n: u32, r: usize, v: u32, log: u32, dot: Dot): void {
  const low = min(v, LOW_BITS)
  eqTable(HIGH, r, v - low)
  eqTable(LOW, r + (<usize>(v - low) << 4), low)
  put(M, 0, 0)
  const block: u32 = 1 << low
  for (let high = HIGH; n > 0; high += 16) {
    const take = min(n, block)
    dot(M + 16, LOW, table, take)
    kMul(M + 16, M + 16, high)
    kAdd(M, M, M + 16)
    table += <usize>take << log
    n -= take
  }
  copy(out, M)
}
export function mleK(out: usize, table: usize, n: u32, r: usize, v: u32): void { mle(out, table, n, r, v, 4, dotK) }
export function mleF(out: usize, table: usize, n: u32, r: usize, v: u32): void { mle(out, table, n, r, v, 3, dotF) }
export function mleI64(out: usize, table: usize, n: u32, r: usize, v: u32): void { mle(out, table, n, r, v, 3, dotI64) }
export function mleI32(out: usize, table: usize, n: u32, r: usize, v: u32): void { mle(out, table, n, r, v, 2, dotI32) }
export function mleI16(out: usize, table: usize, n: u32, r: usize, v: u32): void { mle(out, table, n, r, v, 1, dotI16) }

/** Products of the outer axes' entries, one slot per axis, at most 64. */
const SLOTS = memory.data(16 * 65, 16)

export function tensorAdd(out: usize, axes: usize, nAxes: u32, coef: usize): void {
  if (nAxes == 0) return kAdd(out, out, coef)
  let inner: u32 = 0
  for (let i: u32 = 1; i < nAxes; i++) inner += load<u32>(axes + (<usize>i << 4), 8)
  arg(0, out)
  arg(1, axes)
  arg(2, nAxes)
  arg(3, coef)
  arg(4, inner)
  run(TENSOR_ADD, load<u32>(axes, 4), (GRAIN >> inner) + 1)
}
/** Arguments: out, axes, number of axes, coef, bits of all axes but the first; an item is an index of the first. */
export function tensorPart(args: usize, from: u32, to: u32): void {
  const axes = argument(args, 1), coef = argument(args, 3), inner = <u32>argument(args, 4)
  const vec = load<u32>(axes), left = <u32>argument(args, 2) - 1
  let out = argument(args, 0) + (<usize>from << (inner + 4))
  if (left == 0 && vec) return kAxpy(out, vec + (<usize>from << 4), coef, to - from)
  for (let i = from; i < to; i++, out += <usize>16 << inner) {
    if (vec) kMul(SLOTS, coef, vec + (<usize>i << 4))
    else copy(SLOTS, coef)
    if (left == 0) kAdd(out, out, SLOTS)
    else tensorAxis(out, axes + 16, left, inner, SLOTS)
  }
}
function tensorAxis(out: usize, axes: usize, left: u32, bits: u32, coef: usize): void {
  const vec = load<u32>(axes)
  const n = load<u32>(axes, 4)
  bits -= load<u32>(axes, 8)
  if (left == 1) {
    if (vec) return kAxpy(out, vec, coef, n)
    for (let i: u32 = 0; i < n; i++) kAdd(out + (<usize>i << 4), out + (<usize>i << 4), coef)
    return
  }
  for (let i: u32 = 0; i < n; i++) {
    if (vec) kMul(coef + 16, coef, vec + (<usize>i << 4))
    else copy(coef + 16, coef)
    tensorAxis(out + (<usize>i << (bits + 4)), axes + 16, left - 1, bits, coef + 16)
  }
}
