/**
 * Contraction vectors. For i16 weights every K value is cut into four signed 32-bit limbs, so that a product stays below 2^46 and
 * 2^16 of them can be added in 64 bits: two SIMD multiplications a weight and no reduction but at the end.
 */
import { P, add, fromSigned, mul } from './f'
import { arg, run } from './fork'
import { a, b, kAxpyF, put } from './k'
import { dotF, dotI64 } from './multilinear'
import { CONTRACT_COLUMNS, CONTRACT_ROWS, at } from './passes'

const PANEL: u32 = 2048
/** Products that are worth a part of their own. */
const GRAIN: u32 = 131072
/** For every 4 columns of a panel: 4 limbs of 4 sums of i64. */
const SUMS = memory.data(32 * 2048, 16)
/** For every 4 columns of a panel: 4 limbs of 4 i32. */
const LIMBS = memory.data(16 * 2048, 16)
const ROW = memory.data(16, 16)

/** The representative of v in [−2^63 + 2^31 − 1, 2^63 − 2^31): its halves, both signed, then fit 32 bits each. */
@inline function centred(v: u64): i64 { return v >= 0x7fffffff80000000 ? <i64>(v - P) : <i64>v }
@inline function low(v: i64): i32 { return <i32>v }
@inline function high(v: i64): i32 { return <i32>((v - <i64><i32>v) >> 32) }
@inline function join(s0: i64, s1: i64): u64 { return add(fromSigned(s0), mul(fromSigned(s1), 1 << 32)) }

function limbs(out: usize, step: usize, x: usize): void {
  const va = centred(a(x)), vb = centred(b(x))
  store<i32>(out, low(va))
  store<i32>(out + step, high(va))
  store<i32>(out + 2 * step, low(vb))
  store<i32>(out + 3 * step, high(vb))
}

function contraction(out: usize, e: usize, W: usize, rows: u32, cols: u32, stride: u32): void {
  arg(0, out)
  arg(1, e)
  arg(2, W)
  arg(3, rows)
  arg(4, cols)
  arg(5, stride)
}
export function contractRowsI16(out: usize, e: usize, W: usize, rows: u32, cols: u32, stride: u32): void {
  contraction(out, e, W, rows, cols, stride)
  run(CONTRACT_ROWS, (cols + 31) >> 5, GRAIN / 32 / max<u32>(rows, 1) + 1)
}
/** Arguments: out, e, W, rows, cols, stride; an item is 32 columns. */
export function contractRows(args: usize, from: u32, to: u32): void {
  const first = from << 5, last = min(to << 5, <u32>at(args, 4))
  const out = at(args, 0) + (<usize>first << 4), W = at(args, 2) + (<usize>first << 1)
  rowsOf(out, at(args, 1), W, <u32>at(args, 3), last - first, <u32>at(args, 5))
}
function rowsOf(out: usize, e: usize, W: usize, rows: u32, cols: u32, stride: u32): void {
  for (let from: u32 = 0; from < cols; from += PANEL) {
    const width = min(cols - from, PANEL)
    memory.fill(out + (<usize>from << 4), 0, <usize>width << 4)
    for (let r: u32 = 0; r < rows; r += 65536)
      rowsPanel(out + (<usize>from << 4), e + (<usize>r << 4), W + ((<usize>r * stride + from) << 1), min<u32>(rows - r, 65536), width, stride)
  }
}

const E8 = memory.data(16 * 8, 16)
function rowsPanel(out: usize, e: usize, W: usize, rows: u32, cols: u32, stride: u32): void {
  memory.fill(SUMS, 0, <usize>((cols + 3) >> 2) << 7)
  for (let r: u32 = 0; r < rows; r += 8) {
    const count = min<u32>(rows - r, 8)
    for (let i: usize = 0; i < count; i++) limbs(E8 + (i << 4), 4, e + ((<usize>r + i) << 4))
    rowsBlock(W + ((<usize>r * stride) << 1), count, cols, stride)
  }
  for (let k: u32 = 0; k < cols; k++) {
    const s = SUMS + (<usize>(k >> 2) << 7) + (<usize>(k & 3) << 3)
    const at = out + (<usize>k << 4)
    put(at, add(a(at), join(load<i64>(s), load<i64>(s, 32))), add(b(at), join(load<i64>(s, 64), load<i64>(s, 96))))
  }
}

function rowsBlock(W: usize, count: u32, cols: u32, stride: u32): void {
  const step = <usize>stride << 1
  const whole = cols & ~3
  for (let k: u32 = 0; k < whole; k += 4) {
    const s = SUMS + (<usize>k << 5)
    let s0 = v128.load(s), s1 = v128.load(s, 16), s2 = v128.load(s, 32), s3 = v128.load(s, 48)
    let s4 = v128.load(s, 64), s5 = v128.load(s, 80), s6 = v128.load(s, 96), s7 = v128.load(s, 112)
    let w = W + (<usize>k << 1)
    for (let e = E8, end = E8 + (<usize>count << 4); e < end; e += 16, w += step) {
      const x = v128.load16x4_s(w)
      let y = v128.load32_splat(e)
      s0 = i64x2.add(s0, i64x2.extmul_low_i32x4_s(x, y))
      s1 = i64x2.add(s1, i64x2.extmul_high_i32x4_s(x, y))
      y = v128.load32_splat(e, 4)
      s2 = i64x2.add(s2, i64x2.extmul_low_i32x4_s(x, y))
      s3 = i64x2.add(s3, i64x2.extmul_high_i32x4_s(x, y))
      y = v128.load32_splat(e, 8)
      s4 = i64x2.add(s4, i64x2.extmul_low_i32x4_s(x, y))
      s5 = i64x2.add(s5, i64x2.extmul_high_i32x4_s(x, y))
      y = v128.load32_splat(e, 12)
      s6 = i64x2.add(s6, i64x2.extmul_low_i32x4_s(x, y))
      s7 = i64x2.add(s7, i64x2.extmul_high_i32x4_s(x, y))
    }
    v128.store(s, s0)
    v128.store(s, s1, 16)
    v128.store(s, s2, 32)
    v128.store(s, s3, 48)
    v128.store(s, s4, 64)
    v128.store(s, s5, 80)
    v128.store(s, s6, 96)
    v128.store(s, s7, 112)
  }
  for (let k = whole; k < cols; k++) {
    const s = SUMS + (<usize>(k >> 2) << 7) + (<usize>(k & 3) << 3)
    let w = W + (<usize>k << 1)
    for (let e = E8, end = E8 + (<usize>count << 4); e < end; e += 16, w += step) {
      const x = <i64>load<i16>(w)
      store<i64>(s, load<i64>(s) + x * <i64>load<i32>(e))
      store<i64>(s, load<i64>(s, 32) + x * <i64>load<i32>(e, 4), 32)
      store<i64>(s, load<i64>(s, 64) + x * <i64>load<i32>(e, 8), 64)
      store<i64>(s, load<i64>(s, 96) + x * <i64>load<i32>(e, 12), 96)
    }
  }
}

export function contractColsI16(out: usize, e: usize, W: usize, rows: u32, cols: u32, stride: u32): void {
  contraction(out, e, W, rows, cols, stride)
  run(CONTRACT_COLUMNS, rows, GRAIN / max<u32>(cols, 1) + 1)
}
/** The same arguments; an item is a row. */
export function contractColumns(args: usize, from: u32, to: u32): void {
  const stride = <u32>at(args, 5)
  colsOf(at(args, 0) + (<usize>from << 4), at(args, 1), at(args, 2) + (<usize>from * stride << 1), to - from, <u32>at(args, 4), stride)
}
function colsOf(out: usize, e: usize, W: usize, rows: u32, cols: u32, stride: u32): void {
  memory.fill(out, 0, <usize>rows << 4)
  for (let from: u32 = 0; from < cols; from += PANEL) {
    const width = min(cols - from, PANEL)
    for (let k: u32 = 0; k < width; k++) limbs(LIMBS + (<usize>(k >> 2) << 6) + (<usize>(k & 3) << 2), 16, e + (<usize>(from + k) << 4))
    for (let o: u32 = 0; o < rows; o++) colsRow(out + (<usize>o << 4), W + ((<usize>o * stride + from) << 1), width)
  }
}

function colsRow(out: usize, w: usize, cols: u32): void {
  let s0 = i64x2.splat(0), s1 = s0, s2 = s0, s3 = s0
  let e = LIMBS
  for (const end = LIMBS + (<usize>(cols & ~3) << 4); e < end; e += 64, w += 8) {
    const x = v128.load16x4_s(w)
    let y = v128.load(e)
    s0 = i64x2.add(s0, i64x2.add(i64x2.extmul_low_i32x4_s(x, y), i64x2.extmul_high_i32x4_s(x, y)))
    y = v128.load(e, 16)
    s1 = i64x2.add(s1, i64x2.add(i64x2.extmul_low_i32x4_s(x, y), i64x2.extmul_high_i32x4_s(x, y)))
    y = v128.load(e, 32)
    s2 = i64x2.add(s2, i64x2.add(i64x2.extmul_low_i32x4_s(x, y), i64x2.extmul_high_i32x4_s(x, y)))
    y = v128.load(e, 48)
    s3 = i64x2.add(s3, i64x2.add(i64x2.extmul_low_i32x4_s(x, y), i64x2.extmul_high_i32x4_s(x, y)))
  }
  let t0 = pair(s0), t1 = pair(s1), t2 = pair(s2), t3 = pair(s3)
  for (let i: u32 = cols & 3; i > 0; i--, e += 4, w += 2) {
    const x = <i64>load<i16>(w)
    t0 += x * <i64>load<i32>(e)
    t1 += x * <i64>load<i32>(e, 16)
    t2 += x * <i64>load<i32>(e, 32)
    t3 += x * <i64>load<i32>(e, 48)
  }
  put(out, add(a(out), join(t0, t1)), add(b(out), join(t2, t3)))
}
@inline function pair(x: v128): i64 { return i64x2.extract_lane(x, 0) + i64x2.extract_lane(x, 1) }

export function contractRowsI64(out: usize, e: usize, W: usize, rows: u32, cols: u32, stride: u32): void {
  memory.fill(out, 0, <usize>cols << 4)
  for (let o: u32 = 0; o < rows; o++, e += 16, W += <usize>stride << 3) {
    const ea = a(e), eb = b(e)
    let at = out
    for (let w = W, end = W + (<usize>cols << 3); w < end; w += 8, at += 16) {
      const x = fromSigned(load<i64>(w))
      put(at, add(a(at), mul(ea, x)), add(b(at), mul(eb, x)))
    }
  }
}
export function contractRowsF(out: usize, e: usize, W: usize, rows: u32, cols: u32, stride: u32): void {
  memory.fill(out, 0, <usize>cols << 4)
  for (let o: u32 = 0; o < rows; o++) kAxpyF(out, W + (<usize>o * stride << 3), e + (<usize>o << 4), cols)
}
export function contractColsI64(out: usize, e: usize, W: usize, rows: u32, cols: u32, stride: u32): void {
  for (let o: u32 = 0; o < rows; o++) {
    dotI64(ROW, e, W + (<usize>o * stride << 3), cols)
    put(out + (<usize>o << 4), a(ROW), b(ROW))
  }
}
export function contractColsF(out: usize, e: usize, W: usize, rows: u32, cols: u32, stride: u32): void {
  for (let o: u32 = 0; o < rows; o++) {
    dotF(ROW, e, W + (<usize>o * stride << 3), cols)
    put(out + (<usize>o << 4), a(ROW), b(ROW))
  }
}
