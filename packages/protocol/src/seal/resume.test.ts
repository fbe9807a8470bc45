import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { utf8 } from '../bytes/bytes.ts'
import { deriveSealKey, openRequest, openResponse, RequestSealer, type SealState } from './index.ts'

const id = (byte: string) => `0x${byte.repeat(32)}` as const
const about = {
  keysetDigest: id('01'),
  method: 'POST',
  path: '/v2/models/m/infer',
  contentType: 'application/json',
  modelId: id('02'),
  requestId: id('03'),
  paymentId: id('04'),
}

it('a sender that stopped opens the answer with what it kept, and nobody does with what belongs to another request of the session', async () => {
  const key = await deriveSealKey(new Uint8Array(32).fill(9))
  const sealer = new RequestSealer(() => 0, randomBytes)
  const seal = () => sealer.seal({ ...about, keyset: { hpke: key.publicKey }, body: utf8('question') })
  const [sealed, other] = [await seal(), await seal()]
  const arrived = await openRequest(key, { ...about, seal: sealed.headers['og-seal'], body: sealed.body })
  const frames = await (await arrived.respond(new Uint8Array(32).fill(5))).seal(utf8('answer'), true)
  const kept = JSON.parse(JSON.stringify(sealed.state)) as SealState
  expect(await openResponse(kept, frames)).toEqual(utf8('answer'))
  await expect(openResponse(other.state, frames)).rejects.toMatchObject({ code: 'CHANNEL_MISMATCH' })
  await expect(openResponse(kept, frames.subarray(0, -1))).rejects.toMatchObject({ code: 'CHANNEL_TRUNCATED' })
  await expect(openResponse({ responseSecret: '0x00' }, frames)).rejects.toMatchObject({ name: 'OgError' })
})
