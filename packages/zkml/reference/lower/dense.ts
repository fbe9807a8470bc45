import type { AxisMap, Form, Space } from '../../src/program/types.ts'
import { over, plus, spaceOf, times } from './form.ts'
import type { Wanted } from './groups.ts'
import { accumulatorOf } from './rounded.ts'
import { axesOf, factors, longer, product, type Rule, weighted } from './rules.ts'
import { asItIs } from './tensors.ts'

export const gemm: Rule = (at, node, parts) => {
  const { ir, build, tensors, batch, weight } = at
  const axes = axesOf(at, node)
  const [rows, O] = [axes.slice(0, -1), ir.tensors[node.out]!.axes.at(-1)!]
  let lead = 0
  const x = tensors.read(node.in[0]!, [{ n: product(rows) }, { n: axes.at(-1)! }], (found) => {
    lead = 1 + found.parts[0]!.length
    return asItIs(found)
  })
  const inner = x[0].slice(lead).map(([n]) => n)
  const outer = x[0].slice(1, lead).map(([n]) => n)
  const acc = accumulatorOf(at, node, spaceOf(batch, ...longer([...outer, O])), parts)
  const nm = O > 1 ? 1 : 0
  const W = weight(node.w[0]!, [...longer([O]), ...inner])
  const by = factors(
    build,
    (node.a.d as readonly number[]).map((d) => 1n << BigInt(d)),
  )
  const zSpace: Space = [...spaceOf(...longer([O])), ...x[0].slice(0, lead)]
  // Axes of length 1 that a view could not drop are not in what is committed.
  const to = zSpace.flatMap(([n], ax) => (ax === nm || (ax > nm && n > 1) ? [ax] : []))
  let z = over(acc, zSpace, nm === 1 ? [...to, 0] : to)
  const b = node.w[1]
  if (b !== undefined) z = plus(z, over(weighted(weight(b, longer([O])), 0, by), zSpace, nm === 1 ? [0] : []), -1n)
  parts.linear.push(['con', weighted(W, 0, by), x, z, 0, nm, lead, inner.length])
}

type Constants = number | readonly number[] | undefined
const varies = (c: Constants): c is readonly number[] => typeof c === 'object' && c.some((value) => value !== c[0])
const scalar = (c: Constants) => BigInt(typeof c === 'object' ? c[0]! : (c ?? 0))

export const affine: Rule = (at, node, parts) => {
  const { build, tensors } = at
  const { c1, c2, c0 } = node.a
  const axes = axesOf(at, node)
  const ax = node.a.ax as number
  const some = [c1, c2, c0].some(varies)
  const groups: readonly Wanted[] = some
    ? [{ n: product(axes.slice(0, ax)) }, { n: axes[ax]!, single: true }, { n: product(axes.slice(ax + 1)) }]
    : [{ n: product(axes) }]
  let space: Space = []
  let channel = -1
  const scaled = (id: number, c: Constants, wanted: readonly Wanted[], first: boolean): Form => {
    const form = tensors.read(id, wanted, (found) => {
      const [maps, target] = asItIs(found)
      if (first) {
        space = target
        channel = found.parts[1]?.[0] ?? -1
      }
      if (!varies(c)) return [maps, target]
      const vec = build.vec(c.map(BigInt))
      return [maps.map((map, i): AxisMap => (i === channel ? ['wt', i, vec] : map)), target]
    })
    return times(form, varies(c) ? -1n : -scalar(c))
  }
  const read = [scaled(node.in[0]!, c1, groups, true)]
  const exactly = space.slice(1).map(([n]): Wanted => ({ n, single: true }))
  if (node.in[1] !== undefined) read.push(scaled(node.in[1], c2, exactly, false))
  let total = accumulatorOf(at, node, space, parts)
  for (const form of read) total = plus(total, form)
  const vec = varies(c0) ? build.vec(c0.map(BigInt)) : -1
  const zero: Form = [space, [[varies(c0) ? -1n : -scalar(c0), space.map((_, i) => (i === channel && varies(c0) ? vec : -1))]], []]
  parts.linear.push(['lin', plus(total, zero)])
}

export const clip: Rule = (at, node, parts) => {
  const x = at.tensors.first(node.in[0]!)
  parts.linear.push(['lin', plus(accumulatorOf(at, node, x[0], parts), x, -1n)])
}

/** Two hidden factors or public ones: the axes that x has for the blocks and the sum, z has, too. */
export const attention: Rule = (at, node, parts) => {
  const [first, second] = [axesOf(at, node, 0), axesOf(at, node, 1)]
  const read = (id: number, wanted: readonly Wanted[]): [Form, readonly number[]] => {
    let counts: readonly number[] = []
    const form = at.tensors.read(id, wanted, (found) => {
      counts = found.parts.map(({ length }) => length)
      return asItIs(found)
    })
    return [form, counts]
  }
  const [x, counts] = read(node.in[0]!, [{ n: product(first.slice(0, -2)) }, { n: first.at(-2)! }, { n: first.at(-1)! }])
  const [a, m, k] = counts as [number, number, number]
  const lengths = x[0].map(([length]) => length)
  const [A, M, K] = [lengths.slice(1, 1 + a), lengths.slice(1 + a, 1 + a + m), lengths.slice(1 + a + m)]
  const exactly = (axes: readonly number[]) => axes.map((n): Wanted => ({ n, single: true }))
  const [z, others] = read(node.in[1]!, [...exactly(A), { n: second.at(-2)! }, ...exactly(K)])
  const n = others[a]!
  const N = z[0].slice(1 + a, 1 + a + n).map(([length]) => length)
  const acc = accumulatorOf(at, node, spaceOf(at.batch, ...longer([...A, ...M, ...N])), parts)
  const zSpace = spaceOf(at.batch, ...A, ...M, ...N)
  const to = zSpace.flatMap(([length], ax) => (ax === 0 || length > 1 ? [ax] : []))
  parts.linear.push(['con', x, z, over(acc, zSpace, to), 1 + a, m, n, k])
}
