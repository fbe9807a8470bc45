import { checkPrimeSync, constants, createPrivateKey, type KeyObject, privateEncrypt } from 'node:crypto'
import { base64url, bytesToUint, concatBytes, uintBytes, utf8 } from '@opengradient/protocol'
import { digest, digestSize } from '../crypto/hash.ts'
import type { HashName } from '../crypto/types.ts'

/** A private key of 2048 bits and its modulus. The same seed gives the same key. */
export function rsaPair(seed: string): { readonly privateKey: KeyObject; readonly modulus: Uint8Array } {
  const p = prime(`${seed} p`)
  const q = prime(`${seed} q`)
  const d = inverse(E, (p - 1n) * (q - 1n))
  const part = (value: bigint, size = 128): string => base64url(uintBytes(value, size))
  const n = uintBytes(p * q, 256)
  const jwk = { kty: 'RSA', n: base64url(n), e: 'AQAB', d: part(d, 256), p: part(p), q: part(q) }
  const rest = { dp: part(d % (p - 1n)), dq: part(d % (q - 1n)), qi: part(inverse(q, p)) }
  return { privateKey: createPrivateKey({ key: { ...jwk, ...rest }, format: 'jwk' }), modulus: n }
}

/** RSASSA-PSS (RFC 8017, 8.1.1) with a salt that is a hash of the message, so that the same message gives the same signature. */
export function signPss(privateKey: KeyObject, hash: HashName, message: Uint8Array): Uint8Array {
  const size = digestSize(hash)
  const salt = digest(hash, concatBytes(utf8('salt'), message))
  const fingerprint = digest(hash, concatBytes(new Uint8Array(8), digest(hash, message), salt))
  const block = concatBytes(new Uint8Array(256 - 2 * size - 2), Uint8Array.of(1), salt)
  const blocks = Array.from({ length: Math.ceil(block.length / size) }, (_, i) => digest(hash, concatBytes(fingerprint, uintBytes(i, 4))))
  const mask = concatBytes(...blocks)
  const masked = block.map((byte, i) => byte ^ mask[i]!)
  masked[0]! &= 0x7f
  const encoded = concatBytes(masked, fingerprint, Uint8Array.of(0xbc))
  return new Uint8Array(privateEncrypt({ key: privateKey, padding: constants.RSA_NO_PADDING }, encoded))
}

const E = 65_537n

/** The first prime from a number of 1024 bits on that the seed gives, both top bits set. */
function prime(seed: string): bigint {
  const parts = [0, 1].map((i) => digest('SHA-512', utf8(`${seed} ${i}`)))
  let candidate = bytesToUint(concatBytes(...parts)) | (3n << 1022n) | 1n
  while (candidate % E === 1n || !checkPrimeSync(candidate, { checks: 32 })) candidate += 2n
  return candidate
}

function inverse(value: bigint, modulus: bigint): bigint {
  let [a, b, x, y] = [value % modulus, modulus, 1n, 0n]
  while (a !== 0n) {
    const times = b / a
    ;[a, b, x, y] = [b - times * a, a, y - times * x, x]
  }
  return ((y % modulus) + modulus) % modulus
}
