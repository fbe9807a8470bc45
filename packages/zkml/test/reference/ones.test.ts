import { describe, expect, it } from 'vitest'
import { referenceLower } from '../../reference/lower/lower.ts'
import { decodeProgram, encodeProgram as referenceEncode } from '../../reference/program.ts'
import type { Attributes } from '../../src/ir/types.ts'
import { malformation } from '../../src/program/check/wellformed.ts'
import { encodeProgram } from '../../src/program/encode.ts'
import { caseOf, ModelBuilder, violationOf } from '../../src/program/model.testkit.ts'

const ROUND = { s: 2, lo: -300, hi: 300 }
const WINDOW = { stride: [1, 1], pad: [0, 0, 0, 0], dil: [1, 1] }
const POOL = { kernel: [1, 2], ...WINDOW }

/** Operators over a tensor `x` of these axes, of which one is 1. */
const readers: Readonly<Record<string, (m: ModelBuilder, x: number, axes: readonly number[]) => number>> = {
  Gemm: (m, x) => m.gemm(x, 3, { s: 3 }),
  'Gemm, raw': (m, x) => m.gemm(x, 3, { raw: 1 }),
  Clip: (m, x, axes) => m.node('Clip', [x], [], axes, ROUND),
  Pwl: (m, x, axes) => m.node('Pwl', [x], [], axes, { ...ROUND, table: 0 }),
  LeakyRelu: (m, x, axes) => m.node('LeakyRelu', [x], [], axes, { ...ROUND, k: 2, alpha: 1 }),
  Softmax: (m, x, axes) => m.node('Softmax', [x], [], axes, { table: 0, s: 8 }, 'i16', 14),
  ArgMax: (m, x, axes) => m.node('ArgMax', [x], [], [...axes.slice(0, -1), 1], {}),
  'MatMulAA of itself': (m, x, axes) => m.node('MatMulAA', [x, x], [], [...axes.slice(0, -1), axes.at(-2)!], { ...ROUND, s: 9 }),
  'MatMulAA of what is rounded': (m, x, axes) => {
    const rounded = m.node('Clip', [x], [], axes, ROUND)
    return m.node('MatMulAA', [rounded, x], [], [...axes.slice(0, -1), axes.at(-2)!], { ...ROUND, s: 9 })
  },
  Affine: (m, x, axes) => m.node('Affine', [x, x], [], axes, { ax: 0, c1: 2, c2: 3, c0: 1, ...ROUND }),
  'Affine of channels': (m, x, axes) => {
    const c1 = Array.from({ length: axes[1]! }, (_, i) => i - 1)
    return m.node('Affine', [x, x], [], axes, { ax: 1, c1, c2: 3, c0: 1, ...ROUND })
  },
  Transpose: (m, x, axes) => {
    const turned = [3, 1, 0, 2].map((i) => axes[i]!)
    return m.node('Clip', [m.node('Transpose', [x], [], turned, { perm: [3, 1, 0, 2] })], [], turned, ROUND)
  },
  Concat: (m, x, axes) => m.node('Concat', [x, x], [], [2 * axes[0]!, ...axes.slice(1)], { ax: 0 }),
  Reshape: (m, x, axes) => m.gemm(m.node('Reshape', [x], [], [axes.reduce((a, b) => a * b, 1)], {}), 2, { raw: 1 }),
  AvgPool: (m, x, axes) => onMap(m, x, axes, 'AvgPool', { ...POOL, c: 3, ...ROUND }),
  MaxPool: (m, x, axes) => onMap(m, x, axes, 'MaxPool', POOL),
  Conv: (m, x, axes) => onMap(m, x, axes, 'Conv', { group: 1, ...WINDOW, ...ROUND }),
}

/** The tensor as feature maps of as many channels as its first axes have cells, of one line as long as its last axis. */
function onMap(m: ModelBuilder, x: number, axes: readonly number[], op: string, a: Attributes): number {
  const n = axes.at(-1)!
  const C = axes.slice(0, -1).reduce((cells, length) => cells * length, 1)
  const maps = m.node('Reshape', [x], [], [C, 1, n], {})
  if (op === 'Conv') return m.node('Conv', [maps], [m.noise([2, C, 1, 1], 'i16', 50)], [2, 1, n], { d: [0, 1], ...a })
  return n === 1 ? maps : m.node(op, [maps], [], [C, 1, n - 1], a)
}

/** One index of an axis behind the first part of a Concat: that part is read outside of it, so that the axis of length 1 stays. */
function cut(m: ModelBuilder, axis: number): { x: number; axes: readonly number[] } {
  const own = [2, 2, 2, 2].map((n, i) => (i === axis ? 3 : n))
  const y = m.node('Clip', [m.input(own)], [], own, ROUND)
  const along = (length: number) => own.map((n, i) => (i === axis ? length : n))
  const joined = m.node('Concat', [y, y], [], along(6), { ax: axis })
  return { x: m.node('Slice', [joined], [], along(1), { ax: axis, start: 4, len: 1 }), axes: along(1) }
}

describe('an axis of length 1 that a view keeps', () => {
  const all = Object.entries(readers).flatMap(([name, read]) => [0, 1, 2, 3].map((axis) => [name, axis, read] as const))
  it.each(all)('is read by %s on axis %i: one program, well-formed, which a run satisfies', (_, axis, read) => {
    for (const batch of [1, 2]) {
      const model = new ModelBuilder(8, 7)
      model.tables.push({ id: 0, kind: 'pwl', rows: Array.from({ length: 256 }, (__, i) => [i === 0 ? 2 ** 14 : 0, 0] as const) })
      const { x, axes } = cut(model, axis)
      const made = caseOf(model, [read(model, x, axes)], { batch })
      expect(malformation(made.lowered.program)).toBeUndefined()
      expect(violationOf(made)).toBeUndefined()
      const weights = model.weights.map((values) => Array.from<bigint | number, bigint>(values, BigInt))
      const own = referenceEncode(referenceLower(made.ir, weights, { batch, committed: false }))
      expect(Buffer.from(own).equals(Buffer.from(encodeProgram(made.lowered.program)))).toBe(true)
      expect(decodeProgram(own).batch).toBe(batch)
    }
  })
})
