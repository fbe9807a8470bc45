import { readFileSync } from 'node:fs'
import { OgError } from '@opengradient/protocol'
import { expect, test } from 'vitest'
import { onnxOf } from './onnx.ts'

const model = new Uint8Array(readFileSync(new URL('../../../../models/volatility_mlp_16_32_32_1/model.onnx', import.meta.url)))
const refusal = (bytes: Uint8Array): OgError => {
  try {
    onnxOf(bytes, './my.onnx')
  } catch (error) {
    if (error instanceof OgError) return error
  }
  return expect.unreachable()
}

test('a model is read', () => {
  expect(onnxOf(model, './my.onnx').signature.inputs).toHaveLength(1)
})

test.each([
  ['a zip, as PyTorch saves models', Buffer.from('PK\u0003\u0004archive/data.pkl')],
  ['JSON', Buffer.from('{"layers": []}')],
  ['zeros', Buffer.alloc(300)],
  ['nothing', Buffer.alloc(0)],
])('%s is said to be no ONNX file, and how to make one', (_, bytes) => {
  const { code, message } = refusal(bytes)
  expect(code).toBe('MODEL_INVALID')
  expect(message).toMatch(/^\.\/my\.onnx: .*does not look like an ONNX file: export the model to ONNX/)
})

test('an ONNX file with a fault is named with its fault alone', () => {
  const { message } = refusal(model.subarray(0, 1000))
  expect(message).toMatch(/^\.\/my\.onnx: graph/)
  expect(message).not.toContain('does not look like')
})
