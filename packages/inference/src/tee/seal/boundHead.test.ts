import { bytesToHex, type Hex, ZERO_HASH } from '@opengradient/protocol'
import { type SealContext, sealContextBytes } from '@opengradient/protocol/seal'
import { expect, test } from 'vitest'
import { boundHead } from './boundHead.ts'

const id = (byte: number): Hex => bytesToHex(new Uint8Array(32).fill(byte))
const BASE: SealContext = {
  keysetDigest: id(1),
  method: 'POST',
  path: '/v2/models/m/infer',
  contentType: 'application/json',
  headerLength: 76,
  modelId: id(2),
  requestId: id(3),
  paymentId: ZERO_HASH,
}
/** What the reference binds a key to, without the two ids at its end. */
const reference = (context: SealContext) => Buffer.from(sealContextBytes(context).subarray(0, -2 * 36))
const { headerLength: _, ...text } = BASE

test.each<[string, SealContext]>([
  ['method', { ...BASE, method: 'PUT' }],
  ['path', { ...BASE, path: '/v2/models/é/infer' }],
  ['content type', { ...BASE, contentType: '' }],
  ['header length', { ...BASE, headerLength: 77 }],
  ['header length of 0', { ...BASE, headerLength: 0 }],
  ['header length, absent', text],
  ['model', { ...BASE, modelId: id(4) }],
])('a request with another %s than the one before is bound to its own, and so is the next', (_, other) => {
  for (const context of [BASE, other, BASE]) expect(boundHead(context)).toEqual(reference(context))
  expect(reference(other)).not.toEqual(reference(BASE))
})

test('what two requests share is put together once', () => {
  expect(boundHead({ ...BASE, requestId: id(5), paymentId: id(6) })).toBe(boundHead(BASE))
})

test('a head that is refused leaves nothing behind', () => {
  expect(boundHead(BASE)).toEqual(reference(BASE))
  const long = { ...BASE, path: 'a'.repeat(11_000) }
  for (let i = 0; i < 2; i++) expect(() => boundHead(long)).toThrow(expect.objectContaining({ code: 'CHANNEL_MALFORMED' }))
  expect(boundHead(BASE)).toEqual(reference(BASE))
})
