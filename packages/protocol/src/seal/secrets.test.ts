import { describe, expect, it } from 'vitest'
import { bytesToHex } from '../bytes/hex.ts'
import { refusal } from '../testkit/expect.testkit.ts'
import { CONTEXT } from './seal.testkit.ts'
import { readSecrets, requestKey, responseKey, SECRETS_BYTES } from './secrets.ts'

const SECRET = bytesToHex(new Uint8Array(32).fill(3))
/** Gives its input back, as long as is asked for. */
const exporter = { export: async (context: ArrayBuffer, length: number) => context.slice(0, length) }

describe('the secrets of a request', () => {
  it('are the first 96 bytes, in their order, and no fewer', () => {
    const bytes = Uint8Array.from({ length: 100 }, (_, i) => i)
    const part = (at: number) => bytesToHex(bytes.subarray(at, at + 32))
    expect(readSecrets(bytes)).toEqual({ salts: { requestSalt: part(0), responseSalt: part(32) }, responseSecret: part(64) })
    expect(readSecrets(bytes.subarray(0, SECRETS_BYTES))).toEqual(readSecrets(bytes))
    for (const length of [0, 4, SECRETS_BYTES - 1]) refusal(() => readSecrets(bytes.subarray(0, length)), 'CHANNEL_MALFORMED')
  })

  it('give a response a key only for a nonce of 32 bytes', async () => {
    for (const length of [0, 31, 33])
      await expect(responseKey(SECRET, new Uint8Array(length))).rejects.toMatchObject({ code: 'CHANNEL_MALFORMED' })
    expect(await responseKey(SECRET, new Uint8Array(32))).toMatchObject({ algorithm: { name: 'AES-GCM', length: 256 } })
  })

  it('give keys that nobody can read back', async () => {
    const keys = [await responseKey(SECRET, new Uint8Array(32)), await requestKey(exporter, new Uint8Array(32), CONTEXT)]
    expect(keys.map((key) => (key as { extractable: boolean }).extractable)).toEqual([false, false])
  })
})
