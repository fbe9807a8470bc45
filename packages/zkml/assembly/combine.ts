/** Combinations of message rows and of opened columns. SPEC 6.4. */
import { arg, run } from './fork'
import { dotF } from './multilinear'
import { COMBINE, at as argument } from './passes'
import { kAdd, kAxpyF, kMul } from './k'

const T = memory.data(16, 16)

export function rowCombine(out: usize, msg: usize, cells: u32, c: u32, eq: usize, coef: usize): void {
  arg(0, out)
  arg(1, msg)
  arg(2, cells)
  arg(3, c)
  arg(4, eq)
  arg(5, coef)
  const rows = max<u32>(1, cells >> c)
  run(COMBINE, 1 << c, 32768 / rows + 1)
}
/** Arguments as of `rowCombine`; an item is a column of the messages. */
export function combineColumns(args: usize, from: u32, to: u32): void {
  const out = argument(args, 0) + (<usize>from << 4), c = <u32>argument(args, 3), coef = argument(args, 5)
  let cells = <u32>argument(args, 2)
  let eq = argument(args, 4), msg = argument(args, 1) + (<usize>from << 3)
  const k: u32 = 1 << c
  for (; cells > from; eq += 16, msg += <usize>k << 3) {
    kMul(T, eq, coef)
    kAxpyF(out, msg, T, min(cells, to) - from)
    if (cells <= k) break
    cells -= k
  }
}

export function columnCombine(out: usize, cols: usize, rows: u32, q: u32, eq: usize, coef: usize): void {
  for (; q > 0; q--, out += 16, cols += <usize>rows << 3) {
    dotF(T, eq, cols, rows)
    kMul(T, T, coef)
    kAdd(out, out, T)
  }
}
