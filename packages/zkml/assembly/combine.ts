/** Combinations of message rows and of opened columns. SPEC 6.4. */
import { dotF } from './multilinear'
import { kAdd, kAxpyF, kMul } from './k'

const T = memory.data(16, 16)

export function rowCombine(out: usize, msg: usize, cells: u32, c: u32, eq: usize, coef: usize): void {
  const k: u32 = 1 << c
  for (; cells > 0; eq += 16, msg += <usize>k << 3) {
    const have = min(cells, k)
    kMul(T, eq, coef)
    kAxpyF(out, msg, T, have)
    cells -= have
  }
}

export function columnCombine(out: usize, cols: usize, rows: u32, q: u32, eq: usize, coef: usize): void {
  for (; q > 0; q--, out += 16, cols += <usize>rows << 3) {
    dotF(T, eq, cols, rows)
    kMul(T, T, coef)
    kAdd(out, out, T)
  }
}
