/** Exact sums of products of 16-bit integers. SPEC 2.4 Gemm and Conv. */
import { arg, run } from './fork'
import { MATMUL, at as argument } from './passes'

/** Products that are worth a part of their own. */
const GRAIN: u32 = 524288

/**
 * A pair of products lies in [−2^31 + 2^16, 2^31]: only its greatest value does not fit 32 bits, and wraps to −2^31. Minus one everything
 * fits; the ones taken off are counted and given back.
 */
function dot(x: usize, y: usize, n: u32): i64 {
  const ones = i32x4.splat(1)
  let s = i64x2.splat(0)
  const end = x + (<usize>(n & ~7) << 1)
  for (; x < end; x += 16, y += 16) {
    const d = i32x4.sub(i32x4.dot_i16x8_s(v128.load(x), v128.load(y)), ones)
    s = i64x2.add(s, i64x2.add(i64x2.extend_low_i32x4_s(d), i64x2.extend_high_i32x4_s(d)))
  }
  let sum = i64x2.extract_lane(s, 0) + i64x2.extract_lane(s, 1) + <i64>(n >> 3 << 2)
  for (let i: u32 = n & 7; i > 0; i--, x += 2, y += 2) sum += <i64>(<i32>load<i16>(x) * <i32>load<i16>(y))
  return sum
}

export function matmulI16(y: usize, W: usize, x: usize, m: u32, nRows: u32, cols: u32): void {
  arg(0, y)
  arg(1, W)
  arg(2, x)
  arg(3, m)
  arg(4, cols)
  run(MATMUL, m * nRows, GRAIN / max<u32>(cols, 1) + 1)
}
/** Arguments: y, W, x, m, cols; an item is a sum. */
export function sumsOfProducts(args: usize, from: u32, to: u32): void {
  const W = argument(args, 1), m = <u32>argument(args, 3), cols = <u32>argument(args, 4)
  const row = <usize>cols << 1
  let y = argument(args, 0) + (<usize>from << 3)
  let x = argument(args, 2) + <usize>(from / m) * row
  for (let item = from, i = from % m; item < to; x += row, i = 0)
    for (let w = W + <usize>i * row; i < m && item < to; i++, item++, y += 8, w += row) store<i64>(y, dot(w, x, cols))
}

/** For each output position the window is copied into a row of its own, which all the channels of the group then use. */
export function convI16(y: usize, W: usize, x: usize, shape: usize, scratch: usize): void {
  const icg = load<u32>(shape), ocg = load<u32>(shape, 4), groups = load<u32>(shape, 8)
  const H = load<i32>(shape, 12), Wd = load<i32>(shape, 16), KH = load<i32>(shape, 20), KW = load<i32>(shape, 24)
  const OH = load<i32>(shape, 28), OW = load<i32>(shape, 32), sy = load<i32>(shape, 36), sx = load<i32>(shape, 40)
  const py = load<i32>(shape, 44), px = load<i32>(shape, 48), dy = <i32>load<u16>(shape, 52), dx = <i32>load<u16>(shape, 54)
  const size = icg * <u32>(KH * KW)
  const image = <usize>(H * Wd) << 1
  const plane = <usize>(OH * OW) << 3
  for (let g: u32 = 0; g < groups; g++, x += image * icg, W += (<usize>ocg * size) << 1, y += plane * ocg) {
    for (let oy = 0, at = y; oy < OH; oy++) {
      for (let ox = 0; ox < OW; ox++, at += 8) {
        let to = scratch
        let channel = x
        for (let ic: u32 = 0; ic < icg; ic++, channel += image) {
          for (let ky = 0; ky < KH; ky++) {
            const iy = oy * sy + ky * dy - py
            const row = channel + (<usize>(iy * Wd) << 1)
            for (let kx = 0; kx < KW; kx++, to += 2) {
              const ix = ox * sx + kx * dx - px
              store<i16>(to, iy >= 0 && iy < H && ix >= 0 && ix < Wd ? load<i16>(row + (<usize>ix << 1)) : 0)
            }
          }
        }
        let w = W
        let out = at
        for (let o: u32 = 0; o < ocg; o++, w += <usize>size << 1, out += plane) store<i64>(out, dot(w, scratch, size))
      }
    }
  }
}
