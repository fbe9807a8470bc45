import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Compiled, compile, type Ir, type Samples, type Weights } from '@opengradient/zkml'
import { perceptron } from '../inference/models.ts'

/** A model of the table: integers, the integer inputs of each sample, and how far its answers are from the floats'. */
export interface Subject {
  readonly compiled: Compiled
  readonly samples: Samples
  /** The ONNX file, where there is one: what a peer proves. */
  readonly onnx?: Uint8Array
}

export const SUBJECTS = {
  mlp_16_32_32_1: () => sample('volatility_mlp_16_32_32_1'),
  mnist_mlp: () => sample('digits_mlp_784_128_10'),
  lenet: () => sample('digits_lenet'),
  trees_100x6: () => forest(100, 6, 20),
  dense_4m: () => dense([1024, 1024, 1024, 1024, 1024]),
} as const satisfies Record<string, () => Subject>

export type SubjectName = keyof typeof SUBJECTS

/** A number between −√6 and √6 for each k, without pattern (the finaliser of MurmurHash3): weights that keep the size of what passes through them (He et al. 2015). */
function noise(k: number): number {
  let mixed = Math.imul((k + 1) ^ ((k + 1) >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return Math.sqrt(6) * (2 * (((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32) - 1)
}

const MODELS = fileURLToPath(new URL('../../../models/', import.meta.url))

/** The first sample. */
export function firstOf({ inputs, rows }: Subject['samples']): Record<string, Float32Array> {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, values]) => [name, Float32Array.from({ length: values.length / rows }, (_, i) => values[i]!)]),
  )
}

/** A trained model of the repository, calibrated and measured on its vectors: answers of the runtime that trained it. */
function sample(name: string): Subject {
  const onnx = new Uint8Array(readFileSync(`${MODELS}${name}/model.onnx`))
  const { inputs, outputs } = JSON.parse(readFileSync(`${MODELS}${name}/vectors.json`, 'utf8')) as Record<
    string,
    Record<string, number[][]>
  >
  const flat = (side: Record<string, number[][]>) =>
    Object.fromEntries(Object.entries(side).map(([key, rows]) => [key, rows.flat(Number.POSITIVE_INFINITY) as number[]]))
  const samples = { rows: Object.values(inputs!)[0]!.length, inputs: flat(inputs!), outputs: flat(outputs!) }
  return { compiled: compile(onnx, { calibration: samples, name }), samples, onnx }
}

/** Four layers of a million weights, calibrated on sines; measured against floats. */
function dense(sizes: readonly number[]): Subject {
  const onnx = perceptron(sizes, noise)
  const rows = 4
  const samples = { rows, inputs: { x: Float32Array.from({ length: rows * sizes[0]! }, (_, i) => Math.sin(i)) } }
  return { compiled: compile(onnx, { calibration: samples, name: 'dense' }), samples, onnx }
}

/**
 * Full trees of one depth over features in [0, 1], written as an integer model: decisions are exact, leaves are integers at scale 2^-24, so
 * that nothing is lost against the floats they stand for.
 */
function forest(count: number, depth: number, features: number): Subject {
  const [inner, nodes] = [2 ** depth - 1, 2 ** (depth + 1) - 1]
  const leaves: number[] = []
  const [f, thr, left] = [new Int16Array(count * nodes), new Int32Array(count * nodes), new Int32Array(count * nodes)]
  const keys = new Int32Array(new Float32Array(count * nodes).map((_, i) => (Math.sin(i * 1.7) + 1) / 2).buffer)
  for (let i = 0; i < count * nodes; i++) {
    const id = i % nodes
    if (id < inner) {
      f[i] = (i * 7) % features
      thr[i] = keys[i]!
      left[i] = i + id + 1
    } else {
      thr[i] = 2 ** 31 - 1
      left[i] = i
      leaves.push(i)
    }
  }
  const values = BigInt64Array.from(leaves, (leaf) => BigInt(Math.round(Math.sin(leaf) * 2 ** 24)))
  const meta = (id: number, axes: readonly number[], dt: 'i16' | 'i32' | 'i64', scale = 0) => ({ id, axes, dt, f: scale })
  const roots = Array.from({ length: count }, (_, tree) => tree * nodes)
  const ir: Ir = {
    ...{ v: 1, name: 'forest', inputs: [0], outputs: [1], tables: [], limb: 8 },
    nodes: [{ op: 'TreeEnsemble', in: [0], w: [0, 1, 2, 3], out: 1, a: { roots, leaves, depth, base: [0] } }],
    tensors: [meta(0, [features], 'i32'), meta(1, [1], 'i64', 24)],
    weights: [meta(0, [f.length], 'i16'), meta(1, [f.length], 'i32'), meta(2, [f.length], 'i32'), meta(3, [leaves.length, 1], 'i64', 24)],
  }
  const weights: Weights = [f, thr, left, values]
  const samples = { rows: 1, inputs: { x: Float32Array.from({ length: features }, (_, i) => (Math.cos(i) + 1) / 2) } }
  const io = {
    batch: true,
    inputs: [{ name: 'x', shape: [features], parts: [{ input: 0, start: 0, count: features }] }],
    outputs: [{ name: 'y', shape: [1], output: 0, decode: { kind: 'values' } as const }],
  }
  const counts = { samples: 1, nodes: 1, activations: 0, parameters: 3 * f.length + leaves.length, notes: [] }
  const outputs = [{ name: 'y', rms: 0, maxError: 0, decode: { kind: 'values' } as const }]
  const report: Compiled['report'] = { calibration: 'given', reference: 'float', outputs, ...counts }
  return { compiled: { ir, weights, io, report }, samples }
}
