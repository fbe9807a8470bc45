import { parseStrictJson } from '@opengradient/protocol'
import { expect, test } from 'vitest'
import type { Tensor } from '../engine/tensor.ts'
import { encodeInferResponse, responseTemplate } from './response.ts'

const template = responseTemplate('a/b', `0x${'11'.repeat(32)}`)
const bytes = (length: number, name = 'y'): Tensor => ({ name, datatype: 'UINT8', shape: [length], data: new Uint8Array(length) })

test('an answer in JSON has at most as many elements as its readers take; more go as bytes', () => {
  const { body } = encodeInferResponse(template, undefined, [bytes(990_000)], [false])
  expect(parseStrictJson(body, { maxBytes: 1 << 22, maxDepth: 8 })).toHaveProperty('outputs')
  const tooMany = [bytes(500_000), bytes(490_001, 'z')]
  expect(() => encodeInferResponse(template, undefined, tooMany, [false, false])).toThrow(
    expect.objectContaining({ code: 'ENGINE_OUTPUT_TOO_LARGE', details: { elements: 990_001, limit: 990_000 } }),
  )
  expect(encodeInferResponse(template, undefined, tooMany, [false, true]).body.length).toBeGreaterThan(490_001)
})
