import type { Builder } from './builder.ts'
import { cells, type Operand } from './types.ts'

/** Largest absolute value of every element of every input over the samples. */
export type Magnitudes = readonly Float64Array[]

/** Features of one group differ by at most this many bits, if not too many groups result. */
const SPREAD = 6
const MAX_GROUPS = 16

/** Room between the largest calibrated value and the end of the integer range. */
export const MARGIN = 1.5

/**
 * The nodes of one graph input. Features of very different magnitudes (an income, a share) cannot share one power-of-two scale in 16
 * bits: runs of features become inputs of the integer model of their own, each at its scale, joined again as `x / 2^e`; the factor 2^e
 * then merges into the next layer.
 */
export function inputNodes(b: Builder, source: number, shape: readonly number[], magnitudes: Float64Array | undefined): Operand {
  const groups = shape.length === 1 && magnitudes !== undefined ? groupsOf(magnitudes) : []
  if (groups.length < 2) return b.add({ kind: 'input', source, start: 0, exponent: 0 }, [], shape)
  const parts = groups.map(({ start, count, exponent }) => b.add({ kind: 'input', source, start, exponent }, [], [count]))
  const joined = b.add({ kind: 'concat', ax: 0 }, parts, shape)
  const factors = Float64Array.from(groups.flatMap(({ count, exponent }) => Array<number>(count).fill(2 ** exponent)))
  return b.affine(joined, 0, factors, new Float64Array(cells(shape)))
}

interface Group {
  start: number
  count: number
  exponent: number
}

function groupsOf(magnitudes: Float64Array): Group[] {
  const bits = Array.from(magnitudes, (m) => (m === 0 ? undefined : exponentOf(m * MARGIN)))
  for (let spread = SPREAD; ; spread++) {
    const groups = runs(bits, spread)
    if (groups.length <= MAX_GROUPS) return groups
  }
}

function runs(bits: readonly (number | undefined)[], spread: number): Group[] {
  const groups: Group[] = []
  let low = 0
  let high = 0
  for (const [i, e] of bits.entries()) {
    const last = groups.at(-1)
    if (last !== undefined && (e === undefined || Math.max(high, e) - Math.min(low, e) <= spread)) {
      last.count++
      if (e !== undefined) {
        low = Math.min(low, e)
        high = Math.max(high, e)
      }
    } else {
      groups.push({ start: i, count: 1, exponent: 0 })
      low = high = e ?? 0
    }
    groups.at(-1)!.exponent = high
  }
  return groups
}

/** Least e with |x| ≤ 2^e, for x > 0. */
function exponentOf(x: number): number {
  let e = Math.ceil(Math.log2(x)) - 2
  while (2 ** e < x) e++
  return e
}
