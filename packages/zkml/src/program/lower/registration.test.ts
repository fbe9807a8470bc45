import { describe, expect, it } from 'vitest'
import { checkProgram } from '../check/check.ts'
import { malformation } from '../check/wellformed.ts'
import { caseOf, ModelBuilder, RELU } from '../model.testkit.ts'
import { fillRegistration, lowerRegistration } from './registration.ts'

const NOTHING = { tensors: new Map(), weights: [] }

function model(limb: 8 | 16): ModelBuilder {
  return new ModelBuilder(limb)
}

describe('the program of a registration', () => {
  it.each([8, 16] as const)('has the matrix W of the model, and is satisfied by weights in range, limb %i', (limb) => {
    const small = model(limb)
    const y = small.gemm(small.gemm(small.input([5]), 3, RELU), 2)
    small.weights[0] = Int16Array.from({ length: 15 }, (_, i) => [-32768, 32767, 5][i % 3]!)
    small.weights[1] = BigInt64Array.of(-(2n ** 47n), 2n ** 47n - 1n, 0n)
    const proved = caseOf(small, [y], { batch: 2, mode: 'committed' })
    const lowered = lowerRegistration(proved.ir)
    const witness = fillRegistration(lowered, small.weights)
    expect(malformation(lowered.program)).toBeUndefined()
    expect(witness.W).toEqual(proved.witness.W)
    expect(checkProgram(lowered.program, witness, NOTHING)).toBeUndefined()
  })

  it('is not satisfied by a weight of 2^15, and has no witness for a bias of 2^47', () => {
    const small = model(8)
    const y = small.gemm(small.input([2]), 2)
    const { ir } = caseOf(small, [y], { mode: 'committed' })
    const lowered = lowerRegistration(ir)
    const witness = fillRegistration(lowered, small.weights)
    witness.W![0] = 2n ** 15n
    expect(checkProgram(lowered.program, witness, NOTHING)?.kind).toBe('lin')
    small.weights[1] = BigInt64Array.of(2n ** 47n, 0n)
    expect(() => fillRegistration(lowered, small.weights)).toThrow(/outside/)
  })

  it('is not satisfied by a leaf of trees of 2^40, which a bound of their sums does not allow for', () => {
    const small = model(8)
    const column = (values: readonly number[], dt: 'i16' | 'i32') => small.weight([values.length], dt, (i) => values[i]!)
    const w = [
      column([0, 0, 0], 'i16'),
      column([4, 2 ** 31 - 1, 2 ** 31 - 1], 'i32'),
      column([1, 1, 2], 'i32'),
      small.noise([2, 1], 'i64', 9),
    ]
    const a = { roots: [0], leaves: [1, 2], depth: 1, base: [0] }
    const ir = small.build([small.node('TreeEnsemble', [small.input([1], 'i32')], w, [1], a, 'i64')])
    const lowered = lowerRegistration(ir)
    small.weights[3] = BigInt64Array.of(-(2n ** 40n), 2n ** 40n - 1n)
    const witness = fillRegistration(lowered, small.weights)
    expect(checkProgram(lowered.program, witness, NOTHING)).toBeUndefined()
    small.weights[3] = BigInt64Array.of(0n, 2n ** 40n)
    expect(() => fillRegistration(lowered, small.weights)).toThrow(/outside/)
  })
})
