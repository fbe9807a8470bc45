/** Windows of convolutions and pools as vectors over the map that they read (SPEC 3.3, gather), and gathers of K values. */
import { a, b, fst, put, snd } from './k'
import { add, mul } from './f'

@inline function addProduct(out: usize, xa: u64, xb: u64, ya: u64, yb: u64): void {
  const aa = mul(xa, ya), bb = mul(xb, yb)
  const s = snd(xa, xb, ya, yb, aa, bb)
  put(out, add(a(out), fst(aa, bb)), add(b(out), s))
}

/** win: H, W, KH, KW, OH, OW, sy, sx, py, px, dy, dx. */
export function windowTap(out: usize, e: usize, win: usize, tap: u32, coef: usize): void {
  const H = load<i32>(win), W = load<i32>(win, 4), KW = load<u32>(win, 12), OH = load<i32>(win, 16), OW = load<i32>(win, 20)
  const sy = load<i32>(win, 24), sx = load<i32>(win, 28)
  const y0 = <i32>(tap / KW) * load<i32>(win, 40) - load<i32>(win, 32)
  const x0 = <i32>(tap % KW) * load<i32>(win, 44) - load<i32>(win, 36)
  const ca = a(coef), cb = b(coef)
  const one = ca == 1 && cb == 0
  for (let oy: i32 = 0; oy < OH; oy++) {
    const y = oy * sy + y0
    if (y < 0 || y >= H) continue
    let from = e + (<usize>(oy * OW) << 4)
    for (let ox: i32 = 0, x = x0; ox < OW; ox++, x += sx, from += 16) {
      if (x < 0 || x >= W) continue
      const to = out + (<usize>(y * W + x) << 4)
      if (one) put(to, add(a(to), a(from)), add(b(to), b(from)))
      else addProduct(to, ca, cb, a(from), b(from))
    }
  }
}

export function kGatherAxpy(out: usize, src: usize, idx: usize, coef: usize, n: u32): void {
  const ca = a(coef), cb = b(coef)
  for (const end = out + (<usize>n << 4); out < end; out += 16, idx += 4) {
    const i = load<u32>(idx)
    if (i == 0xffffffff) continue
    const from = src + (<usize>i << 4)
    addProduct(out, ca, cb, a(from), b(from))
  }
}

/** out[r·P + o] = src[r·length + cell that the tap reads for output o], 0 outside. T: the type of a cell. */
@inline function windowCells<T>(out: usize, src: usize, win: usize, tap: u32, rows: u32, length: u32): void {
  const H = load<i32>(win), W = load<i32>(win, 4), KW = load<u32>(win, 12), OH = load<i32>(win, 16), OW = load<i32>(win, 20)
  const sy = load<i32>(win, 24), sx = load<i32>(win, 28)
  const y0 = <i32>(tap / KW) * load<i32>(win, 40) - load<i32>(win, 32)
  const x0 = <i32>(tap % KW) * load<i32>(win, 44) - load<i32>(win, 36)
  for (; rows > 0; rows--, src += <usize>length * sizeof<T>()) {
    for (let oy: i32 = 0; oy < OH; oy++) {
      const y = oy * sy + y0
      const inside = y >= 0 && y < H
      const line = src + <usize>(y * W) * sizeof<T>()
      for (let ox: i32 = 0, x = x0; ox < OW; ox++, x += sx, out += sizeof<T>())
        store<T>(out, inside && x >= 0 && x < W ? load<T>(line + <usize>x * sizeof<T>()) : 0)
    }
  }
}
export function windowCells16(out: usize, src: usize, win: usize, tap: u32, rows: u32, length: u32): void {
  windowCells<i16>(out, src, win, tap, rows, length)
}
export function windowCells64(out: usize, src: usize, win: usize, tap: u32, rows: u32, length: u32): void {
  windowCells<i64>(out, src, win, tap, rows, length)
}
