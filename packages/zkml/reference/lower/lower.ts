import type { Ir, IrNode } from '../../src/ir/types.ts'
import type { AxisMap, Const, Form, Program, Space, Term } from '../../src/program/types.ts'
import { accumulator, type Interval, roundingOf } from './bounds.ts'
import { Builder, type NodeParts, over, plus, spaceOf, times } from './builder.ts'
import { requant } from './requant.ts'

/** The program of an integer model of dense layers, written a second time from SPEC 2.4, 2.5, 3.5 and 3.6. */
export function referenceLower(ir: Ir, weights: readonly (readonly bigint[])[], options: { batch: number; committed: boolean }): Program {
  const { batch, committed } = options
  const build = new Builder(ir.limb)
  const at: Lowering = { ir, build, batch, weights: committed ? undefined : weights, sources: [] }
  ir.weights.forEach(({ axes }, id) => {
    const space = spaceOf(...longer(axes))
    at.sources.push(committed ? build.commit(space, 1) : build.whole(['pubw', id, space], space))
  })
  const values = new Map<number, Form>()
  const bounds = new Map<number, Interval>()
  for (const id of ir.inputs) {
    const space = spaceOf(batch, ...longer(ir.tensors[id]!.axes))
    values.set(id, build.whole(['pub', id, space], space))
    bounds.set(id, [-(2n ** 15n), 2n ** 15n - 1n])
  }
  for (const node of ir.nodes) {
    const parts: NodeParts = { linear: [], products: [], lookups: [] }
    const acc = accumulator(
      ir,
      node,
      node.in.map((id) => bounds.get(id)!),
      at.weights,
    )
    const space = spaceOf(batch, ...longer(ir.tensors[node.out]!.axes))
    let Z: Form
    if (node.a.raw === 1) {
      Z = build.whole(['pub', node.out, space], space)
      bounds.set(node.out, acc)
    } else {
      const { rounding, out } = roundingOf(node, acc)
      const made = requant(build, space, rounding, parts)
      Z = made.acc
      values.set(node.out, made.y)
      bounds.set(node.out, out)
    }
    RULES[node.op]!(
      at,
      node,
      node.in.map((id) => values.get(id)!),
      Z,
      parts,
    )
    build.add(parts)
  }
  for (const id of ir.outputs) {
    const value = values.get(id)
    if (value) build.constraints.push(['lin', plus(value, build.whole(['pub', id, value[0]], value[0]), -1n)])
  }
  return build.program(batch)
}

/** Axes of length 1 are left out of every space; only the batch stays. SPEC 3.6. */
const longer = (axes: readonly number[]) => axes.filter((n) => n > 1)

interface Lowering {
  readonly ir: Ir
  readonly build: Builder
  readonly batch: number
  readonly weights: readonly (readonly bigint[])[] | undefined
  readonly sources: Form[]
}
type Rule = (at: Lowering, node: IrNode, inputs: readonly Form[], Z: Form, parts: NodeParts) => void

/** A form's terms with the map of one axis weighted by a vector. A vector of equal entries is an integer. SPEC 3.6. */
const weighted = (build: Builder, form: Form, ax: number, by: readonly bigint[]): Form => {
  if (by.every((value) => value === by[0])) return times(form, by[0]!)
  const vec = build.vec(by)
  const map = (one: AxisMap): AxisMap => (one[0] === 'id' && one[1] === ax ? ['wt', ax, vec] : one)
  return [form[0], form[1], form[2].map(([coef, source, maps]): Term => [coef, source, maps.map(map)])]
}

const gemm: Rule = ({ ir, build, sources }, node, [x], Z, parts) => {
  const [O, K] = ir.weights[node.w[0]!]!.axes as [number, number]
  const powers = (node.a.d as number[]).map((d) => 1n << BigInt(d))
  const [nm, nk] = [O > 1 ? 1 : 0, K > 1 ? 1 : 0]
  const lead = x![0].slice(0, x![0].length - nk)
  const zSpace: Space = [...spaceOf(...longer([O])), ...lead]
  const to = lead.map((_, i) => i + nm)
  let z = over(Z, zSpace, nm === 1 ? [...to, 0] : to)
  const b = node.w[1]
  if (b !== undefined) z = plus(z, over(weighted(build, sources[b]!, 0, powers), zSpace, nm === 1 ? [0] : []), -1n)
  parts.linear.push(['con', weighted(build, sources[node.w[0]!]!, 0, powers), x!, z, 0, nm, lead.length, nk])
}

const affine: Rule = ({ ir, build }, node, inputs, Z, parts) => {
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

const clip: Rule = (_, __, [x], Z, parts) => {
  parts.linear.push(['lin', plus(Z, x!, -1n)])
}

const RULES: Readonly<Record<string, Rule>> = { Gemm: gemm, Affine: affine, Clip: clip }
