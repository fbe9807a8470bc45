import { randomBytes } from 'node:crypto'
import { bytesToHex } from '@opengradient/protocol'
import { MAX_FRAME_BYTES, openResponse } from '@opengradient/protocol/seal'
import { afterEach, expect, test, vi } from 'vitest'

afterEach(() => vi.restoreAllMocks())

test('nothing of an answer or of its key stays behind', async () => {
  vi.resetModules()
  const scratch = vi.spyOn(Buffer, 'allocUnsafeSlow')
  const { sealResponse } = await import('./frames.ts')
  const answer = randomBytes(MAX_FRAME_BYTES + 500)
  const [secret, nonce] = [randomBytes(32), randomBytes(32)]
  sealResponse(secret, nonce, [answer])
  // Those of frames and of both halves of HMAC; what it loads besides may have some.
  expect(scratch.mock.results.length).toBeGreaterThanOrEqual(3)
  // HMAC pads its key with these two.
  const hidden = [nonce, ...[0x36, 0x5c].map((pad) => Buffer.from(secret.map((byte) => byte ^ pad)))]
  for (const { value } of scratch.mock.results) for (const bytes of hidden) expect((value as Buffer).includes(bytes)).toBe(false)
  for (const { value } of scratch.mock.results)
    for (const at of [0, 300, 40_000, MAX_FRAME_BYTES, MAX_FRAME_BYTES + 400])
      expect((value as Buffer).includes(answer.subarray(at, at + 32)), `${at}`).toBe(false)
})

test('answers are padded with zeros, whatever lay in that memory before', async () => {
  vi.resetModules()
  const allocated = vi.spyOn(Buffer, 'allocUnsafeSlow')
  const { sealResponse } = await import('./frames.ts')
  const memory = allocated.mock.results.map(({ value }) => value as Buffer).filter(({ length }) => length > MAX_FRAME_BYTES)
  expect(memory).toHaveLength(1)
  memory[0]?.fill(0xa5)
  const secret = randomBytes(32)
  const sealed = sealResponse(secret, randomBytes(32), [Buffer.from('Hello')])
  expect(Buffer.from(await openResponse({ responseSecret: bytesToHex(secret) }, sealed)).toString()).toBe('Hello')
})

test('an answer of several parts is one, and opens as one', async () => {
  const { sealResponse } = await import('./frames.ts')
  const secret = randomBytes(32)
  for (const lengths of [[], [0], [5, 0, 7], [MAX_FRAME_BYTES - 1, 1], [MAX_FRAME_BYTES, 1], [1, 2 * MAX_FRAME_BYTES]]) {
    const parts = lengths.map((length) => randomBytes(length))
    const sealed = sealResponse(secret, randomBytes(32), parts)
    expect(Buffer.from(await openResponse({ responseSecret: bytesToHex(secret) }, sealed))).toEqual(Buffer.concat(parts))
  }
})
