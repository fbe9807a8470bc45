import { ZERO_HASH } from '@opengradient/protocol'
import { deriveSealKey, openRequest, type SealContext, sealRequest } from '@opengradient/protocol/seal'

const CONTEXT: SealContext = {
  keysetDigest: ZERO_HASH,
  method: 'POST',
  path: '/v2/models/bench/infer',
  contentType: 'application/json',
  modelId: ZERO_HASH,
  requestId: ZERO_HASH,
  paymentId: ZERO_HASH,
}

/** Seals a request of 16 KiB to a key and opens it with that key. */
export async function sealer(): Promise<() => Promise<void>> {
  const key = await deriveSealKey(new Uint8Array(32).fill(7))
  const body = new Uint8Array(16_384).fill(9)
  return async () => {
    const sealed = await sealRequest({ ...CONTEXT, keyset: { hpke: key.publicKey }, body })
    const opened = await openRequest(key, { ...CONTEXT, seal: sealed.headers['og-seal'], body: sealed.body })
    if (opened.body.length !== body.length) throw new Error('the opened body is another')
  }
}
