import { OgError } from '@opengradient/protocol'
import { dequantise, quantise } from '../ir/quantise.ts'
import type { IntArray, Ir } from '../ir/types.ts'
import { exp } from './real/exp.ts'
import type { Decode } from './real/value.ts'

/**
 * How the inputs and outputs of the file map to those of the integer model. It is part of what a publisher states: the integer model has no names.
 * Shapes are those of one sample. `batch`: whether the file's first axis is a batch, which the integer model does not have.
 */
export interface ModelIo {
  readonly batch: boolean
  readonly inputs: readonly InputIo[]
  readonly outputs: readonly OutputIo[]
}

/** Input `name` gives elements `start .. start+count−1` of its sample to input number `input` of the integer model, for every part. */
export interface InputIo {
  readonly name: string
  readonly shape: readonly number[]
  readonly parts: readonly { readonly input: number; readonly start: number; readonly count: number }[]
}

/** Output `name` is computed from output number `output` of the integer model. */
export interface OutputIo {
  readonly name: string
  readonly shape: readonly number[]
  readonly output: number
  readonly decode: Decode
}

/** Numbers by input name, or numbers and labels by output name; all samples one after the other. */
export type Floats = Readonly<Record<string, ArrayLike<number>>>

/** The integers that a statement holds for these inputs. @throws OgError `ZK_INPUT_SHAPE`, `ZK_NON_FINITE_INPUT`, `ZK_INPUT_OUT_OF_RANGE` */
export function encodeInputs(ir: Ir, io: ModelIo, values: Floats, rows = 1): IntArray[] {
  const out: IntArray[] = []
  for (const { name, shape, parts } of io.inputs) {
    const data = values[name]
    const size = shape.reduce((a, b) => a * b, 1)
    if (data === undefined || data.length !== size * rows)
      throw new OgError(
        'ZK_INPUT_SHAPE',
        `Input "${name}" has ${data?.length ?? 'no'} values; ${rows} × [${shape.join(',')}] are ${size * rows}.`,
      )
    for (const { input, start, count } of parts) {
      const part = new Float32Array(count * rows)
      for (let r = 0; r < rows; r++) for (let i = 0; i < count; i++) part[r * count + i] = data[r * size + start + i]!
      out[input] = quantise(part, ir.tensors[ir.inputs[input]!]!)
    }
  }
  return out
}

/** What the file's outputs are for proven outputs of the integer model: numbers, and labels of classifiers. */
export function decodeOutputs(ir: Ir, io: ModelIo, outputs: readonly IntArray[]): Record<string, (number | string)[]> {
  return Object.fromEntries(
    io.outputs.map(({ name, output, decode }) => {
      return [name, decodeScores(dequantise(outputs[output]!, ir.tensors[ir.outputs[output]!]!.f), decode)]
    }),
  )
}

/** Applies `decode` to scores, row by row. */
export function decodeScores(scores: Float64Array, decode: Decode): (number | string)[] {
  if (decode.kind === 'values') return [...scores]
  const { columns } = decode
  return Array.from({ length: scores.length / columns }, (_, r) =>
    decodeRow(scores.subarray(r * columns, (r + 1) * columns), decode),
  ).flat()
}

function decodeRow(scores: Float64Array, decode: Exclude<Decode, { kind: 'values' }>): (number | string)[] {
  if (decode.kind === 'label') {
    const { labels, threshold } = decode
    if (threshold !== undefined) return [labels[scores[0]! > threshold ? 1 : 0]!]
    return [labels[scores.indexOf(scores.reduce((a, b) => Math.max(a, b)))]!]
  }
  const linked =
    decode.link === 'none' ? [...scores] : decode.link === 'logistic' ? Array.from(scores, (s) => 1 / (1 + exp(-s))) : softmaxOf(scores)
  if (decode.binary === undefined) return linked
  const [p] = linked as [number]
  return decode.binary === 'complement' ? [1 - p, p] : [-p, p]
}

function softmaxOf(scores: Float64Array): number[] {
  const max = scores.reduce((a, b) => Math.max(a, b))
  const e = Array.from(scores, (s) => exp(s - max))
  const sum = e.reduce((a, b) => a + b)
  return e.map((v) => v / sum)
}
