import { hkdf } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { concatBytes, utf8 } from '../bytes/bytes.ts'
import { bytesToHex, type Hex } from '../bytes/hex.ts'
import { OgError } from '../error/error.ts'
import { RESPONSE_NONCE_BYTES } from './frame.ts'
import type { WebCryptoKey } from './webcrypto.ts'

/** What both ends of an HPKE context can derive from it. */
export interface Exporter {
  export(label: ArrayBuffer, length: number): Promise<ArrayBuffer>
}

/** The salts in the hashes of a sealed request and its response: without them nobody can confirm a guess of either. 32 bytes each. */
export interface SealSalts {
  readonly requestSalt: Hex
  readonly responseSalt: Hex
}

const exported = async (context: Exporter, label: string): Promise<Uint8Array> =>
  new Uint8Array(await context.export(new Uint8Array(utf8(label)).buffer, 32))

export async function saltsOf(context: Exporter): Promise<SealSalts> {
  return {
    requestSalt: bytesToHex(await exported(context, 'opengradient/request-salt')),
    responseSalt: bytesToHex(await exported(context, 'opengradient/response-salt')),
  }
}

/** The secret that the keys of all responses to one request are derived from, 32 bytes. */
export const responseSecret = (context: Exporter): Promise<Uint8Array> => exported(context, 'opengradient/response-key')

/**
 * The AES-256-GCM key of one response: HKDF-SHA256 of the exported secret with `enc ‖ nonce` as salt (as RFC 9458, 4.4). The nonce, 32 random
 * bytes at the start of the response, keeps the key from being used twice when somebody sends the same sealed request again.
 */
export async function responseKey(secret: Uint8Array, enc: Uint8Array, nonce: Uint8Array): Promise<WebCryptoKey> {
  if (nonce.length !== RESPONSE_NONCE_BYTES)
    throw new OgError('CHANNEL_MALFORMED', `The nonce of a response has ${nonce.length} bytes, not 32.`)
  const key = hkdf(sha256, secret, concatBytes(enc, nonce), utf8('opengradient/response-key'), 32)
  return globalThis.crypto.subtle.importKey('raw', new Uint8Array(key), 'AES-GCM', false, ['encrypt', 'decrypt'])
}
