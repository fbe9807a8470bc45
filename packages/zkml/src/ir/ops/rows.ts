import { badIr } from '../fail.ts'
import { requant, requantNumber } from '../rounding.ts'
import { DIRECT } from './attributes.ts'
import { readTable } from './elementwise.ts'
import { activation, type DirectRule, int16, intOf, type Run, tableOf } from './op.ts'

/** Operators over the last axis. SPEC 2.4. */

/** One of the softmax scale: e_j and y_j lie in 0..2^14. */
export const SOFTMAX_ONE = 2 ** 14

/** Longest row of a softmax; longest row of an ArgMax, whose index is an int16. */
const MAX_SOFTMAX = 1024
const MAX_ARGMAX = 32768

/** `e_j` of a softmax for `d = m − x_j`: the table's value, requantised to 0..2^14. */
export function exponential(rows: readonly (readonly [t: number, s: number])[], s: number, d: number): number {
  return requantNumber(readTable(rows, d), s, 0, SOFTMAX_ONE)
}

/** `y_j = floor((2·2^14·e_j + S) / (2S))` with `S = Σ e` and `e_j = Pwl(max x − x_j)`. The table gives exactly 2^14 at 0. */
export const softmax: DirectRule = {
  kind: 'direct',
  attributes: DIRECT.Softmax,
  inputs: [1, 1],
  weights: [0, 0],
  yields(site) {
    const axes = activation(site, 0)
    if (axes.at(-1)! > MAX_SOFTMAX) badIr(site.place, `has rows of ${axes.at(-1)}, over the limit of ${MAX_SOFTMAX}`)
    const [t] = tableOf(site).rows[0]!
    const one = requant(256n * BigInt(t), intOf(site, 's'), 0, SOFTMAX_ONE)
    if (one !== SOFTMAX_ONE) badIr(site.place, `has a table that gives ${one} at 0, not ${SOFTMAX_ONE}`)
    if (site.out.f !== 14) badIr(site.place, `has an output of scale ${site.out.f}, not 14`)
    return { axes, dt: 'i16' }
  },
  bound: () => ({ lo: 0n, hi: BigInt(SOFTMAX_ONE) }),
  evaluate(run) {
    const { rows } = tableOf(run)
    const s = intOf(run, 's')
    return overRows(run, (row, out) => {
      const max = row.reduce((a, b) => Math.max(a, b))
      const e = Array.from(row, (x) => exponential(rows, s, max - x))
      const sum = e.reduce((a, b) => a + b)
      for (const [j, value] of e.entries()) out[j] = Math.floor((2 * SOFTMAX_ONE * value + sum) / (2 * sum))
    })
  },
}

/** Smallest index among the maxima of a row. */
export const argMax: DirectRule = {
  kind: 'direct',
  attributes: DIRECT.ArgMax,
  inputs: [1, 1],
  weights: [0, 0],
  yields(site) {
    const axes = activation(site, 0)
    if (axes.at(-1)! > MAX_ARGMAX) badIr(site.place, `has rows of ${axes.at(-1)}, over the limit of ${MAX_ARGMAX}`)
    if (site.out.f !== 0) badIr(site.place, `has an output of scale ${site.out.f}, not 0`)
    return { axes: [...axes.slice(0, -1), 1], dt: 'i16' }
  },
  bound: ({ x: [tensor] }) => ({ lo: 0n, hi: BigInt(tensor!.axes.at(-1)! - 1) }),
  evaluate: (run) =>
    overRows(
      run,
      (row, out) => {
        out[0] = row.indexOf(row.reduce((a, b) => Math.max(a, b)))
      },
      1,
    ),
}

/** Calls `rule` for every row of the input with the row of `width` outputs to fill. */
function overRows(run: Run, rule: (row: Int16Array, out: Int16Array) => void, width?: number): Int16Array {
  const x = int16(run, 0)
  const length = run.x[0]!.axes.at(-1)!
  const to = width ?? length
  const rows = x.length / length
  const out = new Int16Array(rows * to)
  for (let r = 0; r < rows; r++) rule(x.subarray(r * length, (r + 1) * length), out.subarray(r * to, (r + 1) * to))
  return out
}
