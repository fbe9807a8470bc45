import { constants, createPublicKey, type KeyObject, verify } from 'node:crypto'
import { base64url, concatBytes } from '@opengradient/protocol'
import { wellFormed } from './form.ts'
import type { PublicKey, SignatureCheck, SignatureClaim } from './types.ts'

/**
 * Signatures through `node:crypto`, which takes half the time of the Web Cryptography API in Node: no copies, no other thread. The same verdicts as
 * `webCryptoCheck`.
 */
export const nodeCheck: SignatureCheck = async (claim) => {
  if (!wellFormed(claim)) return false
  try {
    return isSigned(claim)
  } catch {
    return false
  }
}

/** SubjectPublicKeyInfo before an uncompressed point (RFC 5480). */
const POINT_INFO = {
  'P-256': Uint8Array.of(48, 89, 48, 19, 6, 7, 42, 134, 72, 206, 61, 2, 1, 6, 8, 42, 134, 72, 206, 61, 3, 1, 7, 3, 66, 0),
  'P-384': Uint8Array.of(48, 118, 48, 16, 6, 7, 42, 134, 72, 206, 61, 2, 1, 6, 5, 43, 129, 4, 0, 34, 3, 98, 0),
} as const

function isSigned({ key, scheme, hash, signature, message }: SignatureClaim): boolean {
  const imported = importKey(key)
  const name = hash.replace('-', '')
  if (scheme === 'ecdsa') return verify(name, message, { key: imported, dsaEncoding: 'ieee-p1363' }, signature)
  if (scheme === 'pkcs1') return verify(name, message, { key: imported, padding: constants.RSA_PKCS1_PADDING }, signature)
  const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
  return verify(name, message, { key: imported, ...pss }, signature)
}

/** The point must be on its curve; OpenSSL throws otherwise. */
function importKey(key: PublicKey): KeyObject {
  if (key.kind === 'rsa') return createPublicKey({ key: { kty: 'RSA', n: base64url(key.modulus), e: 'AQAB' }, format: 'jwk' })
  return createPublicKey({ key: Buffer.from(concatBytes(POINT_INFO[key.curve], key.point)), format: 'der', type: 'spki' })
}
