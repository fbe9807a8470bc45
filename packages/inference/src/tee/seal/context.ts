import { createDecipheriv, createHmac, createPublicKey, diffieHellman, type KeyObject } from 'node:crypto'
import { utf8 } from '@opengradient/protocol'

/** The recipient's side of one HPKE context (RFC 9180): base mode, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM. */
export interface RecipientContext {
  /** The first message; nothing if it was made for another key, or altered. */
  open(sealed: Uint8Array, aad: Uint8Array): Buffer | undefined
  /** RFC 9180, 5.3. 32 bytes. */
  export(label: Uint8Array): Buffer
}

const VERSION = utf8('HPKE-v1')
const KEM = Buffer.concat([utf8('KEM'), Buffer.from('0020', 'hex')])
const SUITE = Buffer.concat([utf8('HPKE'), Buffer.from('002000010002', 'hex')])
const EMPTY = new Uint8Array()
const TAG = 16

const bytes = Object.fromEntries(
  ['eae_prk', 'shared_secret', 'psk_id_hash', 'info_hash', 'secret', 'key', 'base_nonce', 'exp', 'sec'].map((label) => [
    label,
    utf8(label),
  ]),
)

/** HMAC-SHA256 of several parts. */
export function hmac(key: Uint8Array, ...parts: readonly Uint8Array[]): Buffer {
  const mac = createHmac('sha256', key)
  for (const part of parts) mac.update(part)
  return mac.digest()
}

const extract = (suite: Uint8Array, salt: Uint8Array, label: string, ikm: Uint8Array): Buffer =>
  hmac(salt, VERSION, suite, bytes[label]!, ikm)

const ONE = Uint8Array.of(1)

/** At most 32 bytes: one block of HKDF-Expand. */
function expand(suite: Uint8Array, prk: Uint8Array, label: string, info: Uint8Array, length: number): Buffer {
  return hmac(prk, Uint8Array.of(0, length), VERSION, suite, bytes[label]!, info, ONE).subarray(0, length)
}

const PSK_ID_HASH = extract(SUITE, EMPTY, 'psk_id_hash', EMPTY)

/** What of the key schedule only depends on `info`. */
export const scheduleContext = (info: Uint8Array): Buffer =>
  Buffer.concat([Uint8Array.of(0), PSK_ID_HASH, extract(SUITE, EMPTY, 'info_hash', info)])

/**
 * The context that a sender made for this key; nothing if `enc` is no point that anything can be sealed with.
 * @param publicKey of `privateKey`, 32 bytes
 * @param enc the sender's public key, 32 bytes
 * @param schedule `scheduleContext` of the info
 */
export function recipientContext(
  privateKey: KeyObject,
  publicKey: Uint8Array,
  enc: Uint8Array,
  schedule: Uint8Array,
): RecipientContext | undefined {
  const dh = agreed(privateKey, enc)
  if (dh === undefined) return undefined
  const shared = expand(KEM, extract(KEM, EMPTY, 'eae_prk', dh), 'shared_secret', Buffer.concat([enc, publicKey]), 32)
  const secret = extract(SUITE, shared, 'secret', EMPTY)
  return {
    open(sealed, aad) {
      if (sealed.length < TAG) return undefined
      const key = expand(SUITE, secret, 'key', schedule, 32)
      const cipher = createDecipheriv('aes-256-gcm', key, expand(SUITE, secret, 'base_nonce', schedule, 12))
      cipher.setAAD(aad)
      cipher.setAuthTag(sealed.subarray(sealed.length - TAG))
      const plain = cipher.update(sealed.subarray(0, sealed.length - TAG))
      try {
        cipher.final()
        return plain
      } catch {
        return undefined
      }
    },
    export: (label) => expand(SUITE, expand(SUITE, secret, 'exp', schedule, 32), 'sec', label, 32),
  }
}

/** OpenSSL refuses points of low order, as RFC 9180 demands. */
function agreed(privateKey: KeyObject, enc: Uint8Array): Buffer | undefined {
  try {
    const x = Buffer.from(enc.buffer, enc.byteOffset, enc.byteLength).toString('base64url')
    const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x }, format: 'jwk' })
    return diffieHellman({ privateKey, publicKey })
  } catch {
    return undefined
  }
}
