import { readTable } from '../../ir/ops/elementwise.ts'
import { exponential, SOFTMAX_ONE } from '../../ir/ops/rows.ts'
import { product, realCells, space as spaceOf } from '../space.ts'
import type { AxisMap, Form, Space } from '../types.ts'
import { compose } from './compose.ts'
import type { Filling } from './fill.ts'
import { compare, kept, maximum, summed, without } from './maximum.ts'
import { interpolate } from './pwl.ts'
import { range } from './range.ts'
import { requant } from './requant.ts'
import { axesIn, int, type NodeContext, type Rule } from './rule.ts'
import { combine, constant, ids } from './view.ts'

/** The input with the rows' axis as its last one. */
function rowsOf(context: NodeContext): Form {
  const axes = axesIn(context)
  const n = axes[axes.length - 1]!
  return context.tensors.read(context.node.in[0]!, [{ n: product(axes.slice(0, -1)) }, { n, single: true }], ({ lengths }) => ({
    maps: ids(lengths.length),
    target: spaceOf(lengths),
  }))
}

/**
 * ArgMax: sel is a bit, D = D' + Σ_{i>j} sel_i = m − x_j ≥ 0 with D ≥ 1 before the chosen index, so that it is the first maximum;
 * the output Σ j·sel_j is not committed. SPEC 3.5.
 */
export const argMax: Rule = (context) => {
  const { node, section, builder, ir, tensors } = context
  const x = rowsOf(context)
  const [over] = x
  const k = over.length - 1
  const outer = without(over, k)
  const sel = range(section, ir.limb, over, 1)
  const gap = range(section, ir.limb, over, 16)
  const m = builder.segment(outer)
  const [[, chosen]] = sel.form[2] as readonly [readonly [bigint, number, AxisMap[]]]
  const later: Form = [over, [], [[1n, chosen, [...ids(k), ['suffix', k]]]]]
  const top: Form = [over, [], [[1n, m, kept(over, k)]]]
  section.lin(
    combine(over, [
      [1, gap.form],
      [1, later],
      [-1, top],
      [1, x],
    ]),
  )
  section.lin([outer, constant(-1, outer), [[1n, chosen, summed(over, k)]]])
  const bits = builder.base(sel.form)
  const below = builder.base(
    combine(over, [
      [1, top],
      [-1, x],
    ]),
  )
  section.had([over, [], [[bits, 1n]]], [over, [], [[below, 1n]]], [over, [], []])
  const index = builder.vec(over[k]![0], (j) => j, `0 to ${over[k]![0]}`)
  tensors.define(node.out, [outer, [], [[1n, chosen, summed(over, k, index)]]])
  builder.fillers.push((run) => {
    const { y, difference, first } = compare(run.int16(node.in[0]!), over, k)
    sel.fill(run, first)
    gap.fill(run, withoutLater(difference, first, over[k]![0]))
    run.put(m, y)
  })
}

/** D' = D − Σ_{i>j} sel_i. */
function withoutLater(difference: Int32Array, first: Int32Array, n: number): Int32Array {
  const out = difference.slice()
  for (let end = n; end <= out.length; end += n) {
    const chosen = first.lastIndexOf(1, end - 1)
    for (let at = end - n; at < chosen; at++) out[at]! -= 1
  }
  return out
}

/**
 * Softmax: m = max x, e = table(m − x) requantised to [0, 2^14], S = Σ e, and y the rounded quotient: 2S·y = 2^15·e + S − rem with
 * 0 ≤ rem < 2S by two range checks. SPEC 3.5.
 */
export const softmax: Rule = (context) => {
  const { node, index, section, builder, ir, tensors } = context
  const x = rowsOf(context)
  const [over] = x
  const k = over.length - 1
  const [s, table] = [int(context, 's'), int(context, 'table')]
  const { rows } = ir.tables[table]!
  const input = (run: Filling) => run.int16(node.in[0]!)
  const { difference } = maximum(context, x, k, undefined, input)
  const e = requant(section, ir.limb, over, { s, lo: 0, hi: SOFTMAX_ONE, ...context.saturation(index) })
  interpolate(context, combine(over, [[1, difference]], -32768), table, e.Z, (run) =>
    compare(input(run), over, k).difference.map((d) => d - 32768),
  )
  const S = compose(builder, e.y, [...ids(k), ['sum', -1, over[k]![0]]], over)!
  const y = range(section, ir.limb, over, 15)
  const width = 15 + over[k]![1]
  const rem = range(section, ir.limb, over, width)
  const rest = range(section, ir.limb, over, width)
  section.lin(
    combine(
      over,
      [
        [2, S],
        [-1, rem.form],
        [-1, rest.form],
      ],
      -1,
    ),
  )
  const sums = builder.base(S)
  const shares = builder.base(y.form)
  section.had(
    [over, [], [[sums, 2n]]],
    [over, [], [[shares, 1n]]],
    combine(over, [
      [2 * SOFTMAX_ONE, e.y],
      [1, S],
      [-1, rem.form],
    ]),
  )
  tensors.define(node.out, y.form)
  builder.fillers.push((run) => {
    const d = compare(input(run), over, k).difference
    e.fill(
      run,
      Float64Array.from(d, (u) => readTable(rows, u)),
    )
    const shared = divide(
      Float64Array.from(d, (u) => exponential(rows, s, u)),
      over,
    )
    y.fill(run, shared.y)
    rem.fill(run, shared.rem)
    rest.fill(run, shared.rest)
  })
}

/** Per cell: the quotient, its remainder, and 2S − 1 − remainder. */
function divide(e: Float64Array, over: Space): { y: Float64Array; rem: Float64Array; rest: Float64Array } {
  const n = over[over.length - 1]![0]
  const out = { y: new Float64Array(e.length), rem: new Float64Array(e.length), rest: new Float64Array(e.length) }
  for (let from = 0; from < realCells(over); from += n) {
    const S = e.subarray(from, from + n).reduce((a, b) => a + b)
    for (let at = from; at < from + n; at++) {
      const dividend = 2 * SOFTMAX_ONE * e[at]! + S
      out.y[at] = Math.floor(dividend / (2 * S))
      out.rem[at] = dividend - out.y[at]! * 2 * S
      out.rest[at] = 2 * S - 1 - out.rem[at]!
    }
  }
  return out
}
