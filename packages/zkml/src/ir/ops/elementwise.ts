import { sameAxes, splitAt } from '../axes.ts'
import { badIr } from '../fail.ts'
import { type Interval, plus, scale, union } from '../rounding.ts'
import { ACCUMULATING } from './attributes.ts'
import { type AccumulatingRule, activation, eachOf, int16, intOf, type Run, type Site, type Sums, tableOf, type Yield } from './op.ts'

/** Operators whose output has the axes of the input and reads, per cell, one cell of each input. SPEC 2.4. */

function sameAsInput(site: Site): Yield {
  return { axes: activation(site, 0), dt: 'i16' }
}

/** The accumulator of `cell(x)` for every cell. */
function perCell(run: Run, cell: (x: number) => number): Sums {
  const sums = new Float64Array(int16(run, 0))
  for (let i = 0; i < sums.length; i++) sums[i] = cell(sums[i]!)
  return { sums, inner: 1, mul: [1] }
}

/** `acc = c1·x1 + c2·x2 + c0`, each constant for all or per index of axis `ax`: sums, differences, scales, batch normalisation. */
export const affine: AccumulatingRule = {
  kind: 'accumulating',
  attributes: ACCUMULATING.Affine,
  inputs: [1, 2],
  weights: [0, 0],
  yields(site) {
    const axes = activation(site, 0)
    const length = axes[intOf(site, 'ax')]
    if (length === undefined) return badIr(site.place, `has ax outside the ${axes.length} axes of its input`)
    const two = site.x.length === 2
    if (two && !sameAxes(axes, activation(site, 1))) badIr(site.place, `adds tensors of different axes [${axes}] and [${site.x[1]!.axes}]`)
    if (two === (site.node.a.c2 === undefined)) badIr(site.place, 'has c2 without a second input, or lacks it')
    for (const key of two ? ['c1', 'c2', 'c0'] : ['c1', 'c0']) eachOf(site, key, length)
    return { axes, dt: 'i16' }
  },
  bound(site, [x1, x2]) {
    const { c1, c2, c0 } = constants(site)
    const length = Math.max(c1.length, c2.length, c0.length)
    return union(
      Array.from({ length }, (_, i) => {
        const sum = plus(scale(x1!, at(c1, i)), { lo: at(c0, i), hi: at(c0, i) })
        return x2 === undefined ? sum : plus(sum, scale(x2, at(c2, i)))
      }),
    )
  },
  evaluate(run) {
    const { c1, c2, c0 } = constants(run)
    const { length, inner } = splitAt(run.x[0]!.axes, intOf(run, 'ax'))
    const x1 = int16(run, 0)
    const x2 = run.x.length === 2 ? int16(run, 1) : undefined
    const sums = new Float64Array(x1.length)
    for (let i = 0; i < x1.length; i++) {
      const index = Math.floor(i / inner) % length
      sums[i] = of(c1, index) * x1[i]! + of(c0, index) + (x2 === undefined ? 0 : of(c2, index) * x2[i]!)
    }
    return { sums, inner: 1, mul: [1] }
  },
}

function constants(site: Site): { c1: readonly number[]; c2: readonly number[]; c0: readonly number[] } {
  const length = site.x[0]!.axes[intOf(site, 'ax')]!
  return { c1: eachOf(site, 'c1', length), c2: site.x.length === 2 ? eachOf(site, 'c2', length) : [0], c0: eachOf(site, 'c0', length) }
}

/** Constant of index `i`: lists of one hold for every index. */
function of(values: readonly number[], i: number): number {
  return values.length === 1 ? values[0]! : values[i]!
}

function at(values: readonly number[], i: number): bigint {
  return BigInt(of(values, i))
}

/** `acc = x`: clipping, Relu, a coarser scale. */
export const clip: AccumulatingRule = {
  kind: 'accumulating',
  attributes: ACCUMULATING.Clip,
  inputs: [1, 1],
  weights: [0, 0],
  yields: sameAsInput,
  bound: (_site, [x]) => x!,
  evaluate: (run) => perCell(run, (x) => x),
}

/** `acc = 2^k·max(x, 0) − α·max(−x, 0)`. The bound is the least and the largest value at the ends and at 0 between them. */
export const leakyRelu: AccumulatingRule = {
  kind: 'accumulating',
  attributes: ACCUMULATING.LeakyRelu,
  inputs: [1, 1],
  weights: [0, 0],
  yields: sameAsInput,
  bound(site, [x]) {
    const [k, alpha] = [BigInt(intOf(site, 'k')), BigInt(intOf(site, 'alpha'))]
    const ends = x!.lo < 0n && x!.hi > 0n ? [x!.lo, 0n, x!.hi] : [x!.lo, x!.hi]
    return union(ends.map((end) => (end > 0n ? end << k : alpha * end)).map((value) => ({ lo: value, hi: value })))
  },
  evaluate(run) {
    const [k, alpha] = [intOf(run, 'k'), intOf(run, 'alpha')]
    return perCell(run, (x) => (x > 0 ? x * 2 ** k : alpha * x))
  },
}

/** `acc = 256·t_i + s_i·l` for `x + 32768 = 256·i + l`: a function given by a table. */
export const pwl: AccumulatingRule = {
  kind: 'accumulating',
  attributes: ACCUMULATING.Pwl,
  inputs: [1, 1],
  weights: [0, 0],
  yields(site) {
    tableOf(site)
    return sameAsInput(site)
  },
  bound: (site) => boundOfTable(site),
  evaluate(run) {
    const { rows } = tableOf(run)
    return perCell(run, (x) => readTable(rows, x + 32768))
  },
}

/** `256·t_i + s_i·l` for u = 256·i + l in 0..65535. */
export function readTable(rows: readonly (readonly [t: number, s: number])[], u: number): number {
  const [t, s] = rows[u >> 8]!
  return 256 * t + s * (u & 255)
}

/** Least and largest value of a node's table over all rows, at l = 0 and l = 255. SPEC 2.5. */
export function boundOfTable(site: Site): Interval {
  const values = tableOf(site).rows.flatMap(([t, s]) => [256 * t, 256 * t + 255 * s])
  return { lo: BigInt(Math.min(...values)), hi: BigInt(Math.max(...values)) }
}
