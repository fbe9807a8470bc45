import type { Ir, IrNode } from '../../src/ir/types.ts'
import type { Form, Program, Space } from '../../src/program/types.ts'
import { accumulator, type Interval, roundingOf } from './bounds.ts'
import { Builder, type NodeParts, plus, spaceOf } from './builder.ts'
import { affine, clip, gemm } from './dense.ts'
import { requant } from './requant.ts'
import { type Lowering, longer, type Rule, viewOf } from './rules.ts'
import { argMax, attention, leakyRelu, pwl, softmax, trees } from './tables.ts'
import { boundOfView, VIEWS, viewOfNode } from './views.ts'
import { averagePool, conv, maximumPool } from './windows.ts'

const RULES: Readonly<Record<string, Rule>> = {
  Gemm: gemm,
  Affine: affine,
  Clip: clip,
  Conv: conv,
  AvgPool: averagePool,
  LeakyRelu: leakyRelu,
  Pwl: pwl,
  MatMulAA: attention,
}

/**
 * The program of an integer model, written a second time from SPEC 2.4, 2.5, 3.1, 3.5 and 3.6. Not written a second time: views that
 * are copied (`NeedsCopy`).
 */
export function referenceLower(ir: Ir, weights: readonly (readonly bigint[])[], options: { batch: number; committed: boolean }): Program {
  const { batch, committed } = options
  const build = new Builder(ir.limb)
  const segments = committed ? ir.weights.map((_, id) => build.commit(weightSpace(ir, id), 1)) : []
  const weight = (id: number, lengths: readonly number[]) =>
    segments[id] ?? build.whole(['pubw', id, spaceOf(...lengths)], spaceOf(...lengths))
  const at: Lowering = { ir, build, batch, weight }
  const values = new Map<number, Form>()
  const bounds = new Map<number, Interval>()
  for (const id of ir.inputs) {
    const space = spaceOf(batch, ...viewOf(ir.tensors[id]!.axes))
    values.set(id, build.whole(['pub', id, space], space))
    bounds.set(id, [-(2n ** 15n), 2n ** 15n - 1n])
  }
  for (const node of ir.nodes) {
    const parts: NodeParts = { linear: [], products: [], lookups: [] }
    const inputs = node.in.map((id) => values.get(id)!)
    const ranges = node.in.map((id) => bounds.get(id)!)
    if (VIEWS.has(node.op)) {
      values.set(node.out, viewOfNode(ir, build, node, inputs))
      bounds.set(node.out, boundOfView(node, ranges))
    } else if (node.op === 'MaxPool') {
      values.set(node.out, maximumPool(at, node, inputs[0]!, parts))
      bounds.set(node.out, ranges[0]!)
    } else if (node.op === 'ArgMax') {
      values.set(node.out, argMax(at, node, inputs[0]!, parts))
      bounds.set(node.out, [0n, BigInt(ir.tensors[node.in[0]!]!.axes.at(-1)! - 1)])
    } else if (node.op === 'Softmax') {
      values.set(node.out, softmax(at, node, inputs[0]!, parts))
      bounds.set(node.out, [0n, 2n ** 14n])
    } else if (node.op === 'TreeEnsemble') {
      const space = spaceOf(batch, ...longer(ir.tensors[node.out]!.axes))
      trees(at, node, inputs[0]!, build.whole(['pub', node.out, space], space), parts)
    } else {
      const acc = accumulator(ir, node, ranges, committed ? undefined : weights)
      const space = spaceFor(at, node, inputs)
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
      RULES[node.op]!(at, node, inputs, Z, parts)
    }
    build.add(parts)
  }
  for (const id of ir.outputs) {
    const value = values.get(id)
    if (value) build.constraints.push(['lin', plus(value, build.whole(['pub', id, value[0]], value[0]), -1n)])
  }
  return build.program(batch)
}

/** The space of what a node commits for its output. */
function spaceFor({ ir, batch }: Lowering, { op, out }: IrNode, inputs: readonly Form[]): Space {
  const { axes } = ir.tensors[out]!
  // What works cell by cell has the space of what it reads.
  if (op === 'Conv' || op === 'AvgPool') return spaceOf(batch, ...viewOf(axes))
  return op === 'Clip' || op === 'Pwl' || op === 'LeakyRelu' ? inputs[0]![0] : spaceOf(batch, ...longer(axes))
}

/** The space of a committed weight: as the first node reads it that has it. */
function weightSpace(ir: Ir, id: number): Space {
  const { axes } = ir.weights[id]!
  const node = ir.nodes.find(({ w }) => w.includes(id))!
  if (node.op !== 'Conv') return spaceOf(...longer(axes))
  const [O, perGroup, KH, KW] = ir.weights[node.w[0]!]!.axes as [number, number, number, number]
  const group = node.a.group as number
  const outs = O / group
  const joined = group === 1 || (outs === 1 && perGroup === 1)
  const rows = joined ? longer([O]) : [group, outs]
  return spaceOf(...rows, ...(node.w[0] === id ? [...(joined ? longer([perGroup]) : [perGroup]), KH * KW] : []))
}
