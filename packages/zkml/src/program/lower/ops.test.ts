import { describe, expect, it } from 'vitest'
import type { Attributes } from '../../ir/types.ts'
import { type CaseOptions, caseOf, ModelBuilder, RELU, rounding, violationOf } from '../model.testkit.ts'

const WINDOW = { stride: [1, 1], pad: [0, 0, 0, 0], dil: [1, 1] }

/** An exponential-like table that gives exactly 2^14 at 0. */
function exponential(model: ModelBuilder): number {
  const value = (i: number) => Math.floor(2 ** 14 * Math.exp(-i / 8))
  const rows = Array.from({ length: 256 }, (_, i) => [value(i), value(i + 1) - value(i)] as const)
  return model.tables.push({ id: model.tables.length, kind: 'pwl', rows }) - 1
}

function conv(model: ModelBuilder, x: number, outputs: number, [KH, KW]: [number, number], a: Attributes): number {
  const [C = 1, H = 1, W = 1] = model.tensors[x]!.axes
  const { stride, pad, dil, group = 1 } = { ...WINDOW, ...a } as typeof WINDOW & { group?: number }
  const out = (n: number, k: number, i: number) => Math.floor((n + pad[i]! + pad[i + 2]! - (k - 1) * dil[i]! - 1) / stride[i]!) + 1
  const w = [model.noise([outputs, C / group, KH, KW], 'i16', 200), model.noise([outputs], 'i64', 90_000)]
  const d = Array.from({ length: outputs }, (_, o) => o % 3)
  return model.node('Conv', [x], w, [outputs, out(H, KH, 0), out(W, KW, 1)], { ...WINDOW, group, d, ...rounding(a) })
}

function satisfied(model: ModelBuilder, outputs: number[], options: CaseOptions = {}): void {
  expect(violationOf(caseOf(model, outputs, options))).toBeUndefined()
}

describe('feature maps', () => {
  it.each([
    ['plain', 3, 4, {}],
    ['strided, padded, dilated', 2, 3, { stride: [2, 1], pad: [1, 2, 0, 1], dil: [1, 2] }],
    ['depthwise', 4, 4, { group: 4, pad: [1, 1, 1, 1] }],
    ['two groups of two', 4, 6, { group: 2 }],
    ['groups with one output each', 4, 2, { group: 2 }],
    ['one channel in, one out', 1, 1, { pad: [1, 1, 1, 1] }],
  ] as const)('Conv: %s', (_, channels, outputs, a) => {
    for (const mode of ['public', 'committed'] as const) {
      const model = new ModelBuilder()
      const x = model.input([channels, 5, 4])
      const h = conv(model, x, outputs, [3, 2], a)
      satisfied(model, [conv(model, h, 2, [1, 1], { raw: 1 })], { batch: 2, mode })
    }
  })

  it('Conv over a map of one cell, and over a whole map', () => {
    const model = new ModelBuilder()
    const whole = conv(model, model.input([2, 3, 3]), 3, [3, 3], {})
    satisfied(model, [conv(model, whole, 2, [3, 3], { pad: [1, 1, 1, 1] })])
  })

  it.each([
    [0, 0, 0, 0],
    [1, 0, 1, 1],
  ])('MaxPool and AvgPool with padding %i %i %i %i, then Gemm on the flattened map', (...pad) => {
    const model = new ModelBuilder()
    const h = conv(model, model.input([2, 6, 5]), 3, [2, 2], RELU)
    const [H, W] = [Math.floor((5 + pad[0]! + pad[2]! - 2) / 2) + 1, Math.floor((4 + pad[1]! + pad[3]! - 2) / 2) + 1]
    const pools = { kernel: [2, 2], stride: [2, 2], pad, dil: [1, 1] }
    const max = model.node('MaxPool', [h], [], [3, H, W], pools)
    const average = model.node('AvgPool', [h], [], [3, H, W], rounding({ ...pools, c: 64 }))
    const both = model.node('Concat', [max, average], [], [6, H, W], { ax: 0 })
    const flat = model.node('Reshape', [both], [], [6 * H * W], {})
    satisfied(model, [model.gemm(flat, 3, { raw: 1 })], { batch: 2 })
  })

  it('global average and ReduceMax over the last axis', () => {
    const model = new ModelBuilder()
    const h = conv(model, model.input([2, 4, 3]), 3, [1, 1], {})
    const mean = model.node('AvgPool', [h], [], [3, 1, 1], rounding({ ...WINDOW, kernel: [4, 3], c: 21 }))
    const rows = model.node('Reshape', [h], [], [3, 1, 12], {})
    const max = model.node('MaxPool', [rows], [], [3, 1, 1], { ...WINDOW, kernel: [1, 12] })
    satisfied(model, [model.node('Concat', [mean, max], [], [6, 1, 1], { ax: 0 })])
  })
})

describe('rows', () => {
  it('Softmax, also with one dominant element and rows of one', () => {
    const model = new ModelBuilder()
    const table = exponential(model)
    const x = model.input([3, 5])
    const y = model.node('Softmax', [x], [], [3, 5], { table, s: 8 }, 'i16', 14)
    satisfied(model, [y], { value: (i) => (i === 7 ? 32767 : i < 5 ? 100 * i : -32768) })
    const single = new ModelBuilder()
    satisfied(single, [single.node('Softmax', [single.input([4, 1])], [], [4, 1], { table: exponential(single), s: 8 }, 'i16', 14)])
  })

  it('ArgMax: first of a tie, at either end, and read by another node', () => {
    const model = new ModelBuilder()
    const best = model.node('ArgMax', [model.input([4, 3])], [], [4, 1], {})
    const rows = [5, 5, 1, 1, 2, 3, 9, 8, 9, -3, -3, -3]
    satisfied(model, [best], { value: (i) => rows[i]! })
    const used = new ModelBuilder()
    const index = used.node('ArgMax', [used.input([2, 3])], [], [2, 1], {})
    satisfied(used, [used.gemm(used.node('Reshape', [index], [], [2], {}), 2, {})], { batch: 2 })
  })

  it('LeakyRelu at both ends', () => {
    const model = new ModelBuilder()
    const y = model.node('LeakyRelu', [model.input([5])], [], [5], { k: 8, alpha: 3, s: 8, lo: -32768, hi: 32767 })
    satisfied(model, [y], { inputs: [Int16Array.of(-32768, 32767, 0, -1, 1)] })
  })

  it('attention: MatMulAA of two projections, softmax, and the values', () => {
    const model = new ModelBuilder()
    const table = exponential(model)
    const x = model.input([3, 4])
    const [q, k, v] = [model.gemm(x, 4), model.gemm(x, 4), model.gemm(x, 4)]
    const heads = (t: number) =>
      model.node('Transpose', [model.node('Reshape', [t], [], [3, 2, 2], {})], [], [2, 3, 2], { perm: [1, 0, 2] })
    const scores = model.node('MatMulAA', [heads(q), heads(k)], [], [2, 3, 3], rounding({ s: 6 }))
    const shares = model.node('Softmax', [scores], [], [2, 3, 3], { table, s: 8 }, 'i16', 14)
    const turned = model.node('Transpose', [heads(v)], [], [2, 2, 3], { perm: [0, 2, 1] })
    const mixed = model.node('MatMulAA', [shares, turned], [], [2, 3, 2], rounding({ s: 14 }))
    const back = model.node('Transpose', [mixed], [], [3, 2, 2], { perm: [1, 0, 2] })
    satisfied(model, [model.gemm(model.node('Reshape', [back], [], [3, 4], {}), 2, { raw: 1 })], { batch: 2 })
  })
})

describe('views', () => {
  it('slices, concatenations, gathers and pads of each other', () => {
    const model = new ModelBuilder()
    const h = model.gemm(model.input([4, 5]), 6)
    const left = model.node('Slice', [h], [], [4, 2], { ax: 1, start: 1, len: 2 })
    const one = model.node('Slice', [h], [], [4, 1], { ax: 1, start: 5, len: 1 })
    const joined = model.node('Concat', [left, one, h], [], [4, 9], { ax: 1 })
    const turned = model.node('Gather', [joined], [], [4, 5], { ax: 1, idx: [8, 0, 0, 3, 2] })
    const padded = model.node('Pad', [turned], [], [4, 8], { ax: 1, before: 2, after: 1, value: -7 })
    const clipped = model.node('Clip', [padded], [], [4, 8], rounding({ s: 1 }))
    satisfied(model, [clipped, turned, one], { batch: 2 })
  })

  it('a reshape that neither splits nor merges whole axes', () => {
    const model = new ModelBuilder()
    const h = model.gemm(model.input([4, 3]), 9)
    const odd = model.node('Reshape', [h], [], [2, 3, 6], {})
    const turned = model.node('Transpose', [odd], [], [6, 2, 3], { perm: [2, 0, 1] })
    satisfied(model, [model.gemm(turned, 2, { raw: 1 })], { batch: 2 })
  })

  it('a graph input that is given out again by way of a view, and one tensor read twice', () => {
    const model = new ModelBuilder()
    const x = model.input([2, 3])
    const y = model.node('Transpose', [x], [], [3, 2], { perm: [1, 0] })
    satisfied(model, [y, model.node('MatMulAA', [x, x], [], [2, 2], { raw: 1 })], { batch: 3 })
  })
})

describe('trees', () => {
  /** Two trees, a stump and one of depth 3: rows are (feature, threshold, left child). */
  function ensemble(model: ModelBuilder, scores: number): number {
    const MAX = 2 ** 31 - 1
    const table = [
      [0, 5, 1],
      [0, MAX, 1],
      [0, MAX, 2],
      [1, -7, 4],
      [2, 100, 6],
      [0, MAX, 5],
      [1, 40, 8],
      [0, MAX, 7],
      [0, MAX, 8],
      [0, MAX, 9],
    ] as const
    const x = model.input([3], 'i32')
    const leaves = [1, 2, 5, 7, 8, 9]
    const w = [
      model.weight([10], 'i16', (i) => table[i]![0]),
      model.weight([10], 'i32', (i) => table[i]![1]),
      model.weight([10], 'i32', (i) => table[i]![2]),
      model.noise([6, scores], 'i64', 1_000_000),
    ]
    const base = Array.from({ length: scores }, (_, c) => 1000 * c - 5)
    return model.node('TreeEnsemble', [x], w, [scores], { roots: [0, 3], leaves, depth: 3, base }, 'i64')
  }

  it.each(['public', 'committed'] as const)('two trees of different depth over a batch, %s tables', (mode) => {
    const model = new ModelBuilder()
    const scores = ensemble(model, 2)
    satisfied(model, [scores], { batch: 4, mode, value: (i) => [6, -7, 101, 5, -6, 100, -(2 ** 31), 2 ** 31 - 1, 41, 0, 0, 0][i]! })
  })
})
