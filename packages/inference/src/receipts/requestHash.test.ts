import { randomBytes } from 'node:crypto'
import { bytesToHex, requestHashOf, responseHashOf } from '@opengradient/protocol'
import { expect, test } from 'vitest'
import { hashOf, requestHash, requestHead, sealedRequestHash } from './requestHash.ts'

const HEAD = { method: 'POST', path: '/v2/models/m/infer', contentType: 'application/json' }
const SEAL = `v1.${'A'.repeat(43)}.${'B'.repeat(42)}A.${'C'.repeat(42)}A`

test.each([0, 1, 5_000, 16_000, 16_384, 16_385, 100_000])('hashes of %i bytes are those of the protocol, salted and not', (length) => {
  const [body, salt] = [randomBytes(length), randomBytes(32)]
  for (const parts of [
    { ...HEAD, body },
    { ...HEAD, headerLength: 3, body },
  ]) {
    expect(requestHash(requestHead(parts), body)).toBe(requestHashOf(parts))
    expect(requestHash(requestHead(parts), body, salt)).toBe(requestHashOf(parts, bytesToHex(salt)))
  }
  expect(hashOf(salt, body)).toBe(responseHashOf(body, bytesToHex(salt)))
})

test('a sealed request is another one with another head, seal or tag', () => {
  const body = randomBytes(300)
  const own = sealedRequestHash(requestHead(HEAD), SEAL, body)
  expect(sealedRequestHash(requestHead(HEAD), SEAL, Buffer.from(body))).toBe(own)
  const others = [
    sealedRequestHash(requestHead({ ...HEAD, path: '/v2/models/m/infer?' }), SEAL, body),
    sealedRequestHash(requestHead({ ...HEAD, headerLength: 3 }), SEAL, body),
    sealedRequestHash(requestHead(HEAD), SEAL.replace('C', 'D'), body),
    sealedRequestHash(requestHead(HEAD), SEAL, body.with(299, body[299]! ^ 1)),
    sealedRequestHash(requestHead(HEAD), SEAL, body.subarray(0, 299)),
    sealedRequestHash(requestHead(HEAD), SEAL, new Uint8Array()),
  ]
  expect(new Set([own, ...others]).size).toBe(7)
})
