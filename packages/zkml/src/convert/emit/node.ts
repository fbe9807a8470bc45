import { exp, sigmoid, tanh } from '../../ir/tables/fixed.ts'
import { pwlTable, softmaxTable } from '../../ir/tables/table.ts'
import type { Attributes } from '../../ir/types.ts'
import { unsupported } from '../errors.ts'
import { around } from '../real/layout.ts'
import type { RealNode, RealOp, WindowShape } from '../real/types.ts'
import { multipliers } from './constants.ts'
import { quantiseDense } from './dense.ts'
import { refuseInfinite } from './finite.ts'
import type { IrBuilder } from './model.ts'
import { emitTrees } from './trees.ts'

/** What one node is made from. `x(i)`: the tensor of operand i, with the operand's axes or those given. */
export interface Site {
  readonly model: IrBuilder
  readonly node: RealNode
  readonly raw: boolean
  readonly f: number
  /** Bits of weights that may be given up for a shift that is cheaper to prove. */
  readonly thrift: number
  readonly x: (i: number, axes?: readonly number[]) => number
}

const MAX_SHIFT = 40
const FUNCTIONS = { sigmoid, tanh } as const

/** Adds the integer node of a real node; gives the tensor it defines. */
export function emitNode(site: Site): number {
  const { model, node, f } = site
  const { op, shape } = node
  refuseInfinite(node)
  switch (op.kind) {
    case 'input':
      return model.input(shape, 'i16', clampScale(site, f - op.exponent))
    case 'keys':
      return model.input(shape, 'i32', 0)
    case 'gemm':
      return dense(site, 'Gemm', op, [op.O, op.K], {})
    case 'conv': {
      const perGroup = node.inputs[0]!.shape[0]! / op.group
      return dense(site, 'Conv', op, [op.O, perGroup, ...op.window.kernel], { group: op.group, ...geometry(op.window) })
    }
    case 'affine':
      return affine(site, op)
    case 'clip':
      return accumulate(site, 'Clip', [site.x(0)], fOf(site, 0), {})
    case 'leaky':
      return leaky(site, op.alpha)
    case 'avgpool': {
      const term = multipliers([{ c: [op.weight], f: fOf(site, 0) }], least(site), most(site))
      return accumulate(site, 'AvgPool', [site.x(0)], term.acc, {
        kernel: op.window.kernel,
        ...geometry(op.window),
        c: term.constants[0]![0]!,
      })
    }
    case 'matmul':
      return accumulate(site, 'MatMulAA', [site.x(0), site.x(1)], fOf(site, 0) + fOf(site, 1), {})
    case 'pwl': {
      const fx = fOf(site, 0)
      const g = site.raw ? 22 : f
      const table = model.table(`${op.fn}:${fx}:${g}`, (id) => pwlTable(id, FUNCTIONS[op.fn], fx, g))
      return accumulate(site, 'Pwl', [site.x(0)], g + 8, { table })
    }
    case 'softmax': {
      const fx = fOf(site, 0)
      const table = model.table(`softmax:${fx}`, (id) => softmaxTable(id, exp, fx, 14))
      return model.node('Softmax', [site.x(0)], shape, 'i16', 14, { table, s: 8 })
    }
    case 'maxpool':
      return model.node('MaxPool', [site.x(0)], shape, 'i16', f, { kernel: op.window.kernel, ...geometry(op.window) })
    case 'argmax':
      return model.node('ArgMax', [site.x(0)], shape, 'i16', 0, {})
    case 'transpose':
      return model.node('Transpose', [site.x(0)], shape, 'i16', f, { perm: op.perm })
    case 'concat':
      return model.node(
        'Concat',
        node.inputs.map((_, i) => site.x(i)),
        shape,
        'i16',
        f,
        { ax: op.ax },
      )
    case 'gather':
      return gather(site, op)
    case 'pad': {
      const value = Math.floor(op.value * 2 ** f + 0.5)
      return model.node('Pad', [site.x(0)], shape, 'i16', f, { ax: op.ax, before: op.before, after: op.after, value })
    }
    case 'tree':
      return emitTrees(site, op.trees)
  }
}

function geometry({ stride, pad, dil }: WindowShape): Attributes {
  return { stride, pad, dil }
}

/** Scale of operand i. */
function fOf({ model, x }: Site, i: number): number {
  return model.tensors[x(i)]!.f
}

/** Bounds of an accumulator's scale: a shift of 0 to 40 must lead to the output's scale; a raw output's scale is at most 40. */
function least({ raw, f }: Site): number {
  return raw ? -MAX_SHIFT : f
}

function most({ raw, f }: Site): number {
  return raw ? MAX_SHIFT : f + MAX_SHIFT
}

function clampScale({ node }: Site, f: number): number {
  if (f < -40 || f > 40) throw unsupported(node.from.op, node.from.node, `values whose scale would be 2^${-f}`)
  return f
}

/** An accumulating node: requantised to the node's scale and bounds, or raw. */
function accumulate(site: Site, op: string, inputs: readonly number[], acc: number, a: Attributes, w: readonly number[] = []): number {
  const { model, node, raw, f } = site
  if (raw) return model.node(op, inputs, node.shape, 'i64', clampScale(site, acc), { ...a, raw: 1 }, w)
  const s = acc - f
  if (s < 0 || s > MAX_SHIFT)
    throw unsupported(node.from.op, node.from.node, `a result so much ${s < 0 ? 'smaller' : 'larger'} than its terms cannot be scaled`)
  const bound = (v: number | undefined, otherwise: number): number =>
    v === undefined ? otherwise : Math.min(Math.max(Math.floor(v * 2 ** f + 0.5), -32768), 32767)
  const lo = Math.min(bound(node.lo, -32768), 0)
  const hi = Math.max(bound(node.hi, 32767), 0)
  if (lo === hi) throw unsupported(node.from.op, node.from.node, 'bounds that leave nothing but 0')
  return model.node(op, inputs, node.shape, 'i16', f, { ...a, s, lo, hi }, w)
}

function dense(site: Site, name: string, op: Extract<RealOp, { kind: 'gemm' | 'conv' }>, axes: readonly number[], a: Attributes): number {
  const x = site.x(0)
  const q = quantiseDense(op.W, op.b, op.O, fOf(site, 0), {
    least: least(site),
    most: most(site),
    ...(site.raw ? {} : { thrift: site.thrift }),
  })
  const w = [site.model.weight(axes, 'i16', q.f, q.W)]
  if (q.b.some((v) => v !== 0n))
    w.push(
      site.model.weight(
        [op.O],
        'i64',
        q.f.map((f) => f + fOf(site, 0)),
        q.b,
      ),
    )
  return accumulate(site, name, [x], q.acc, { ...a, d: q.d }, w)
}

/** Constants along one axis; uniform ones as one number. */
function affine(site: Site, op: Extract<RealOp, { kind: 'affine' }>): number {
  const { node } = site
  const [, n] = around(node.inputs[0]!.shape, op.ax)
  const axes = node.inputs[0]!.shape
  const tensors = node.inputs.map((_, i) => site.x(i, axes))
  const f = tensors.map((id) => site.model.tensors[id]!.f)
  const terms = [{ c: op.c1, f: f[0]! }, ...(op.c2 === undefined ? [] : [{ c: op.c2, f: f[1]! }])]
  const { acc, constants } = multipliers(terms, least(site) === -MAX_SHIFT ? Math.max(...f) : least(site), most(site))
  const c0 = Array.from(op.c0, (v) => Math.floor(v * 2 ** acc + 0.5) + 0)
  if (c0.some((v) => Math.abs(v) > 2 ** 47)) throw unsupported(node.from.op, node.from.node, 'a constant too large beside the values')
  const one = (values: readonly number[]): number | readonly number[] =>
    values.length !== n || values.every((v) => v === values[0]) ? values[0]! : values
  const a = { ax: op.ax, c1: one(constants[0]!), c0: one(c0), ...(constants[1] === undefined ? {} : { c2: one(constants[1]) }) }
  const out = accumulate({ ...site, node: { ...node, shape: axes } }, 'Affine', tensors, acc, a)
  return site.model.tensors[out]!.dt === 'i64' ? out : site.model.as(out, node.shape)
}

function leaky(site: Site, alpha: number): number {
  const fx = fOf(site, 0)
  const { acc, constants } = multipliers([{ c: [1, alpha], f: fx }], Math.max(fx, least(site)), Math.min(fx + 30, most(site)))
  return accumulate(site, 'LeakyRelu', [site.x(0)], acc, { k: acc - fx, alpha: constants[0]![1]! })
}

function gather(site: Site, op: Extract<RealOp, { kind: 'gather' }>): number {
  const { model, node, f } = site
  const start = op.idx[0]!
  const run = op.idx.every((at, i) => at === start + i)
  const a: Attributes = run ? { ax: op.ax, start, len: op.idx.length } : { ax: op.ax, idx: op.idx }
  return model.node(run ? 'Slice' : 'Gather', [site.x(0)], node.shape, 'i16', f, a)
}
