import { base64url, fromBase64url } from '../bytes/base64.ts'
import { concatBytes, uintBytes, utf8 } from '../bytes/bytes.ts'
import { bytesToHex, type Hex, hexToBytes } from '../bytes/hex.ts'
import { OgError } from '../error/error.ts'

/**
 * HTTP header that says to which keyset, in which session and under which salt a body is sealed: `v1.<keyset digest>.<enc>.<salt>`, each
 * base64url of 32 bytes.
 */
export const SEAL_HEADER = 'og-seal'

const HEADER = /^v1\.([A-Za-z0-9_-]{43})\.([A-Za-z0-9_-]{43})\.([A-Za-z0-9_-]{43})$/

/** What `OG-Seal` holds. */
export interface SealHeader {
  readonly keysetDigest: Hex
  /** The X25519 public key that the sender drew for the session, 32 bytes. */
  readonly enc: Uint8Array
  /** 32 random bytes of this request: with the session they give its keys, which no other request has. */
  readonly salt: Uint8Array
}

/** The text of `OG-Seal`. */
export const encodeSealHeader = ({ keysetDigest, enc, salt }: SealHeader): string =>
  `v1.${base64url(hexToBytes(keysetDigest, 32))}.${base64url(enc)}.${base64url(salt)}`

/** `OG-Seal` from untrusted text; throws `CHANNEL_MALFORMED`. */
export function parseSealHeader(header: string): SealHeader {
  const [, digest, enc, salt] = HEADER.exec(header) ?? []
  if (digest === undefined || enc === undefined || salt === undefined) throw malformed()
  try {
    return { keysetDigest: bytesToHex(fromBase64url(digest)), enc: fromBase64url(enc), salt: fromBase64url(salt) }
  } catch (cause) {
    throw malformed(cause)
  }
}

/** The request that a sealed body belongs to. Another value of any member, and the body does not open. */
export interface SealContext {
  /** SHA-256 of the keyset whose key it is sealed to. */
  readonly keysetDigest: Hex
  /** Upper case. */
  readonly method: string
  /** Path and query as in the request line. */
  readonly path: string
  /** The `Content-Type` of what is sealed, which is also the one of the HTTP request; empty if there is none. */
  readonly contentType: string
  /** `Inference-Header-Content-Length`, if the plaintext is JSON followed by binary tensors. */
  readonly headerLength?: number
  readonly modelId: Hex
  readonly requestId: Hex
  /** The authorisation that pays; zero for a free request. */
  readonly paymentId: Hex
}

/** HPKE's `info`: `"opengradient/hpke/v1" ‖ keyset digest`. */
export const sealInfo = ({ keysetDigest }: Pick<SealContext, 'keysetDigest'>): Uint8Array =>
  concatBytes(utf8('opengradient/hpke/v1'), hexToBytes(keysetDigest, 32, 'keysetDigest'))

/**
 * What the key of a sealed request is exported under, besides label and salt: method, path, content type, header length in decimal (empty if
 * none), modelId, requestId and paymentId, each behind its length as u32be.
 */
export function sealContextBytes({ method, path, contentType, headerLength, modelId, requestId, paymentId }: SealContext): Uint8Array {
  const texts = [method, path, contentType, headerLength === undefined ? '' : String(headerLength)].map(utf8)
  const ids = [hexToBytes(modelId, 32, 'modelId'), hexToBytes(requestId, 32, 'requestId'), hexToBytes(paymentId, 32, 'paymentId')]
  return concatBytes(...[...texts, ...ids].flatMap((part) => [uintBytes(part.length, 4), part]))
}

const malformed = (cause?: unknown) =>
  new OgError('CHANNEL_MALFORMED', 'OG-Seal: expected v1.<keyset digest>.<enc>.<salt>, each 43 characters of base64url.', { cause })
