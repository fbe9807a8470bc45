import { checkIr } from '../ir/check.ts'
import { interpret, type Trace } from '../ir/interpret.ts'
import type { Attributes, Dt, IntArray, Ir, IrNode, IrTensor, PwlTable, WeightMeta } from '../ir/types.ts'
import { checkProgram, type Violation } from './check/check.ts'
import { fill, publicValues } from './fill.ts'
import { type Lowered, lower } from './lower/lower.ts'
import type { WeightMode } from './lower/weights.ts'
import type { PublicValues, Witness } from './types.ts'

/** Random integers that tests can repeat: mulberry32. */
export function randomOf(seed: number): (below: number) => number {
  let state = seed >>> 0
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * below)
  }
}

/** Writes a small integer model node by node. */
export class ModelBuilder {
  readonly inputs: number[] = []
  readonly tensors: IrTensor[] = []
  readonly metas: WeightMeta[] = []
  readonly weights: IntArray[] = []
  readonly nodes: IrNode[] = []
  readonly tables: PwlTable[] = []
  readonly limb: 8 | 16
  readonly random: (below: number) => number

  constructor(limb: 8 | 16 = 8, seed = 1) {
    this.limb = limb
    this.random = randomOf(seed)
  }

  input(axes: readonly number[], dt: Dt = 'i16'): number {
    const id = this.tensor(axes, dt, 0)
    this.inputs.push(id)
    return id
  }

  weight(axes: readonly number[], dt: Dt, value: (i: number) => number): number {
    const cells = axes.reduce((a, b) => a * b, 1)
    const values = Array.from({ length: cells }, (_, i) => value(i))
    this.metas.push({ id: this.metas.length, axes, dt, f: 0 })
    this.weights.push(dt === 'i16' ? Int16Array.from(values) : dt === 'i32' ? Int32Array.from(values) : BigInt64Array.from(values, BigInt))
    return this.metas.length - 1
  }

  /** Weights or biases in [−most, most]. */
  noise(axes: readonly number[], dt: Dt, most: number): number {
    return this.weight(axes, dt, () => this.random(2 * most + 1) - most)
  }

  node(op: string, ins: readonly number[], w: readonly number[], axes: readonly number[], a: Attributes, dt: Dt = 'i16', f = 0): number {
    const out = this.tensor(axes, a.raw === 1 ? 'i64' : dt, f)
    this.nodes.push({ op, in: ins, w, out, a })
    return out
  }

  gemm(x: number, outputs: number, a: Attributes = {}, bias = true): number {
    const axes = this.tensors[x]!.axes
    const w = [this.noise([outputs, axes.at(-1)!], 'i16', 300)]
    if (bias) w.push(this.noise([outputs], 'i64', 100_000))
    return this.node('Gemm', [x], w, [...axes.slice(0, -1), outputs], { d: Array(outputs).fill(0), ...rounding(a) })
  }

  build(outputs: readonly number[], name = 'test'): Ir {
    const { inputs, nodes, tensors, metas, tables, limb } = this
    const ir: Ir = { v: 1, name, inputs, outputs, nodes, tensors, weights: metas, tables, limb }
    checkIr(ir)
    return ir
  }

  private tensor(axes: readonly number[], dt: Dt, f: number): number {
    return this.tensors.push({ id: this.tensors.length, axes, dt, f }) - 1
  }
}

/** Default rounding of a node unless it is raw: s = 8 over the whole int16 range. */
export function rounding(a: Attributes): Attributes {
  return a.raw === 1 ? a : { s: 8, lo: -32768, hi: 32767, ...a }
}

/** A ReLU with rounding. */
export const RELU = { lo: 0 } as const

/** One proved run, up to the proof. */
export interface Case {
  readonly ir: Ir
  readonly lowered: Lowered
  readonly trace: Trace
  readonly witness: Witness
  readonly publics: PublicValues
}

export interface CaseOptions {
  readonly batch?: number
  readonly mode?: WeightMode
  /** Value of input cell `i`; by default noise over ±2000. */
  readonly value?: (i: number) => number
  readonly inputs?: readonly IntArray[]
}

/** Runs, lowers and fills a model. */
export function caseOf(model: ModelBuilder, outputs: readonly number[], options: CaseOptions = {}): Case {
  const ir = model.build(outputs)
  const { batch = 1, mode = 'public' } = options
  const value = options.value ?? (() => model.random(4001) - 2000)
  const inputs = options.inputs ?? ir.inputs.map((id) => inputOf(ir.tensors[id]!, batch, value))
  const trace = interpret(ir, model.weights, inputs, { batch })
  const lowered = lower(ir, { batch, weights: mode, weightValues: model.weights })
  const witness = fill(lowered, trace, model.weights)
  return { ir, lowered, trace, witness, publics: publicValues(ir, trace, mode === 'committed' ? 'committed' : model.weights) }
}

function inputOf({ axes, dt }: IrTensor, batch: number, value: (i: number) => number): IntArray {
  const values = Array.from({ length: batch * axes.reduce((a, b) => a * b, 1) }, (_, i) => value(i))
  return dt === 'i32' ? Int32Array.from(values) : Int16Array.from(values)
}

/** What the slow checker says of a case. */
export function violationOf({ lowered, witness, publics }: Case): Violation | undefined {
  return checkProgram(lowered.program, witness, publics)
}
