import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { bytesToHex, ZERO_HASH } from '@opengradient/protocol'
import { type SealContext, sealInfo } from '@opengradient/protocol/seal'
import { expect, test } from 'vitest'
import { recipientSession, scheduleContext } from './context.ts'
import { MAX_MESSAGE } from './hmac.ts'

const hash = () => bytesToHex(randomBytes(32))
const raw = (key: { export(options: { format: 'jwk' }): { x?: string } }) => Buffer.from(key.export({ format: 'jwk' }).x!, 'base64url')

test('a session gives a key for every head that fits, and refuses a longer one whatever its characters take', () => {
  const [node, sender] = [generateKeyPairSync('x25519'), generateKeyPairSync('x25519')]
  const keysetDigest = hash()
  const schedule = scheduleContext(sealInfo({ keysetDigest }))
  const session = recipientSession(node.privateKey, raw(node.publicKey), raw(sender.publicKey), schedule)!
  const ids = { keysetDigest, modelId: hash(), requestId: hash(), paymentId: ZERO_HASH }
  const keyOf = (path: string) => session.requestKey(randomBytes(32), { ...ids, method: 'POST', contentType: '', path } as SealContext)
  const longest = (MAX_MESSAGE - 1_024) / 3 - 'POST'.length
  for (const character of ['a', 'é', '€']) {
    expect(keyOf(character.repeat(longest))).toHaveLength(32)
    expect(() => keyOf(character.repeat(longest + 1))).toThrow(expect.objectContaining({ code: 'CHANNEL_MALFORMED' }))
  }
})
