import { randomBytes } from 'node:crypto'
import { utf8 } from '../bytes/bytes.ts'
import type { Hex } from '../bytes/hex.ts'
import { ZERO_HASH } from '../bytes/hex.ts'
import { hashOf } from '../testkit/samples.testkit.ts'
import { deriveSealKey, openRequest, RequestSealer, type SealContext, type SealedRequest, type SealKey } from './index.ts'

export const RESPONSE_NONCE = new Uint8Array(32).fill(5)
export const BODY = utf8('{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[0.5,-1.25]}]}')

export const CONTEXT: SealContext = {
  keysetDigest: hashOf('keyset'),
  method: 'POST',
  path: '/v2/models/volatility/infer',
  contentType: 'application/json',
  headerLength: 76,
  modelId: hashOf('model'),
  requestId: hashOf('request id'),
  paymentId: ZERO_HASH,
}

export const aKey = (byte = 7): Promise<SealKey> => deriveSealKey(new Uint8Array(32).fill(byte))

/** A caller whose clock stands still. */
export const aSealer = (): RequestSealer => new RequestSealer(() => 0, randomBytes)

/** A request of a session of its own, or of the sealer's. */
export async function aSealed(
  body: Uint8Array = BODY,
  context: SealContext = CONTEXT,
  sealer = aSealer(),
): Promise<{ key: SealKey; sealed: SealedRequest }> {
  const key = await aKey()
  return { key, sealed: await sealer.seal({ ...context, keyset: { hpke: key.publicKey }, body }) }
}

export const seal = (sealed: SealedRequest): string => sealed.headers['og-seal']

/** Both ends of one exchange: what the enclave seals with, and what its caller opens with. */
export async function anExchange(nonce: Uint8Array = RESPONSE_NONCE) {
  const { key, sealed } = await aSealed()
  const opened = await openRequest(key, { ...CONTEXT, seal: seal(sealed), body: sealed.body })
  return { sealed, opened, sealer: await opened.respond(nonce) }
}

export const otherHash: Hex = hashOf('something else')
