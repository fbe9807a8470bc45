import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { SAMPLE, selfTest } from './engineSelfTest.ts'

const file = (name: string) => readFileSync(new URL(`../../../../models/credit_logistic_12/${name}`, import.meta.url))

test('doctor asks both engines for the golden answer of a sample model, without any file of a clone', async () => {
  const { golden } = JSON.parse(file('model.json').toString())
  expect(SAMPLE).toEqual({
    onnx: file('model.onnx').toString('base64'),
    input: golden[0].input[0].data,
    output: golden[0].output[0].data[0],
  })
  expect(await selfTest()).toMatch(/^onnx .* and onnx-exact .* answer a sample model rightly$/)
})
