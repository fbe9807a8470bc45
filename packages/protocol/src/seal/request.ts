import { OgError } from '../error/error.ts'
import { parseSealHeader, type SealContext, sealInfo } from './head.ts'
import type { SealKey } from './key.ts'
import { unpad } from './padding.ts'
import { FrameSealer } from './sealer.ts'
import { REQUEST_NONCE, readSecrets, requestKey, responseKey, SECRETS_BYTES, type SealSalts } from './secrets.ts'
import { suite } from './suite.ts'

/** A sealed request as it arrives. `seal`: the text of `OG-Seal`. */
export interface ArrivedRequest extends SealContext {
  readonly seal: string
  readonly body: Uint8Array
}

/** An opened request, and what only its recipient can do. */
export interface OpenedRequest {
  readonly body: Uint8Array
  readonly salts: SealSalts
  /** What seals the response. `nonce`: 32 fresh random bytes, never two responses with the same. */
  respond(nonce: Uint8Array): Promise<FrameSealer>
}

/**
 * Opens a request body. The portable way, on WebCrypto, and what the tests hold the other one against: inference nodes open with OpenSSL, which
 * remembers sessions and does a fortieth of the work. Throws `CHANNEL_MALFORMED` for a header of another form, `CHANNEL_KEYSET_UNKNOWN` if it
 * names another keyset than `keysetDigest`, `CHANNEL_MISMATCH` if the bytes were sealed for another key or another request, or altered.
 */
export async function openRequest({ pair }: SealKey, request: ArrivedRequest): Promise<OpenedRequest> {
  const { keysetDigest, enc, salt } = parseSealHeader(request.seal)
  if (keysetDigest !== request.keysetDigest)
    throw new OgError('CHANNEL_KEYSET_UNKNOWN', `The body is sealed to the keyset ${keysetDigest}, not to ${request.keysetDigest}.`)
  const hpke = await suite()
  try {
    const session = await hpke.createRecipientContext({
      recipientKey: pair,
      enc: new Uint8Array(enc),
      info: new Uint8Array(sealInfo(request)),
    })
    const key = await requestKey(session, salt, request)
    const padded = await globalThis.crypto.subtle.decrypt({ name: 'AES-GCM', iv: REQUEST_NONCE }, key, new Uint8Array(request.body))
    const plain = unpad(new Uint8Array(padded))
    const { salts, responseSecret } = readSecrets(plain)
    return {
      body: plain.subarray(SECRETS_BYTES),
      salts,
      respond: async (nonce) => new FrameSealer(await responseKey(responseSecret, nonce), nonce),
    }
  } catch (cause) {
    throw cause instanceof OgError
      ? cause
      : new OgError('CHANNEL_MISMATCH', 'The body does not open: it is for another key or another request, or was altered.', { cause })
  }
}
