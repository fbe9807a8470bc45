import type { AxisMap, Form, Space, Term } from '../../src/program/types.ts'
import { axisOf, plus, spaceOf } from './form.ts'
import { axesOf, type Rule } from './rules.ts'
import { column, counting } from './tables.ts'

/** A source of a form read through other maps. */
const mapped = (form: Form, space: Space, maps: readonly AxisMap[]): Form => [
  space,
  [],
  form[2].map(([coef, source]): Term => [coef, source, maps]),
]

/** Paths through all trees of a node, and their scores, which are outputs. SPEC 3.5. */
export const trees: Rule = (at, node, parts) => {
  const { ir, build, batch, tensors } = at
  const [roots, leaves, base] = [node.a.roots, node.a.leaves, node.a.base] as [number[], number[], number[]]
  // The axis of one score stays.
  const y = build.whole(['pub', node.out, spaceOf(batch, base.length)], spaceOf(batch, base.length))
  tensors.define(node.out, y)
  const depth = Math.max(1, node.a.depth as number)
  const N = ir.weights[node.w[0]!]!.axes[0]!
  const F = axesOf(at, node)[0]!
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
  const first = build.vec([1n, ...new Array<bigint>(depth - 1).fill(0n)])
  const back: AxisMap[] = [
    ['shift', 0, 1],
    ['id', 1],
    ['id', 2],
  ]
  const here = plus(plus([space, [[1n, [first, -1, build.vec(roots.map(BigInt))]]], []], mapped(L, space, back)), mapped(b, space, back))
  const final: AxisMap[] = [
    ['fix', depth - 1],
    ['id', 0],
    ['id', 1],
  ]
  const end = plus(mapped(L, ends, final), mapped(b, ends, final))
  const table = (n: number, weights: readonly number[], key: readonly bigint[]) => {
    const over = spaceOf(n)
    return { cols: [column(over, 0, build.vec(key)), ...weights.map((id) => at.weight(id, [n]))], space: over }
  }
  const nodes = build.table(`node ${node.out}`, () => table(N, node.w.slice(0, 3), counting(N)))
  const features = build.table(`feat ${node.out}`, () => {
    const over = [axisOf(batch), axisOf(F)]
    const x = build.whole(['pub', node.in[0]!, over], over)
    return { cols: [column(over, 0, build.vec(counting(batch))), column(over, 1, build.vec(counting(F))), x], space: over }
  })
  const scores = build.table(`leaf ${node.out}`, () => {
    const over = spaceOf(leaves.length)
    const all = at.weight(node.w[3]!, [leaves.length, base.length])
    const score = (c: number) =>
      mapped(all, over, [
        ['id', 0],
        ['fix', c],
      ])
    return { cols: [column(over, 0, build.vec(leaves.map(BigInt))), ...base.map((_, c) => score(c))], space: over }
  })
  const score = spaceOf(batch)
  base.forEach((value, c) => {
    const claimed = mapped(y, score, [
      ['id', 0],
      ['fix', c],
    ])
    const sum = mapped(v[c]!, score, [
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
