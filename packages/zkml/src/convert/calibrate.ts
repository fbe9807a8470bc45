import { OgError } from '@opengradient/protocol'
import type { Floats } from './io.ts'
import type { OnnxValue } from './onnx/types.ts'
import { prng } from './prng.ts'
import type { Batch } from './real/builder.ts'
import { evaluate } from './real/evaluate.ts'
import type { RealGraph } from './real/graph.ts'
import type { RealNode } from './real/types.ts'
import { cells } from './real/types.ts'

/**
 * Sample inputs, and perhaps the answers that a trusted runtime gave for them. Every array holds `rows` samples one after the other, by the names of
 * the file.
 */
export interface Samples {
  readonly rows: number
  readonly inputs: Floats
  readonly outputs?: Readonly<Record<string, ArrayLike<number | string>>>
}

/** Samples of synthetic calibration: so many values in all, but at least and at most so many samples. */
const SYNTHETIC_VALUES = 2 ** 18
const SYNTHETIC_ROWS = [4, 64] as const

/** Samples made up: uniform in [−1, 1] from a fixed generator. They say little about real inputs, and the report says that they were used. */
export function syntheticSamples(inputs: readonly OnnxValue[], batch: Batch): Samples {
  const next = prng(1)
  const sizes = inputs.map(({ shape = [] }) => cells((batch === undefined ? shape : shape.slice(1)) as number[]))
  const fitting = Math.floor(SYNTHETIC_VALUES / sizes.reduce((a, b) => a + b, 0))
  const rows = Math.min(Math.max(fitting, SYNTHETIC_ROWS[0]), SYNTHETIC_ROWS[1])
  const values = inputs.map(({ name }, i): [string, Float32Array] => [
    name,
    Float32Array.from({ length: sizes[i]! * rows }, () => 2 * next() - 1),
  ])
  return { rows, inputs: Object.fromEntries(values) }
}

/** Largest absolute value of every element of every input. @throws OgError `ZK_INPUT_SHAPE`, `ZK_NON_FINITE_INPUT` */
export function magnitudesOf(samples: Samples, inputs: readonly OnnxValue[], batch: Batch): Float64Array[] {
  if (!(Number.isInteger(samples.rows) && samples.rows >= 1)) throw new OgError('ZK_INPUT_SHAPE', `${samples.rows} samples`)
  return inputs.map(({ name, shape = [] }) => {
    const size = cells((batch === undefined ? shape : shape.slice(1)) as number[])
    const data = samples.inputs[name]
    if (data === undefined || data.length !== size * samples.rows)
      throw new OgError(
        'ZK_INPUT_SHAPE',
        `Samples of "${name}" have ${data?.length ?? 'no'} values; ${samples.rows} × ${size} are ${size * samples.rows}.`,
      )
    const max = new Float64Array(size)
    for (let i = 0; i < data.length; i++) {
      const v = data[i]!
      if (!Number.isFinite(v)) throw new OgError('ZK_NON_FINITE_INPUT', `Sample value ${i} of "${name}" is ${v}.`)
      max[i % size] = Math.max(max[i % size]!, Math.abs(Math.fround(v)))
    }
    return max
  })
}

/** What the float model does on the samples. */
export interface Calibration {
  /** Largest absolute value of every node. */
  readonly ranges: readonly number[]
  /** Values of the chosen nodes, for every sample. */
  readonly values: ReadonlyMap<number, readonly Float64Array[]>
}

/** Runs the real graph on every sample. */
export function calibrate(graph: RealGraph, nodes: readonly RealNode[], samples: Samples, keep: readonly number[]): Calibration {
  const ranges = nodes.map(() => 0)
  const values = new Map(keep.map((id): [number, Float64Array[]] => [id, []]))
  for (let r = 0; r < samples.rows; r++) {
    const inputs = graph.inputs.map(({ name, shape }) => {
      const size = cells(shape)
      const data = samples.inputs[name]!
      return Float64Array.from({ length: size }, (_, i) => Math.fround(data[r * size + i]!))
    })
    const results = evaluate(nodes, inputs)
    for (const [id, result] of results.entries()) {
      let max = ranges[id]!
      for (let i = 0; i < result.length; i++) max = Math.max(max, Math.abs(result[i]!))
      ranges[id] = max
    }
    for (const [id, list] of values) list.push(results[id]!)
  }
  return { ranges, values }
}
