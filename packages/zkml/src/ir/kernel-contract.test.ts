import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Kernels } from '../kernels/kernels.ts'
import { interpret } from './interpret.ts'
import { kernelContract } from './kernel-contract.ts'
import { contractPlain } from './ops/contract.ts'
import type { Contract } from './ops/op.ts'
import { randomModel } from './testkit/models.testkit.ts'

const kernels = Kernels.loadSync()
const refuse: Contract = () => expect.fail('the plain contraction was called')
const fast = kernelContract(kernels, contractPlain)

it('sums exactly what the plain contraction sums, also the largest sums, and gives its memory back', () => {
  const before = kernels.mark()
  const sizes = fc.record({
    outputs: fc.integer({ min: 8, max: 20 }),
    rows: fc.integer({ min: 8, max: 20 }),
    inner: fc.integer({ min: 64, max: 90 }),
  })
  const extreme = fc.constantFrom(-32768, 32767, -1, 0, 1)
  fc.assert(
    fc.property(sizes, fc.array(extreme, { minLength: 1, maxLength: 50 }), (shape, values) => {
      const cycle = (length: number, step: number) => Int16Array.from({ length }, (_, i) => values[(i * step) % values.length]!)
      const [w, x] = [cycle(shape.outputs * shape.inner, 1), cycle(shape.rows * shape.inner, 3)]
      expect(kernelContract(kernels, refuse)(w, x, shape)).toEqual(contractPlain(w, x, shape))
    }),
    { numRuns: 50 },
  )
  expect(kernels.mark()).toBe(before)
})

it('runs models to the same values', () => {
  fc.assert(
    fc.property(fc.nat(2 ** 31), (seed) => {
      const { ir, weights, inputs } = randomModel(seed, { ops: ['Gemm', 'Conv', 'MatMulAA', 'Clip'] })
      const x = inputs(3)
      expect(interpret(ir, weights, x, { batch: 3, contract: fast }).tensors).toEqual(interpret(ir, weights, x, { batch: 3 }).tensors)
    }),
    { numRuns: 60 },
  )
})
