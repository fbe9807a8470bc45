import { cellsOf, splitAt } from '../axes.ts'
import { badIr } from '../fail.ts'
import { union } from '../rounding.ts'
import { DIRECT } from './attributes.ts'
import { activation, type DirectRule, int16, intOf, listOf, type Run, type Site } from './op.ts'

/** Operators that move cells and compute nothing. SPEC 2.4. */

/** Length of the axis that a node names. */
function axisLength(site: Site, axes: readonly number[], key = 'ax'): number {
  const ax = intOf(site, key)
  return axes[ax] ?? badIr(site.place, `has ${key} ${ax} outside the ${axes.length} axes of its input`)
}

function withLength(site: Site, axes: readonly number[], length: number): readonly number[] {
  return axes.map((old, i) => (i === intOf(site, 'ax') ? length : old))
}

/** The same cells in the same order under other axes. */
export const reshape: DirectRule = {
  kind: 'direct',
  attributes: DIRECT.Reshape,
  inputs: [1, 1],
  weights: [0, 0],
  yields(site) {
    const axes = activation(site, 0)
    if (cellsOf(axes) !== cellsOf(site.out.axes)) badIr(site.place, `gives axes [${site.out.axes}] to the cells of [${axes}]`)
    return { axes: site.out.axes, dt: 'i16' }
  },
  bound: (_site, [x]) => x!,
  evaluate: (run) => int16(run, 0).slice(),
}

/** `out.axes[i] = x.axes[perm[i]]`. */
export const transpose: DirectRule = {
  kind: 'direct',
  attributes: DIRECT.Transpose,
  inputs: [1, 1],
  weights: [0, 0],
  yields(site) {
    const axes = activation(site, 0)
    const perm = listOf(site, 'perm', axes.length)
    if (new Set(perm).size !== axes.length || perm.some((i) => i >= axes.length)) badIr(site.place, `has perm [${perm}], not a permutation`)
    return { axes: perm.map((i) => axes[i]!), dt: 'i16' }
  },
  bound: (_site, [x]) => x!,
  evaluate(run) {
    const x = int16(run, 0)
    const axes = run.x[0]!.axes
    const strides = axes.map((_, i) => cellsOf(axes.slice(i + 1)))
    const perm = listOf(run, 'perm')
    const cells = cellsOf(axes)
    let from: number[] = [0]
    for (const i of perm) from = from.flatMap((base) => Array.from({ length: axes[i]! }, (_, j) => base + j * strides[i]!))
    return Int16Array.from(x, (_, i) => x[i - (i % cells) + from[i % cells]!]!)
  },
}

/** Inputs one after the other along `ax`. */
export const concat: DirectRule = {
  kind: 'direct',
  attributes: DIRECT.Concat,
  inputs: [1, 64],
  weights: [0, 0],
  yields(site) {
    const first = activation(site, 0)
    axisLength(site, first)
    const ax = intOf(site, 'ax')
    const lengths = site.x.map((_, i) => {
      const axes = activation(site, i, first.length)
      if (axes.some((length, j) => j !== ax && length !== first[j])) badIr(site.place, `joins axes [${axes}] to [${first}]`)
      return axes[ax]!
    })
    return {
      axes: withLength(
        site,
        first,
        lengths.reduce((a, b) => a + b),
      ),
      dt: 'i16',
    }
  },
  bound: (_site, x) => union(x),
  evaluate(run) {
    const { outer, length, inner } = splitAt(run.out.axes, intOf(run, 'ax'), run.batch)
    const out = new Int16Array(outer * length * inner)
    let to = 0
    for (let block = 0; block < outer; block++) {
      for (const [i] of run.x.entries()) {
        const x = int16(run, i)
        const size = x.length / outer
        out.set(x.subarray(block * size, (block + 1) * size), to)
        to += size
      }
    }
    return out
  },
}

/** For every index of axis `ax` of the output the index of the input that it reads, −1: the constant `value`. */
function alongAxis(run: Run, sources: readonly number[], value = 0): Int16Array {
  const x = int16(run, 0)
  const { outer, length, inner } = splitAt(run.x[0]!.axes, intOf(run, 'ax'), run.batch)
  const out = new Int16Array(outer * sources.length * inner).fill(value)
  for (let block = 0; block < outer; block++) {
    for (const [i, source] of sources.entries()) {
      const from = (block * length + source) * inner
      if (source >= 0) out.set(x.subarray(from, from + inner), (block * sources.length + i) * inner)
    }
  }
  return out
}

function range(start: number, length: number): number[] {
  return Array.from({ length }, (_, i) => start + i)
}

/** Indices `start` to `start + len − 1` of an axis. */
export const slice: DirectRule = {
  kind: 'direct',
  attributes: DIRECT.Slice,
  inputs: [1, 1],
  weights: [0, 0],
  yields(site) {
    const axes = activation(site, 0)
    const [start, len] = [intOf(site, 'start'), intOf(site, 'len')]
    if (start + len > axisLength(site, axes)) badIr(site.place, `takes ${start}..${start + len - 1} of ${axisLength(site, axes)} indices`)
    return { axes: withLength(site, axes, len), dt: 'i16' }
  },
  bound: (_site, [x]) => x!,
  evaluate: (run) => alongAxis(run, range(intOf(run, 'start'), intOf(run, 'len'))),
}

/** Index i of an axis reads index `idx[i]`. */
export const gather: DirectRule = {
  kind: 'direct',
  attributes: DIRECT.Gather,
  inputs: [1, 1],
  weights: [0, 0],
  yields(site) {
    const axes = activation(site, 0)
    const length = axisLength(site, axes)
    const idx = listOf(site, 'idx')
    const outside = idx.find((i) => i >= length)
    if (idx.length === 0) badIr(site.place, 'gathers nothing')
    if (outside !== undefined) badIr(site.place, `reads index ${outside} of an axis of ${length}`)
    return { axes: withLength(site, axes, idx.length), dt: 'i16' }
  },
  bound: (_site, [x]) => x!,
  evaluate: (run) => alongAxis(run, listOf(run, 'idx')),
}

/** `before` cells of `value` before an axis and `after` behind it. */
export const pad: DirectRule = {
  kind: 'direct',
  attributes: DIRECT.Pad,
  inputs: [1, 1],
  weights: [0, 0],
  yields(site) {
    const axes = activation(site, 0)
    const length = axisLength(site, axes) + intOf(site, 'before') + intOf(site, 'after')
    return { axes: withLength(site, axes, length), dt: 'i16' }
  },
  bound(site, [x]) {
    const value = BigInt(intOf(site, 'value'))
    return intOf(site, 'before') + intOf(site, 'after') === 0 ? x! : union([x!, { lo: value, hi: value }])
  },
  evaluate(run) {
    const { length } = splitAt(run.x[0]!.axes, intOf(run, 'ax'))
    const missing = (key: string) => Array<number>(intOf(run, key)).fill(-1)
    return alongAxis(run, [...missing('before'), ...range(0, length), ...missing('after')], intOf(run, 'value'))
  },
}
