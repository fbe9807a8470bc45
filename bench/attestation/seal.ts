import { randomBytes } from 'node:crypto'
import { sealOpener } from '@opengradient/inference'
import { ZERO_HASH } from '@opengradient/protocol'
import { parseSealHeader, RequestSealer, type SealContext } from '@opengradient/protocol/seal'

const CONTEXT: SealContext = {
  keysetDigest: ZERO_HASH,
  method: 'POST',
  path: '/v2/models/bench/infer',
  contentType: 'application/json',
  modelId: ZERO_HASH,
  requestId: ZERO_HASH,
  paymentId: ZERO_HASH,
}

/**
 * Seals a request of 16 KiB as a client does, and opens it as a node does.
 * @param session `kept`: of a session that both know; `new`: the first of its session, for which both agree on a key
 */
export function sealing(session: 'kept' | 'new'): () => Promise<void> {
  const opener = sealOpener(randomBytes(32))
  const keyset = { hpke: opener.publicKey }
  const body = new Uint8Array(16_384).fill(9)
  const caller = () => new RequestSealer(() => 0, randomBytes)
  let sealer = caller()
  return async () => {
    if (session === 'new') sealer = caller()
    const sealed = await sealer.seal({ ...CONTEXT, keyset, body })
    const opened = opener.open({ ...CONTEXT, seal: parseSealHeader(sealed.headers['og-seal']), body: sealed.body })
    if (opened.body.length !== body.length) throw new Error('the opened body is another')
  }
}
