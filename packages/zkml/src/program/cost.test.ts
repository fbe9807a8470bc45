import { describe, expect, it } from 'vitest'
import { chooseParameters, costOf, openingBytes, siblings } from './cost.ts'
import { caseOf, ModelBuilder, RELU } from './model.testkit.ts'

describe('the cost of a program', () => {
  it.each([
    [2 ** 9, 64, 2 ** 8, 10],
    [2 ** 10, 128, 2 ** 9, 15],
    [2 ** 11, 256, 2 ** 10, 21],
    [2 ** 12, 256, 2 ** 10, 28],
    [2 ** 14, 1024, 2 ** 13, 47],
    [2 ** 16, 2048, 2 ** 15, 80],
    [2 ** 18, 4096, 2 ** 16, 139],
    [2 ** 20, 8192, 2 ** 17, 255],
    [2 ** 22, 16384, 2 ** 18, 484],
  ])('%i cells: an opening no longer than the table of the specification, with C = %i and n = %i', (cells, C, n, kilobytes) => {
    const params = chooseParameters(cells, 0)
    expect(openingBytes(params) / 1024).toBeLessThan(kilobytes + 0.6)
    expect([params.k, params.n]).toEqual([C, n])
  })

  it('keeps the expansion of the code within 16 codeword cells per cell', () => {
    for (const cells of [300, 5000, 117_264]) {
      const { n, rows } = chooseParameters(cells, 0)
      expect(n * rows).toBeLessThanOrEqual(16 * cells)
    }
    expect(chooseParameters(1, 0).rows).toBe(1)
  })

  it('all leaves asked for have no siblings; one leaf has one per level', () => {
    expect(siblings(16, 16)).toBeCloseTo(0)
    expect(siblings(16, 1)).toBeCloseTo(4)
  })

  it('counts what the program has', () => {
    const model = new ModelBuilder(8)
    const { lowered } = caseOf(model, [model.gemm(model.gemm(model.input([16]), 32, { ...RELU, s: 15 }), 1, { raw: 1 })])
    const cost = costOf(lowered.program, 16 * 32 + 32)
    expect(cost.leaves).toBeGreaterThan(cost.lookups)
    expect(cost.proofBytes).toBeGreaterThan(openingBytes(cost.params))
    expect(cost.proveMs).toBeGreaterThan(0)
  })
})
