import { bytesToHex, type Hex, hexToBytes } from '../bytes/hex.ts'
import { OgError } from '../error/error.ts'
import type { Keyset } from '../tee/keyset.ts'
import { encodeSealHeader, parseSealHeader, SEAL_HEADER, type SealContext, sealAad, sealInfo } from './head.ts'
import type { SealKey } from './key.ts'
import { FrameOpener } from './opener.ts'
import { pad, unpad } from './padding.ts'
import { FrameSealer } from './sealer.ts'
import { responseKey, responseSecret, type SealSalts, saltsOf } from './secrets.ts'
import { suite } from './suite.ts'

/** A request to seal: where it goes, and the keyset whose evidence the caller has verified. */
export interface SealableRequest extends SealContext {
  readonly keyset: Pick<Keyset, 'hpke'>
  readonly body: Uint8Array
}

/**
 * What opens the responses to one sealed request, for a sender that may stop before it has the answer: keep it as private as the request, and
 * forget it afterwards. Members of 32 bytes each.
 */
export interface SealState {
  readonly enc: Hex
  readonly responseSecret: Hex
}

/** What opens a response to a request that was sealed earlier. */
export function resumeOpener({ enc, responseSecret }: SealState): FrameOpener {
  const [sent, secret] = [hexToBytes(enc, 32, 'enc'), hexToBytes(responseSecret, 32, 'responseSecret')]
  return new FrameOpener((nonce) => responseKey(secret, sent, nonce))
}

/** Opens a whole response. Throws `CHANNEL_*`. */
export async function openResponse(state: SealState, response: Uint8Array): Promise<Uint8Array> {
  const opener = resumeOpener(state)
  const body = await opener.push(response)
  opener.end()
  return body
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

/**
 * Seals a request body to the key of a keyset (RFC 9180; the ephemeral key is drawn by the Web Cryptography API). Throws
 * `CHANNEL_KEY_INVALID` for a key of low order.
 */
export async function sealRequest(request: SealableRequest): Promise<SealedRequest> {
  const context = await senderContext(request)
  const body = await context.seal(pad(request.body), new Uint8Array(sealAad(request)))
  const enc = new Uint8Array(context.enc)
  const state = { enc: bytesToHex(enc), responseSecret: bytesToHex(await responseSecret(context)) }
  return {
    headers: { [SEAL_HEADER]: encodeSealHeader({ keysetDigest: request.keysetDigest, enc }) },
    body: new Uint8Array(body),
    salts: await saltsOf(context),
    state,
    opener: () => resumeOpener(state),
    open: (response) => openResponse(state, response),
  }
}

async function senderContext({ keyset, ...request }: SealableRequest) {
  const hpke = await suite()
  try {
    const recipientPublicKey = await hpke.kem.deserializePublicKey(new Uint8Array(hexToBytes(keyset.hpke, 32, 'hpke')))
    return await hpke.createSenderContext({ recipientPublicKey, info: new Uint8Array(sealInfo(request)) })
  } catch (cause) {
    throw new OgError('CHANNEL_KEY_INVALID', `Nothing can be sealed to the key ${keyset.hpke}.`, { cause })
  }
}

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
 * Opens a request body. Throws `CHANNEL_MALFORMED` for a header of another form, `CHANNEL_KEYSET_UNKNOWN` if it names another keyset than
 * `keysetDigest`, `CHANNEL_MISMATCH` if the bytes were sealed for another key or another request, or altered.
 */
export async function openRequest({ pair }: SealKey, request: ArrivedRequest): Promise<OpenedRequest> {
  const { keysetDigest, enc } = parseSealHeader(request.seal)
  if (keysetDigest !== request.keysetDigest)
    throw new OgError('CHANNEL_KEYSET_UNKNOWN', `The body is sealed to the keyset ${keysetDigest}, not to ${request.keysetDigest}.`)
  const hpke = await suite()
  try {
    const context = await hpke.createRecipientContext({
      recipientKey: pair,
      enc: new Uint8Array(enc),
      info: new Uint8Array(sealInfo(request)),
    })
    const padded = await context.open(new Uint8Array(request.body), new Uint8Array(sealAad(request)))
    return {
      body: unpad(new Uint8Array(padded)),
      salts: await saltsOf(context),
      respond: async (nonce) => new FrameSealer(await responseKey(await responseSecret(context), enc, nonce), nonce),
    }
  } catch (cause) {
    throw cause instanceof OgError
      ? cause
      : new OgError('CHANNEL_MISMATCH', 'The body does not open: it is for another key or another request, or was altered.', { cause })
  }
}
