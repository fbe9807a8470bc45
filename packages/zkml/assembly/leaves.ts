/** Leaves of the fraction tree. SPEC 4.2. */
import { add, mul, neg, sub } from './f'
import { arg, run } from './fork'
import { a, b, put } from './k'
import { LEAF_CELLS, at as argument } from './passes'

export function leafPad(P: usize, Q: usize, n: u32): void {
  for (let i: u32 = 0; i < n; i++) {
    store<u64>(P + (<usize>i << 3), 0)
    put(Q + (<usize>i << 4), 1, 0)
  }
}

/** Whether the outer axes (all but the last) are inside their real lengths, for the index of their concatenation. */
function inside(axes: usize, nAxes: u32, outer: u32): bool {
  for (let i = nAxes - 1; i > 0; i--) {
    const axis = axes + (<usize>(i - 1) << 4)
    const bits = load<u32>(axis, 8)
    if ((outer & ((1 << bits) - 1)) >= load<u32>(axis, 4)) return false
    outer >>= bits
  }
  return true
}

export function leafFill(P: usize, Q: usize, axes: usize, nAxes: u32, base: usize, betas: usize, cols: usize, nCols: u32, mult: usize): void {
  let bits: u32 = 0
  for (let i: u32 = 0; i < nAxes; i++) bits += load<u32>(axes + (<usize>i << 4), 8)
  const inner = nAxes ? load<u32>(axes + (<usize>(nAxes - 1) << 4), 8) : 0
  arg(0, P)
  arg(1, Q)
  arg(2, axes)
  arg(3, nAxes)
  arg(4, base)
  arg(5, betas)
  arg(6, cols)
  arg(7, nCols)
  arg(8, mult)
  run(LEAF_CELLS, 1 << (bits - inner), (4096 >> inner) + 1)
}
/** The same arguments; an item is a line along the last axis. */
export function leafCells(args: usize, from: u32, to: u32): void {
  const P = argument(args, 0), Q = argument(args, 1), axes = argument(args, 2), base = argument(args, 4)
  const betas = argument(args, 5), cols = argument(args, 6), mult = argument(args, 8)
  const nAxes = <u32>argument(args, 3), nCols = <u32>argument(args, 7)
  const last = axes + (<usize>(nAxes - 1) << 4)
  const bits = nAxes ? load<u32>(last, 8) : 0
  const real = nAxes ? load<u32>(last, 4) : 1
  const ba = a(base), bb = b(base)
  for (let cell = from << bits, outer = from; outer < to; outer++) {
    const end = cell + (<u32>1 << bits)
    for (const stop = cell + (nAxes == 0 || inside(axes, nAxes, outer) ? real : 0); cell < stop; cell++) {
      const at = <usize>cell << 3
      let qa = ba, qb = bb
      for (let i: u32 = 0; i < nCols; i++) {
        const v = load<u64>(load<u32>(cols + (<usize>i << 2)) + at)
        const beta = betas + (<usize>i << 4)
        qa = sub(qa, mul(a(beta), v))
        qb = sub(qb, mul(b(beta), v))
      }
      put(Q + (at << 1), qa, qb)
      store<u64>(P + at, mult ? neg(load<u64>(mult + at)) : 1)
    }
    for (; cell < end; cell++) {
      put(Q + (<usize>cell << 4), ba, bb)
      store<u64>(P + (<usize>cell << 3), 0)
    }
  }
}
