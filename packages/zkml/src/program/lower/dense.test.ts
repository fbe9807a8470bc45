import { describe, expect, it } from 'vitest'
import { caseOf, ModelBuilder, RELU, rounding, violationOf } from '../model.testkit.ts'

describe('dense layers', () => {
  it.each([8, 16] as const)('an MLP with ReLU and raw output is satisfied by its own run, limb %i', (limb) => {
    const model = new ModelBuilder(limb)
    const x = model.input([5])
    const hidden = model.gemm(model.gemm(x, 7, RELU), 6, RELU)
    expect(violationOf(caseOf(model, [model.gemm(hidden, 3, { raw: 1 })]))).toBeUndefined()
  })

  it.each(['public', 'committed'] as const)('Gemm over rows, per-channel scales, clip and batch: %s weights', (mode) => {
    const model = new ModelBuilder()
    const x = model.input([3, 5])
    const h = model.gemm(x, 4, { d: [0, 3, 1, 0], s: 6, lo: -1000, hi: 900 })
    const y = model.gemm(model.node('Clip', [h], [], [3, 4], rounding({ s: 1, lo: -300, hi: 300 })), 2, {}, false)
    expect(violationOf(caseOf(model, [y], { batch: 3, mode }))).toBeUndefined()
  })

  it('one input, one output, one batch: every axis of length 1', () => {
    const model = new ModelBuilder()
    expect(violationOf(caseOf(model, [model.gemm(model.gemm(model.input([1]), 1), 1, { raw: 1 })]))).toBeUndefined()
  })

  it('Affine: constants per channel of a feature map, two inputs, and per row', () => {
    const model = new ModelBuilder()
    const x = model.input([2, 3, 4])
    const scaled = model.node('Affine', [x], [], [2, 3, 4], rounding({ ax: 0, c1: [300, -200], c0: [5, -77] }))
    const other = model.node('Affine', [x], [], [2, 3, 4], rounding({ ax: 1, c1: [1, 2, 3], c0: 0, s: 1 }))
    const sum = model.node('Affine', [scaled, other], [], [2, 3, 4], rounding({ ax: 2, c1: 5, c2: [1, 2, 3, 4], c0: 9, s: 2 }))
    expect(violationOf(caseOf(model, [sum], { batch: 2 }))).toBeUndefined()
  })

  it('Pwl, also at the ends of the int16 range', () => {
    const model = new ModelBuilder()
    const x = model.input([6])
    model.tables.push({ id: 0, kind: 'pwl', rows: Array.from({ length: 256 }, (_, i) => [i * i - 30_000, 2 * i - 99] as const) })
    const y = model.node('Pwl', [x], [], [6], rounding({ table: 0 }))
    const z = model.node('Pwl', [y], [], [6], { table: 0, raw: 1 })
    const ends = [Int16Array.of(-32768, 32767, 0, -1, 255, -256)]
    expect(violationOf(caseOf(model, [z], { inputs: ends }))).toBeUndefined()
  })
})
