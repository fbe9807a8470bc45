import { exp } from '../tables/fixed.ts'
import { softmaxTable } from '../tables/table.ts'
import type { Attributes, Dt, Ir, IrNode, IrTensor, PwlTable, WeightMeta, Weights } from '../types.ts'

/** The exponential of a softmax, for inputs of scale 8. */
const EXPONENTIAL = softmaxTable(0, exp, 8, 14)

/** A table whose rows are all `[t, s]`. */
export function flatTable(id: number, t: number, s: number): PwlTable {
  return { id, kind: 'pwl', rows: Array.from({ length: 256 }, (): [number, number] => [t, s]) }
}

/** `requant` by nothing: the accumulator itself, clamped to int16. */
export const PLAIN = { s: 0, lo: -32768, hi: 32767 } as const

/** A tensor or weight in short: `t(3, [2, 4], 'i16')`. */
export function t(id: number, axes: readonly number[], dt: Dt = 'i16', f = 0): IrTensor & WeightMeta {
  return { id, axes, dt, f }
}

/** A model of one node, from inputs and weights of the axes given to an output of `axes`. */
export function oneNode(
  op: string,
  a: Attributes,
  inputs: readonly (readonly number[])[],
  axes: readonly number[],
  weights: readonly WeightMeta[] = [],
  out: Partial<IrTensor> = {},
): Ir {
  const ids = inputs.map((_, i) => i)
  const node: IrNode = { op, in: ids, w: weights.map(({ id }) => id), out: ids.length, a }
  const tables = [EXPONENTIAL, flatTable(1, 3, 5)]
  const tensors = [...inputs.map((x, i) => t(i, x)), { ...t(ids.length, axes, a.raw === 1 ? 'i64' : 'i16'), ...out }]
  return { v: 1, name: op, inputs: ids, outputs: [ids.length], nodes: [node], tensors, weights, tables, limb: 8 }
}

/** A model that uses most of what a model can have: a convolution, a pool, a softmax, a raw output and trees. Deeply mutable for tests. */
export function sampleIr(): Ir {
  return structuredClone<Ir>({
    v: 1,
    name: 'sample',
    inputs: [0, 1],
    outputs: [6, 7, 8],
    nodes: [
      {
        op: 'Conv',
        in: [0],
        w: [0, 1],
        out: 2,
        a: { group: 1, stride: [1, 1], pad: [1, 1, 1, 1], dil: [1, 1], d: [0, 2], s: 9, lo: 0, hi: 32767 },
      },
      { op: 'MaxPool', in: [2], w: [], out: 3, a: { kernel: [2, 2], stride: [2, 2], pad: [0, 0, 0, 0], dil: [1, 1] } },
      { op: 'Reshape', in: [3], w: [], out: 4, a: {} },
      { op: 'Affine', in: [4, 4], w: [], out: 5, a: { ax: 0, c1: 3, c2: [1, 2, 3, 4, 5, 6, 7, 8], c0: -5, s: 2, lo: -32768, hi: 32767 } },
      { op: 'Softmax', in: [5], w: [], out: 6, a: { table: 0, s: 8 } },
      { op: 'Gemm', in: [5], w: [2], out: 7, a: { d: [0, 0, 1], raw: 1 } },
      { op: 'TreeEnsemble', in: [1], w: [3, 4, 5, 6], out: 8, a: { roots: [0], leaves: [1, 2], depth: 1, base: [7] } },
    ],
    tensors: [
      t(0, [1, 4, 4], 'i16', 8),
      t(1, [3], 'i32'),
      t(2, [2, 4, 4]),
      t(3, [2, 2, 2]),
      t(4, [8]),
      t(5, [8]),
      t(6, [8], 'i16', 14),
      t(7, [3], 'i64'),
      t(8, [1], 'i64'),
    ],
    weights: [
      { id: 0, axes: [2, 1, 3, 3], dt: 'i16', f: [0, 1] },
      t(1, [2], 'i64'),
      t(2, [3, 8]),
      t(3, [3]),
      t(4, [3], 'i32'),
      t(5, [3], 'i32'),
      t(6, [2, 1], 'i64'),
    ],
    tables: [EXPONENTIAL],
    limb: 8,
    calib: { maxErr: '0.001', rms: '0.0002', n: 100 },
  })
}

/** Weights of `sampleIr`: small numbers, and a tree of one split `x_2 > 5`. */
export function sampleWeights(): Weights {
  return [
    Int16Array.from({ length: 18 }, (_, i) => 10 * i - 80),
    BigInt64Array.of(100n, -100n),
    Int16Array.from({ length: 24 }, (_, i) => i - 12),
    Int16Array.of(2, 0, 0),
    Int32Array.of(5, 2 ** 31 - 1, 2 ** 31 - 1),
    Int32Array.of(1, 1, 2),
    BigInt64Array.of(1000n, -1000n),
  ]
}
