import { expand } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { concatBytes, utf8 } from '../bytes/bytes.ts'
import { bytesToHex, type Hex, hexToBytes } from '../bytes/hex.ts'
import { OgError } from '../error/error.ts'
import { RESPONSE_NONCE_BYTES } from './frame.ts'
import { type SealContext, sealContextBytes } from './head.ts'
import type { WebCryptoKey } from './webcrypto.ts'

/** What both ends of an HPKE context can derive from it. */
export interface Exporter {
  export(context: ArrayBuffer, length: number): Promise<ArrayBuffer>
}

/**
 * The AES-256-GCM key of one request: exported (RFC 9180, 5.3) under a label, the request's salt and all that it is bound to. Nothing else is
 * ever sealed with it. Throws `CHANNEL_MALFORMED` where method, path and content type are too long for it.
 */
export async function requestKey(session: Exporter, salt: Uint8Array, context: SealContext): Promise<WebCryptoKey> {
  const exported = concatBytes(utf8('opengradient/request-key'), salt, sealContextBytes(context))
  if (exported.length > MOST_EXPORTED) throw tooLong(context)
  return aesKey(new Uint8Array(await session.export(new Uint8Array(exported).buffer, 32)))
}

/** Bytes of an exporter's context that `@hpke/core` takes. */
const MOST_EXPORTED = 8_192

function tooLong({ method, path, contentType }: SealContext): OgError {
  const lengths = { method: utf8(method).length, path: utf8(path).length, contentType: utf8(contentType).length }
  const bytes = Math.max(...Object.values(lengths))
  const [field] = Object.entries(lengths).find(([, length]) => length === bytes)!
  return new OgError('CHANNEL_MALFORMED', `The ${field} of the sealed request has ${bytes} bytes, which is too long.`, {
    details: { field, bytes },
  })
}

/** AES-GCM nonce of a request: its key is used once. */
export const REQUEST_NONCE = new Uint8Array(12)

/** The salts in the hashes of a sealed request and its response: without them nobody can confirm a guess of either. 32 bytes each. */
export interface SealSalts {
  readonly requestSalt: Hex
  readonly responseSalt: Hex
}

/** What the sender draws for one request, and seals in front of its body. */
export interface SealSecrets {
  readonly salts: SealSalts
  /** What the keys of all responses to the request are derived from, 32 bytes. */
  readonly responseSecret: Hex
}

/** Bytes of the secrets in front of the body: request salt, response salt, response secret. */
export const SECRETS_BYTES = 96

/** `bytes`: 96 random ones, then anything. Throws `CHANNEL_MALFORMED` for fewer. */
export function readSecrets(bytes: Uint8Array): SealSecrets {
  if (bytes.length < SECRETS_BYTES) throw new OgError('CHANNEL_MALFORMED', 'The sealed bytes hold no secrets in front of the body.')
  const [requestSalt, responseSalt, responseSecret] = [0, 32, 64].map((at) => bytesToHex(bytes.subarray(at, at + 32))) as [Hex, Hex, Hex]
  return { salts: { requestSalt, responseSalt }, responseSecret }
}

/**
 * The AES-256-GCM key of one response: HKDF-Expand of the response secret with the response's nonce, 32 random bytes at its start, which keep
 * the key from being used twice when somebody sends the same sealed request again.
 */
export async function responseKey(responseSecret: Hex, nonce: Uint8Array): Promise<WebCryptoKey> {
  if (nonce.length !== RESPONSE_NONCE_BYTES)
    throw new OgError('CHANNEL_MALFORMED', `The nonce of a response has ${nonce.length} bytes, not 32.`)
  const secret = hexToBytes(responseSecret, 32, 'responseSecret')
  return aesKey(new Uint8Array(expand(sha256, secret, concatBytes(utf8('opengradient/response-key'), nonce), 32)))
}

const aesKey = (bytes: Uint8Array<ArrayBuffer>): Promise<WebCryptoKey> =>
  globalThis.crypto.subtle.importKey('raw', bytes, 'AES-GCM', false, ['encrypt', 'decrypt'])
