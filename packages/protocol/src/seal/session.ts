import { concatBytes } from '../bytes/bytes.ts'
import { hexToBytes } from '../bytes/hex.ts'
import { OgError } from '../error/error.ts'
import type { Keyset } from '../tee/keyset.ts'
import { encodeSealHeader, SEAL_HEADER, type SealContext, sealInfo } from './head.ts'
import type { FrameOpener } from './opener.ts'
import { pad } from './padding.ts'
import { openResponse, resumeOpener, type SealState } from './response.ts'
import { type Exporter, REQUEST_NONCE, readSecrets, requestKey, SECRETS_BYTES, type SealSalts } from './secrets.ts'
import { suite } from './suite.ts'

/** A request to seal: where it goes, and the keyset whose evidence the caller has verified. */
export interface SealableRequest extends SealContext {
  readonly keyset: Pick<Keyset, 'hpke'>
  readonly body: Uint8Array
}

/** A sealed request, and what only its sender can do. */
export interface SealedRequest {
  /** To be added to those of the plain request, of which only the body changes. */
  readonly headers: { readonly [SEAL_HEADER]: string }
  readonly body: Uint8Array
  /** For the hashes in the receipt, and for `seal` in the bundle. */
  readonly salts: SealSalts
  /** For `resumeOpener`. */
  readonly state: SealState
  /** What opens the response as it arrives. Each response needs a new one. */
  opener(): FrameOpener
  /** Opens a whole response. Throws `CHANNEL_*`. */
  open(response: Uint8Array): Promise<Uint8Array>
}

/** The sender's end of one key exchange with a keyset (RFC 9180, 5): an HPKE context that secrets are exported from and nothing else. */
export interface SealSession {
  /** The public key drawn for it, 32 bytes. */
  readonly enc: Uint8Array
  readonly exporter: Exporter
}

/** Draws a key and agrees with the key of a keyset. Throws `CHANNEL_KEY_INVALID` for a key of low order. */
export async function startSession({ keyset, keysetDigest }: Pick<SealableRequest, 'keyset' | 'keysetDigest'>): Promise<SealSession> {
  const hpke = await suite()
  try {
    const recipientPublicKey = await hpke.kem.deserializePublicKey(new Uint8Array(hexToBytes(keyset.hpke, 32, 'hpke')))
    const exporter = await hpke.createSenderContext({ recipientPublicKey, info: new Uint8Array(sealInfo({ keysetDigest })) })
    return { enc: new Uint8Array(exporter.enc), exporter }
  } catch (cause) {
    throw new OgError('CHANNEL_KEY_INVALID', `Nothing can be sealed to the key ${keyset.hpke}.`, { cause })
  }
}

/** Seals one request of a session, under a key of its own and with secrets of its own in front of the body. */
export async function sealInSession(
  { enc, exporter }: SealSession,
  request: SealableRequest,
  random: (length: number) => Uint8Array,
): Promise<SealedRequest> {
  const salt = random(32)
  const secrets = random(SECRETS_BYTES)
  const key = await requestKey(exporter, salt, request)
  const plain = pad(concatBytes(secrets, request.body))
  const body = await globalThis.crypto.subtle.encrypt({ name: 'AES-GCM', iv: REQUEST_NONCE }, key, plain)
  const { salts, responseSecret } = readSecrets(secrets)
  const state = { responseSecret }
  return {
    headers: { [SEAL_HEADER]: encodeSealHeader({ keysetDigest: request.keysetDigest, enc, salt }) },
    body: new Uint8Array(body),
    salts,
    state,
    opener: () => resumeOpener(state),
    open: (response) => openResponse(state, response),
  }
}
