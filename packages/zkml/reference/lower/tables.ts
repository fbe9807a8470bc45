import type { AxisMap, Form, Space, Term } from '../../src/program/types.ts'
import { bitsOf } from '../mle.ts'
import type { NodeParts } from './builder.ts'
import { over, plus, spaceOf } from './form.ts'
import { maximum, summed } from './pools.ts'
import { requant } from './requant.ts'
import { accumulatorOf } from './rounded.ts'
import { axesOf, type Lowering, product, type Rule } from './rules.ts'
import { asItIs } from './tensors.ts'

export const leakyRelu: Rule = (at, node, parts) => {
  const { build, tensors } = at
  const x = tensors.first(node.in[0]!)
  const space = x[0]
  const Z = accumulatorOf(at, node, space, parts)
  const m = build.range(space, 16, parts)
  const n = build.commit(space)
  const k = 1n << BigInt(node.a.k as number)
  parts.linear.push(['lin', plus(plus(x, m, -1n), n, 2n)])
  parts.linear.push(['lin', plus(plus(Z, m, -k), n, k + BigInt(node.a.alpha as number))])
  parts.products.push(['had', build.factor(space, 0n, [m, 1n], [n, -1n]), build.factor(space, 0n, [n, 1n]), [space, [], []]])
}

export const counting = (n: number) => Array.from({ length: n }, (_, i) => BigInt(i))
/** A public vector along one axis. */
export const column = (space: Space, ax: number, vec: number): Form => [space, [[1n, space.map((_, i) => (i === ax ? vec : -1))]], []]

/** Ties x to a row of the table and what is left, and the accumulator Z to both. SPEC 3.5, Pwl. */
function interpolate({ ir, build }: Lowering, table: number, x: Form, Z: Form, parts: NodeParts): void {
  const space = x[0]
  const [i, t, s] = [build.commit(space), build.commit(space), build.commit(space)]
  const id = build.table(`pwl ${table}`, () => {
    const { rows } = ir.tables[table]!
    const all = spaceOf(256)
    const columns = [counting(256), rows.map(([value]) => BigInt(value)), rows.map(([, slope]) => BigInt(slope))]
    return { cols: columns.map((values) => column(all, 0, build.vec(values))), space: all }
  })
  parts.lookups.push(['look', id, [i, t, s]])
  const l = build.range(space, 8, parts)
  parts.linear.push(['lin', plus(plus(plus(x, i, -256n), l, -1n), build.constant(space, 32768n))])
  parts.products.push(['had', build.factor(space, 0n, [s, 1n]), build.factor(space, 0n, [l, 1n]), plus(Z, t, -256n)])
}

export const pwl: Rule = (at, node, parts) => {
  const x = at.tensors.first(node.in[0]!)
  interpolate(at, node.a.table as number, x, accumulatorOf(at, node, x[0], parts), parts)
}

/** The input as rows × n. */
const rowsOf = (at: Lowering, node: Parameters<Rule>[1]): Form => {
  const axes = axesOf(at, node)
  return at.tensors.read(node.in[0]!, [{ n: product(axes.slice(0, -1)) }, { n: axes.at(-1)!, single: true }], asItIs)
}

/** The index of the first maximum of each row, as a form over the rows. */
export const argMax: Rule = (at, node, parts) => {
  const { build, tensors } = at
  const x = rowsOf(at, node)
  const space = x[0]
  const last = space.length - 1
  const rows = space.slice(0, -1)
  const sel = build.range(space, 1, parts)
  const D = build.range(space, 16, parts)
  const m = build.commit(rows)
  const ids = rows.map((_, i): AxisMap => ['id', i])
  const suffix: Form = [space, [], sel[2].map(([coef, source]): Term => [coef, source, [...ids, ['suffix', last]]])]
  const top = over(
    m,
    space,
    rows.map((_, i) => i),
  )
  parts.linear.push(['lin', plus(plus(plus(D, suffix), top, -1n), x)])
  parts.linear.push(['lin', plus(summed(sel, last), build.constant(rows, 1n), -1n)])
  const below = plus(top, x, -1n)
  parts.products.push(['had', build.factor(space, 0n, [sel, 1n]), build.factor(space, 0n, [below, 1n]), [space, [], []]])
  const n = space[last]![0]
  tensors.define(node.out, summed(sel, last, build.derived(`counting ${n}`, n, BigInt)))
}

/** Exponentials of the distances to the largest cell, and their shares of 2^14. SPEC 3.5. */
export const softmax: Rule = (at, node, parts) => {
  const { build, tensors, rounding } = at
  const x = rowsOf(at, node)
  const space = x[0]
  const last = space.length - 1
  const { D } = maximum(build, x, last, undefined, parts)
  const { y: e, acc } = requant(build, space, rounding!, parts)
  interpolate(at, node.a.table as number, plus(D, build.constant(space, 32768n), -1n), acc, parts)
  const bits = 15 + bitsOf(space[last]![0])
  const [y, rem, rest] = [build.range(space, 15, parts), build.range(space, bits, parts), build.range(space, bits, parts)]
  // The sum of a row, at each of its cells.
  const S: Form = [space, [], summed(e, last)[2]]
  const two = plus([space, [], []] as Form, S, 2n)
  parts.linear.push(['lin', plus(plus(plus(two, rem, -1n), rest, -1n), build.constant(space, 1n), -1n)])
  const C = plus(plus(plus([space, [], []] as Form, e, 2n ** 15n), S), rem, -1n)
  parts.products.push(['had', build.factor(space, 0n, [S, 2n]), build.factor(space, 0n, [y, 1n]), C])
  tensors.define(node.out, y)
}
