import { encodeZkProofInput } from '@opengradient/protocol'
import {
  type Attributes,
  type IntArray,
  type Ir,
  type IrNode,
  type IrTensor,
  Kernels,
  openModel,
  registerModel,
  type WeightMeta,
  ZkModel,
  ZkProver,
} from '@opengradient/zkml'

/** Models of kinds that differ in what verifying a proof of them takes: usual ones, and some that a hostile publisher would make. */
export const MODELS: Readonly<Record<string, () => Draft>> = {
  'mlp 16-32-32-1': () => dense([16, 32, 32, 1]),
  'mlp 784-128-10': () => dense([784, 128, 10]),
  'mlp 784-128-10, committed weights': () => dense([784, 128, 10], true),
  '200 layers of 2': () => dense(Array(200).fill(2)),
  'conv 6×(16→16) 8×8': () => convolutions(6),
  '100 additions of 64': () => additions(100, 64),
  '20 pads of 5,000': () => pads(20, 5_000),
  '20 index maps of 3,000': () => gathers(20, 3_000),
  '40 layers that read the same weights': () => shared(40, 64),
  'a public product of 64 parts of 2,048': () => publicProduct(64, 32),
}

/** A model before it is registered. */
interface Draft {
  readonly ir: Ir
  readonly weights: readonly IntArray[]
  readonly commitWeights?: boolean
}

/** The precompile's input for a proof of a model. */
export function proofInput({ ir, weights, commitWeights = false }: Draft): Uint8Array {
  const kernels = Kernels.loadSync()
  const { files, zkModelId } = registerModel(kernels, ir, weights, { commitWeights })
  const model = openModel(files, zkModelId)
  if (!(model instanceof ZkModel)) throw new Error(model.code)
  const x = ir.inputs.map((id) => Int16Array.from(noise(cells(ir.tensors[id]!.axes), 100)))
  const { statement, proof } = new ZkProver(kernels).prove(model, x, { ctx: new Uint8Array(96) })
  return encodeZkProofInput({ ...files, weights: commitWeights ? new Uint8Array() : files.weights, ...statement, proof })
}

const cells = (axes: readonly number[]): number => axes.reduce((product, n) => product * n, 1)

/** The same integers every time, in (−most, most). */
function noise(length: number, most: number): number[] {
  let state = 12_345
  return Array.from({ length }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
    return ((state >> 8) % (2 * most - 1)) - most + 1
  })
}

const ROUND = { s: 8, lo: -32_768, hi: 32_767 }

class Writer {
  private readonly tensors: IrTensor[] = []
  private readonly nodes: IrNode[] = []
  private readonly metas: WeightMeta[] = []
  private readonly weights: IntArray[] = []

  constructor(axes: readonly number[]) {
    this.tensors.push({ id: 0, axes, dt: 'i16', f: 0 })
  }

  weight(axes: readonly number[], dt: 'i16' | 'i64'): number {
    this.metas.push({ id: this.metas.length, axes, dt, f: 0 })
    const values = noise(cells(axes), 200)
    return this.weights.push(dt === 'i16' ? Int16Array.from(values) : BigInt64Array.from(values, BigInt)) - 1
  }

  /** A node that reads the newest tensor, once for each `inputs`. */
  node(op: string, axes: readonly number[], a: Attributes, w: readonly number[] = [], inputs = 1): this {
    const newest = this.tensors.length - 1
    this.nodes.push({ op, in: Array(inputs).fill(newest), w, out: newest + 1, a })
    this.tensors.push({ id: newest + 1, axes, dt: a.raw === 1 ? 'i64' : 'i16', f: 0 })
    return this
  }

  finish(commitWeights = false): Draft {
    const { tensors, nodes, metas, weights } = this
    const outputs = [tensors.length - 1]
    return {
      ir: { v: 1, name: 'bench', inputs: [0], outputs, nodes, tensors, weights: metas, tables: [], limb: 8 },
      weights,
      commitWeights,
    }
  }
}

function dense(widths: readonly number[], commitWeights = false): Draft {
  const writer = new Writer([widths[0]!])
  for (let i = 1; i < widths.length; i++) {
    const [K, O] = [widths[i - 1]!, widths[i]!]
    const w = [writer.weight([O, K], 'i16'), writer.weight([O], 'i64')]
    writer.node('Gemm', [O], { d: Array(O).fill(0), ...(i === widths.length - 1 ? { raw: 1 } : { ...ROUND, lo: 0 }) }, w)
  }
  return writer.finish(commitWeights)
}

function convolutions(count: number): Draft {
  const writer = new Writer([16, 8, 8])
  const a = { group: 1, stride: [1, 1], pad: [1, 1, 1, 1], dil: [1, 1], d: Array(16).fill(0), ...ROUND, lo: 0 }
  for (let i = 0; i < count; i++) writer.node('Conv', [16, 8, 8], a, [writer.weight([16, 16, 3, 3], 'i16')])
  return writer.finish()
}

function additions(count: number, n: number): Draft {
  const writer = new Writer([n])
  const a = { ax: 0, c1: 3, c2: Array.from({ length: n }, (_, i) => i), c0: 1, ...ROUND }
  for (let i = 0; i < count; i++) writer.node('Affine', [n], a, [], 2)
  return writer.finish()
}

function pads(count: number, n: number): Draft {
  const writer = new Writer([n])
  for (let i = 1; i <= count; i++) writer.node('Pad', [n + i], { ax: 0, before: 0, after: 1, value: i })
  return writer.node('Clip', [n + count], ROUND).finish()
}

function gathers(count: number, n: number): Draft {
  const writer = new Writer([n])
  const idx = Array.from({ length: n }, (_, i) => (7 * i) % n)
  for (let i = 0; i < count; i++) writer.node('Gather', [n], { ax: 0, idx })
  return writer.node('Clip', [n], ROUND).finish()
}

function shared(count: number, n: number): Draft {
  const writer = new Writer([n])
  const w = [writer.weight([n, n], 'i16'), writer.weight([n], 'i64')]
  for (let i = 0; i < count; i++) writer.node('Gemm', [n], { d: Array(n).fill(0), ...ROUND, lo: 0 }, w)
  return writer.finish()
}

/** Two numbers, repeated over two axes and put behind each other, times themselves: nothing is committed, and every part is a term. */
function publicProduct(parts: number, wide: number): Draft {
  const repeat = (ax: number) => ({ ax, idx: Array(wide).fill(0) })
  const K = 2 * parts * wide * wide
  return new Writer([2, 1, 1])
    .node('Gather', [2, wide, 1], repeat(1))
    .node('Gather', [2, wide, wide], repeat(2))
    .node('Concat', [2 * parts, wide, wide], { ax: 0 }, [], parts)
    .node('Reshape', [1, K], {})
    .node('MatMulAA', [1, 1], { raw: 1 }, [], 2)
    .finish()
}
