import { cellsOf } from '../axes.ts'
import { checkIr } from '../check.ts'
import type { OpName } from '../ops/attributes.ts'
import { OP_NAMES } from '../ops/registry.ts'
import { exp, sigmoid } from '../tables/fixed.ts'
import { pwlTable, softmaxTable } from '../tables/table.ts'
import type { Attributes, Dt, IntArray, Ir, IrNode, IrTensor, PwlTable, WeightMeta } from '../types.ts'
import { type Random, randomOf } from './random.testkit.ts'
import { randomTrees } from './trees.testkit.ts'

/** A valid model with weights, and inputs for any batch. */
export interface RandomModel {
  readonly seed: number
  readonly ir: Ir
  readonly weights: readonly IntArray[]
  inputs(batch: number): IntArray[]
}

export interface RandomOptions {
  /** Operators to choose from. Default: all. */
  readonly ops?: readonly OpName[]
  /** Most nodes. Default 6. */
  readonly nodes?: number
  /** Longest axis of an input. Default 9. */
  readonly maxAxis?: number
  /** Keeps the bounds also of every other weight, so that the weights may be committed. Default false. */
  readonly committed?: boolean
}

/** Tables of every random model: 0 sigmoid, 1 a table of random values, 2 the exponential of a softmax. */
const SIGMOID = pwlTable(0, sigmoid, 12, 14)
const EXPONENTIAL = softmaxTable(2, exp, 8, 14)

/** A random valid model: shapes 1…9, all paddings, strides and dilations, all operators. The same seed gives the same model. */
export function randomModel(seed: number, options: RandomOptions = {}): RandomModel {
  const builder = new Builder(randomOf(seed), options)
  builder.start()
  const steps = builder.random.int(1, options.nodes ?? 6)
  for (let tries = 0; builder.nodes.length < steps && tries < 200; tries++) builder.step()
  const { random } = builder
  const ir = builder.finish()
  checkIr(ir)
  return {
    seed,
    ir,
    weights: builder.values,
    inputs: (batch) =>
      ir.inputs.map((id) => {
        const { axes, dt } = ir.tensors[id]!
        const length = batch * cellsOf(axes)
        if (dt === 'i32') return Int32Array.from({ length }, () => random.int(-20, 20))
        return Int16Array.from({ length }, () => random.value())
      }),
  }
}

interface Geometry extends Attributes {
  readonly stride: readonly number[]
  readonly pad: readonly number[]
  readonly dil: readonly number[]
}

class Builder {
  readonly random: Random
  readonly ops: readonly OpName[]
  readonly maxAxis: number
  readonly committed: boolean
  readonly inputs: number[] = []
  readonly tensors: IrTensor[] = []
  readonly nodes: IrNode[] = []
  readonly metas: WeightMeta[] = []
  readonly values: IntArray[] = []
  readonly tables: PwlTable[]

  constructor(random: Random, { ops = OP_NAMES, maxAxis = 9, committed = false }: RandomOptions) {
    this.random = random
    this.ops = ops
    this.maxAxis = maxAxis
    this.committed = committed
    const rows = Array.from({ length: 256 }, (): [number, number] => [random.int(-1e6, 1e6), random.int(-1e5, 1e5)])
    this.tables = [SIGMOID, { id: 1, kind: 'pwl', rows }, EXPONENTIAL]
  }

  start(): void {
    const { random } = this
    if (!this.ops.every((op) => op === 'TreeEnsemble')) {
      const rank = random.pick([1, 2, 3, 3, 3, 4])
      this.inputs.push(this.tensor(random.list(rank, 1, rank === 4 ? Math.min(4, this.maxAxis) : this.maxAxis), 'i16'))
      if (random.chance(0.2)) this.inputs.push(this.tensor(this.tensors[0]!.axes, 'i16'))
    }
    if (this.ops.includes('TreeEnsemble') && (this.ops.length < OP_NAMES.length || random.chance(0.2))) {
      this.inputs.push(this.tensor([random.int(1, this.maxAxis)], 'i32'))
    }
  }

  /** Tries to add one node; adds nothing where the operator does not fit the tensor chosen. */
  step(): void {
    const op = this.random.pick(this.ops)
    const wanted = op === 'TreeEnsemble' ? 'i32' : 'i16'
    const candidates = this.tensors.filter(({ dt }) => dt === wanted)
    // Mostly the newest tensor, so that models are deep and not only wide.
    const x = this.random.chance(0.7) ? candidates.at(-1) : candidates[this.random.int(0, candidates.length - 1)]
    if (x !== undefined) this[op](x)
  }

  finish(): Ir {
    const { random, tensors, nodes } = this
    const ends = tensors.filter(({ id, dt }) => dt === 'i64' || (!this.inputs.includes(id) && nodes.every((node) => !node.in.includes(id))))
    const outputs = ends.map(({ id }) => id)
    const others = nodes.map(({ out }) => out).filter((id) => !outputs.includes(id))
    if (others.length > 0 && random.chance(0.3)) outputs.push(random.pick(others))
    const { inputs, metas: weights, tables } = this
    return { v: 1, name: 'random', inputs, outputs, nodes, tensors, weights, tables, limb: random.pick([8, 16] as const) }
  }

  private tensor(axes: readonly number[], dt: Dt, f = 0): number {
    return this.tensors.push({ id: this.tensors.length, axes, dt, f }) - 1
  }

  private weight(axes: readonly number[], dt: Dt, value: () => number): number {
    const length = cellsOf(axes)
    const array =
      dt === 'i16'
        ? Int16Array.from({ length }, value)
        : dt === 'i32'
          ? Int32Array.from({ length }, value)
          : BigInt64Array.from({ length }, () => BigInt(value()))
    this.values.push(array)
    return this.metas.push({ id: this.metas.length, axes, dt, f: 0 }) - 1
  }

  /** Adds a node whose accumulator has about `bits` bits: requantised so that most values survive, or raw. */
  private accumulating(op: OpName, x: readonly number[], w: readonly number[], axes: readonly number[], a: Attributes, bits: number): void {
    const { random } = this
    if (random.chance(0.12)) {
      this.nodes.push({ op, in: x, w, a: { ...a, raw: 1 }, out: this.tensor(axes, 'i64') })
      return
    }
    const [lo, hi] = random.pick([
      [-32768, 32767],
      [-32768, 32767],
      [0, 32767],
      [0, 32767],
      [-100, 500],
      [-1, 0],
      [0, random.int(1, 32767)],
      [-random.int(1, 32768), 0],
    ] as const)
    const s = random.chance(0.15) ? random.int(0, 40) : Math.min(40, Math.max(0, bits - random.int(12, 16)))
    this.nodes.push({ op, in: x, w, a: { ...a, s, lo, hi }, out: this.tensor(axes, 'i16') })
  }

  private direct(op: OpName, x: readonly number[], axes: readonly number[], a: Attributes, f = 0): void {
    if (axes.length <= 6 && cellsOf(axes) <= 4096) this.nodes.push({ op, in: x, w: [], a, out: this.tensor(axes, 'i16', f) })
  }

  /** Another tensor with the same axes as `x`, or `x` itself. */
  private partner(x: IrTensor): number {
    return this.random.pick(this.tensors.filter(({ axes, dt }) => dt === 'i16' && String(axes) === String(x.axes))).id
  }

  private bias(outputs: number): number[] {
    const most = 2 ** this.random.pick([30, 30, 35])
    return this.random.chance(0.7) ? [this.weight([outputs], 'i64', () => this.random.int(-most, most))] : []
  }

  /** Powers of two of the outputs: mostly none, sometimes so large that sums leave the exact range of float64. */
  private powers(outputs: number): { d: readonly number[]; bits: number } {
    const most = this.random.pick([0, 0, 3, this.committed ? 8 : 20])
    return { d: this.random.list(outputs, 0, most), bits: most }
  }

  private Gemm({ id, axes }: IrTensor): void {
    const outputs = this.random.int(1, 9)
    const w = [this.weight([outputs, axes.at(-1)!], 'i16', () => this.random.value()), ...this.bias(outputs)]
    const { d, bits } = this.powers(outputs)
    this.accumulating('Gemm', [id], w, [...axes.slice(0, -1), outputs], { d }, 31 + bits)
  }

  /** Geometry of a window over `[H, W]`, and the axes of its output; `undefined` if the window is longer than the input. */
  private window(lengths: readonly number[], kernel: readonly number[]): { geometry: Geometry; out: readonly number[] } | undefined {
    const { random } = this
    const pad = random.chance(0.5) ? [0, 0, 0, 0] : random.list(4, 0, 3)
    const geometry = { stride: random.list(2, 1, 3), pad, dil: random.chance(0.7) ? [1, 1] : random.list(2, 1, 3) }
    const rooms = lengths.map((length, i) => length + pad[i]! + pad[i + 2]! - (kernel[i]! - 1) * geometry.dil[i]! - 1)
    return rooms.every((room) => room >= 0)
      ? { geometry, out: rooms.map((room, i) => Math.floor(room / geometry.stride[i]!) + 1) }
      : undefined
  }

  private Conv({ id, axes }: IrTensor): void {
    if (axes.length !== 3) return
    const { random } = this
    const group = random.pick([1, 1, 1, axes[0]!])
    const outputs = group * random.int(1, group === 1 ? 5 : 2)
    const kernel = random.list(2, 1, 4)
    const window = this.window(axes.slice(1), kernel)
    if (!window) return
    const w = [this.weight([outputs, axes[0]! / group, ...kernel], 'i16', () => random.value()), ...this.bias(outputs)]
    const { d, bits } = this.powers(outputs)
    this.accumulating('Conv', [id], w, [outputs, ...window.out], { group, ...window.geometry, d }, 32 + bits)
  }

  private MatMulAA(x: IrTensor): void {
    if (x.axes.length < 2) return
    const z = this.partner(x)
    this.accumulating('MatMulAA', [x.id, z], [], [...x.axes.slice(0, -1), x.axes.at(-2)!], {}, 31)
  }

  private Affine(x: IrTensor): void {
    const { random } = this
    const ax = random.int(0, x.axes.length - 1)
    const bits = random.int(1, 30)
    const each = (min: number, max: number) => (random.chance(0.5) ? random.int(min, max) : random.list(x.axes[ax]!, min, max))
    const a = { ax, c1: each(-(2 ** bits), 2 ** bits), c0: each(-(2 ** (bits + 14)), 2 ** (bits + 14)) }
    if (random.chance(0.5)) this.accumulating('Affine', [x.id], [], x.axes, a, bits + 15)
    else this.accumulating('Affine', [x.id, this.partner(x)], [], x.axes, { ...a, c2: each(-(2 ** bits), 2 ** bits) }, bits + 16)
  }

  private Clip({ id, axes }: IrTensor): void {
    this.accumulating('Clip', [id], [], axes, {}, 15)
  }

  private LeakyRelu({ id, axes }: IrTensor): void {
    const k = this.random.int(0, 30)
    this.accumulating('LeakyRelu', [id], [], axes, { k, alpha: this.random.int(-(2 ** k), 2 ** k) }, k + 15)
  }

  private AvgPool({ id, axes }: IrTensor): void {
    if (axes.length !== 3) return
    const kernel = this.random.chance(0.3) ? axes.slice(1) : this.random.list(2, 1, 4)
    const window = this.window(axes.slice(1), kernel)
    const c = this.random.int(1, 2 ** 20)
    if (window) this.accumulating('AvgPool', [id], [], [axes[0]!, ...window.out], { kernel, ...window.geometry, c }, 37)
  }

  private MaxPool({ id, axes }: IrTensor): void {
    if (axes.length !== 3) return
    const kernel = this.random.chance(0.3) ? axes.slice(1) : this.random.list(2, 1, 4)
    const window = this.window(axes.slice(1), kernel)
    if (!window) return
    const { stride, pad, dil } = window.geometry
    const real = [0, 1].every((i) => {
      const length = axes[i + 1]!
      return dil[i]! <= length && Math.ceil(pad[i]! / dil[i]!) < kernel[i]! && (window.out[i]! - 1) * stride[i]! - pad[i]! < length
    })
    if (real) this.direct('MaxPool', [id], [axes[0]!, ...window.out], { kernel, ...window.geometry })
  }

  private Pwl({ id, axes }: IrTensor): void {
    this.accumulating('Pwl', [id], [], axes, { table: this.random.int(0, 2) }, 22)
  }

  private Softmax({ id, axes }: IrTensor): void {
    this.direct('Softmax', [id], axes, { table: 2, s: 8 }, 14)
  }

  private ArgMax({ id, axes }: IrTensor): void {
    this.direct('ArgMax', [id], [...axes.slice(0, -1), 1], {})
  }

  private Reshape({ id, axes }: IrTensor): void {
    const cells = cellsOf(axes)
    const divisors = Array.from({ length: Math.min(cells, 16) }, (_, i) => i + 1).filter((n) => cells % n === 0)
    const first = this.random.pick(divisors)
    const rest = this.random.pick(divisors.filter((n) => (cells / first) % n === 0))
    this.direct('Reshape', [id], this.random.pick([[cells], [first, cells / first], [first, rest, cells / first / rest], [...axes]]), {})
  }

  private Transpose({ id, axes }: IrTensor): void {
    const perm = axes.map((_, i) => i)
    for (let i = perm.length - 1; i > 0; i--) {
      const j = this.random.int(0, i)
      ;[perm[i], perm[j]] = [perm[j]!, perm[i]!]
    }
    this.direct(
      'Transpose',
      [id],
      perm.map((i) => axes[i]!),
      { perm },
    )
  }

  private Concat(x: IrTensor): void {
    const ax = this.random.int(0, x.axes.length - 1)
    const fits = this.tensors.filter(
      ({ axes, dt }) => dt === 'i16' && axes.length === x.axes.length && axes.every((n, i) => i === ax || n === x.axes[i]),
    )
    const parts = [x, ...Array.from({ length: this.random.int(0, 2) }, () => this.random.pick(fits))]
    const length = parts.reduce((sum, { axes }) => sum + axes[ax]!, 0)
    this.direct(
      'Concat',
      parts.map(({ id }) => id),
      x.axes.map((n, i) => (i === ax ? length : n)),
      { ax },
    )
  }

  private Slice({ id, axes }: IrTensor): void {
    const ax = this.random.int(0, axes.length - 1)
    const start = this.random.int(0, axes[ax]! - 1)
    const len = this.random.int(1, axes[ax]! - start)
    this.direct(
      'Slice',
      [id],
      axes.map((n, i) => (i === ax ? len : n)),
      { ax, start, len },
    )
  }

  private Gather({ id, axes }: IrTensor): void {
    const ax = this.random.int(0, axes.length - 1)
    const idx = this.random.list(this.random.int(1, 9), 0, axes[ax]! - 1)
    this.direct(
      'Gather',
      [id],
      axes.map((n, i) => (i === ax ? idx.length : n)),
      { ax, idx },
    )
  }

  private Pad({ id, axes }: IrTensor): void {
    const ax = this.random.int(0, axes.length - 1)
    const [before, after] = [this.random.int(0, 3), this.random.int(0, 3)]
    const value = this.random.chance(0.5) ? 0 : this.random.value()
    this.direct(
      'Pad',
      [id],
      axes.map((n, i) => (i === ax ? before + n + after : n)),
      { ax, before, after, value },
    )
  }

  private TreeEnsemble({ id, axes }: IrTensor): void {
    const { random } = this
    const { roots, leaves, depth, f, thr, left } = randomTrees(random, axes[0]!)
    const scores = random.int(1, 3)
    const column = (values: readonly number[]) => {
      let at = 0
      return () => values[at++]!
    }
    const w = [
      this.weight([f.length], 'i16', column(f)),
      this.weight([f.length], 'i32', column(thr)),
      this.weight([f.length], 'i32', column(left)),
      this.weight([leaves.length, scores], 'i64', () => random.int(-(2 ** 39), 2 ** 39)),
    ]
    const a = { roots, leaves, depth, base: random.list(scores, -1000, 1000) }
    this.nodes.push({ op: 'TreeEnsemble', in: [id], w, a, out: this.tensor([scores], 'i64') })
  }
}
