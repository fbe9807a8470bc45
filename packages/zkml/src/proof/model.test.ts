import { expect, test } from 'vitest'
import { ModelBuilder } from '../program/model.testkit.ts'
import { openModel, ZkModel } from './model.ts'
import { registerModel } from './register.ts'
import { kernels } from './session.testkit.ts'

/** A model for batches of 1 to 9, and how often a program of it is made. */
function opened() {
  const builder = new ModelBuilder(8, 3)
  const ir = builder.build([builder.gemm(builder.input([4]), 2, { raw: 1 })])
  const batches = Array.from({ length: 9 }, (_, i) => i + 1)
  const { files, zkModelId } = registerModel(kernels, ir, builder.weights, { batches })
  const model = openModel(files, zkModelId)
  if (!(model instanceof ZkModel)) throw new Error(model.code)
  const isMade = (batch: number) => {
    let told = false
    model.program(batch, () => {
      told = true
    })
    return told
  }
  return { isMade }
}

test('a model keeps eight programs, those that were asked for last: who asks for one batch after another fills no memory', () => {
  const { isMade } = opened()
  for (const batch of [1, 2, 3, 4, 5, 6, 7, 8]) expect(isMade(batch)).toBe(true)
  for (const batch of [8, 3, 1]) expect(isMade(batch)).toBe(false)
  expect(isMade(9)).toBe(true)
  expect([1, 3, 4, 5, 6, 7, 8, 9].map(isMade)).toEqual(Array(8).fill(false))
  expect(isMade(2)).toBe(true)
  expect(isMade(1)).toBe(true)
  expect(isMade(9)).toBe(false)
})
