import type { IrNode } from '../../src/ir/types.ts'
import type { AxisMap, Form, Space, Term } from '../../src/program/types.ts'
import { bitsOf } from '../mle.ts'
import { accumulator, roundingOf } from './bounds.ts'
import { axisOf, plus, spaceOf } from './builder.ts'
import { requant } from './requant.ts'
import { type Lowering, longer, type Rule } from './rules.ts'

export const leakyRelu: Rule = ({ build }, node, [x], Z, parts) => {
  const space = Z[0]
  const m = build.range(space, 16, parts)
  const n = build.commit(space)
  const k = 1n << BigInt(node.a.k as number)
  parts.linear.push(['lin', plus(plus(x!, m, -1n), n, 2n)])
  parts.linear.push(['lin', plus(plus(Z, m, -k), n, k + BigInt(node.a.alpha as number))])
  parts.products.push(['had', build.factor(space, 0n, [m, 1n], [n, -1n]), build.factor(space, 0n, [n, 1n]), [space, [], []]])
}

const counting = (n: number) => Array.from({ length: n }, (_, i) => BigInt(i))
const column = (space: Space, ax: number, vec: number): Form => [space, [[1n, space.map((_, i) => (i === ax ? vec : -1))]], []]

export const pwl: Rule = ({ ir, build }, node, [x], Z, parts) => {
  const space = Z[0]
  const id = build.table(`pwl ${node.a.table}`, () => {
    const { rows } = ir.tables[node.a.table as number]!
    const over = spaceOf(256)
    const cols = [counting(256), rows.map(([t]) => BigInt(t)), rows.map(([, s]) => BigInt(s))].map((values) =>
      column(over, 0, build.vec(values)),
    )
    return { cols, space: over }
  })
  const [i, t, s] = [build.commit(space), build.commit(space), build.commit(space)]
  const l = build.range(space, 8, parts)
  parts.linear.push(['lin', plus(plus(plus(x!, i, -256n), l, -1n), build.constant(space, 32768n))])
  parts.products.push(['had', build.factor(space, 0n, [s, 1n]), build.factor(space, 0n, [l, 1n]), plus(Z, t, -256n)])
  parts.lookups.push(['look', id, [i, t, s]])
}

/** The index of the first maximum along the last axis, as a form over the others. */
export function argMax({ ir, build }: Lowering, node: IrNode, x: Form, parts: Parameters<Rule>[4]): Form {
  const space = x[0]
  const rows = space.slice(0, -1)
  const n = ir.tensors[node.in[0]!]!.axes.at(-1)!
  const last = rows.length
  const sel = build.range(space, 1, parts)
  const D = build.range(space, 16, parts)
  const m = build.commit(rows)
  const mapped = (form: Form, over: Space, own: AxisMap): Form => [
    over,
    [],
    form[2].map(([coef, source]): Term => [coef, source, [...rows.map((_, i): AxisMap => ['id', i]), own]]),
  ]
  const wide: Form = [space, [], m[2]]
  const suffix = mapped(sel, space, ['suffix', last])
  parts.linear.push(['lin', plus(plus(plus(D, suffix), wide, -1n), x)])
  parts.linear.push(['lin', plus(mapped(sel, rows, ['sum', -1, n]), build.constant(rows, 1n), -1n)])
  const rest = plus(wide, x, -1n)
  parts.products.push(['had', build.factor(space, 0n, [sel, 1n]), build.factor(space, 0n, [rest, 1n]), [space, [], []]])
  return mapped(sel, rows, ['sum', build.vec(counting(n)), n])
}

export const attention: Rule = ({ ir }, node, [x, z], Z, parts) => {
  const [first, second] = node.in.map((id) => ir.tensors[id]!.axes)
  const [M, K, N] = [first!.at(-2)!, first!.at(-1)!, second!.at(-2)!]
  const lead = longer(first!.slice(0, -2)).length + 1
  parts.linear.push(['con', x!, z!, Z, lead, M > 1 ? 1 : 0, N > 1 ? 1 : 0, K > 1 ? 1 : 0])
}

/** Paths through all trees of a node, and their scores, which are outputs. SPEC 3.5. */
export function trees(at: Lowering, node: IrNode, x: Form, y: Form, parts: Parameters<Rule>[4]): void {
  const { ir, build, batch } = at
  const [roots, leaves, base] = [node.a.roots, node.a.leaves, node.a.base] as [number[], number[], number[]]
  const depth = Math.max(1, node.a.depth as number)
  const N = ir.weights[node.w[0]!]!.axes[0]!
  const F = ir.tensors[node.in[0]!]!.axes[0]!
  const space = spaceOf(depth, batch, roots.length)
  const ends = spaceOf(batch, roots.length)
  const [f, t, L, value, b] = [
    build.commit(space),
    build.commit(space),
    build.commit(space),
    build.commit(space),
    build.range(space, 1, parts),
  ]
  const delta = build.range(space, 32, parts)
  const v = base.map(() => build.commit(ends))
  const through = (form: Form, over: Space, maps: readonly AxisMap[]): Form => [
    over,
    [],
    form[2].map(([coef, source]): Term => [coef, source, maps]),
  ]
  const first = build.vec([1n, ...new Array<bigint>(depth - 1).fill(0n)])
  const back: AxisMap[] = [
    ['shift', 0, 1],
    ['id', 1],
    ['id', 2],
  ]
  const here = plus(plus([space, [[1n, [first, -1, build.vec(roots.map(BigInt))]]], []], through(L, space, back)), through(b, space, back))
  const final: AxisMap[] = [
    ['fix', depth - 1],
    ['id', 0],
    ['id', 1],
  ]
  const end = plus(through(L, ends, final), through(b, ends, final))
  const table = (n: number, weights: readonly number[], key: readonly bigint[]) => {
    const over = spaceOf(n)
    return { cols: [column(over, 0, build.vec(key)), ...weights.map((id) => at.weight(id, [n]))], space: over }
  }
  const nodes = build.table(`node ${node.out}`, () => table(N, node.w.slice(0, 3), counting(N)))
  const features = build.table(`feat ${node.out}`, () => {
    const over = [axisOf(batch), axisOf(F)]
    return { cols: [column(over, 0, build.vec(counting(batch))), column(over, 1, build.vec(counting(F))), x], space: over }
  })
  const scores = build.table(`leaf ${node.out}`, () => {
    const over = spaceOf(leaves.length)
    const all = at.weight(node.w[3]!, [leaves.length, ...longer([base.length])])
    const pick = (c: number): AxisMap[] =>
      base.length > 1
        ? [
            ['id', 0],
            ['fix', c],
          ]
        : [['id', 0]]
    return { cols: [column(over, 0, build.vec(leaves.map(BigInt))), ...base.map((_, c) => through(all, over, pick(c)))], space: over }
  })
  const score = spaceOf(batch)
  base.forEach((value, c) => {
    const claimed = through(y, score, [['id', 0], ...(base.length > 1 ? [['fix', c] as AxisMap] : [])])
    const sum = through(v[c]!, score, [
      ['id', 0],
      ['sum', -1, roots.length],
    ])
    parts.linear.push(['lin', plus(plus(claimed, build.constant(score, BigInt(value)), -1n), sum, -1n)])
  })
  const C = plus(plus(delta, t, -1n), value)
  parts.products.push(['had', build.factor(space, 0n, [b, 1n]), build.factor(space, -1n, [value, 2n], [t, -2n]), C])
  parts.lookups.push(['look', nodes, [here, f, t, L]])
  parts.lookups.push(['look', features, [column(space, 1, build.vec(counting(batch))), f, value]])
  parts.lookups.push(['look', scores, [end, ...v]])
}

/** Exponentials of the distances to the largest cell, and their shares of 2^14. SPEC 3.5. */
export function softmax(at: Lowering, node: IrNode, x: Form, parts: Parameters<Rule>[4]): Form {
  const { ir, build } = at
  const space = x[0]
  const rows = space.slice(0, -1)
  const n = ir.tensors[node.out]!.axes.at(-1)!
  const lead = rows.map((_, i): AxisMap => ['id', i])
  const summed = (form: Form, over: Space): Form => [
    over,
    [],
    form[2].map(([coef, source]): Term => [coef, source, [...lead, ['sum', -1, n]]]),
  ]
  const m = build.commit(rows)
  const D = build.range(space, 16, parts)
  const sel = build.commit(space)
  parts.linear.push(['lin', plus(plus(D, [space, [], m[2]], -1n), x)])
  parts.linear.push(['lin', plus(summed(sel, rows), build.constant(rows, 1n), -1n)])
  parts.products.push(['had', build.factor(space, 0n, [sel, 1n]), build.factor(space, 0n, [D, 1n]), [space, [], []]])
  const { rounding } = roundingOf({ ...node, a: { ...node.a, lo: 0, hi: 2 ** 14 } }, accumulator(ir, { ...node, op: 'Pwl' }, [], undefined))
  const { y: e, acc } = requant(build, space, rounding, parts)
  pwl(at, node, [plus(D, build.constant(space, 32768n), -1n)], acc, parts)
  const bits = 15 + bitsOf(n)
  const [y, rem, rest] = [build.range(space, 15, parts), build.range(space, bits, parts), build.range(space, bits, parts)]
  const S = summed(e, space)
  parts.linear.push(['lin', plus(plus(plus(plus([space, [], []], S, 2n), rem, -1n), rest, -1n), build.constant(space, 1n), -1n)])
  const C = plus(plus(plus([space, [], []], e, 2n ** 15n), S), rem, -1n)
  parts.products.push(['had', build.factor(space, 0n, [S, 2n]), build.factor(space, 0n, [y, 1n]), C])
  return y
}
