import type { Const, Form, Space } from '../../src/program/types.ts'
import { type Builder, over, plus, spaceOf, times } from './builder.ts'
import { longer, type Rule, weighted } from './rules.ts'
import { NeedsCopy } from './views.ts'

export const gemm: Rule = ({ ir, build, weight }, node, [x], Z, parts) => {
  const [O, K] = ir.weights[node.w[0]!]!.axes as [number, number]
  const powers = (node.a.d as number[]).map((d) => 1n << BigInt(d))
  const [nm, nk] = [O > 1 ? 1 : 0, K > 1 ? 1 : 0]
  // A map of rank 3 has its rows and columns on one axis.
  if (nk === 1 && x![0].at(-1)![0] !== K) throw new NeedsCopy('a layer over an axis that is part of another')
  const lead = x![0].slice(0, x![0].length - nk)
  const zSpace: Space = [...spaceOf(...longer([O])), ...lead]
  const to = lead.map((_, i) => i + nm)
  let z = over(Z, zSpace, nm === 1 ? [...to, 0] : to)
  const b = node.w[1]
  if (b !== undefined) z = plus(z, over(weighted(build, weight(b, longer([O])), 0, powers), zSpace, nm === 1 ? [0] : []), -1n)
  parts.linear.push(['con', weighted(build, weight(node.w[0]!, longer([O, K])), 0, powers), x!, z, 0, nm, lead.length, nk])
}

export const affine: Rule = ({ ir, build }, node, inputs, Z, parts) => {
  const space = Z[0]
  const ax = 1 + longer(ir.tensors[node.out]!.axes.slice(0, node.a.ax as number)).length
  let total = Z
  inputs.forEach((x, i) => {
    const c = (i === 0 ? node.a.c1 : node.a.c2)!
    total = plus(total, scaled(build, x, ax, typeof c === 'number' ? [BigInt(c)] : c.map(BigInt)), -1n)
  })
  const c0 = typeof node.a.c0 === 'number' ? [node.a.c0] : node.a.c0!
  const zero: Form = [space, [[1n, space.map(() => -1)]], []]
  total = plus(total, scaled(build, zero, ax, c0.map(BigInt)), -1n)
  parts.linear.push(['lin', total])
}

/** A form times a public vector along one axis. */
const scaled = (build: Builder, form: Form, ax: number, by: readonly bigint[]): Form => {
  if (by.every((value) => value === by[0])) return times(form, by[0]!)
  const terms = weighted(build, form, ax, by)
  const vec = (values: readonly bigint[]) => build.vec(values)
  const consts = form[1].map(
    ([coef, vecs]): Const => [
      coef,
      vecs.map((v, i) => (i === ax ? vec(v === -1 ? by : by.map((value, j) => value * build.vecs[v]![j]!)) : v)),
    ],
  )
  return [form[0], consts, terms[2]]
}

export const clip: Rule = (_, __, [x], Z, parts) => {
  parts.linear.push(['lin', plus(Z, x!, -1n)])
}
