import { constants, createPrivateKey, type KeyObject, sign as nodeSign, privateEncrypt } from 'node:crypto'
import { base64url, concatBytes, uintBytes, utf8 } from '@opengradient/protocol'
import { digest, type HashName } from './hash.ts'

/** A private key of 2048 bits as signing needs it. */
export interface RsaNumbers {
  readonly modulus: Uint8Array
  readonly privateKey: KeyObject
}

/** The key of these two primes, with the exponent 65537. */
export function rsaNumbers(p: bigint, q: bigint): RsaNumbers {
  const d = inverse(65537n, (p - 1n) * (q - 1n))
  const text = (value: bigint, size: number): string => base64url(uintBytes(value, size))
  const modulus = uintBytes(p * q, 256)
  const jwk = {
    kty: 'RSA',
    n: base64url(modulus),
    e: 'AQAB',
    d: text(d, 256),
    p: text(p, 128),
    q: text(q, 128),
    dp: text(d % (p - 1n), 128),
    dq: text(d % (q - 1n), 128),
    qi: text(inverse(q, p), 128),
  }
  return { modulus, privateKey: createPrivateKey({ key: jwk, format: 'jwk' }) }
}

/** RSASSA-PKCS1-v1_5. */
export const signPkcs1 = ({ privateKey }: RsaNumbers, hash: HashName, message: Uint8Array): Uint8Array =>
  new Uint8Array(nodeSign(hash.replace('-', ''), message, privateKey))

/** RSASSA-PSS (RFC 8017, 8.1.1) with MGF1 of the same hash. The salt comes from the message, so that the same certificate is made again. */
export function signPss({ privateKey }: RsaNumbers, hash: HashName, message: Uint8Array): Uint8Array {
  const hashed = digest(hash, message)
  const salt = digest(hash, concatBytes(utf8('salt'), message))
  const fingerprint = digest(hash, concatBytes(new Uint8Array(8), hashed, salt))
  const size = 256 - fingerprint.length - 1
  const block = concatBytes(new Uint8Array(size - salt.length - 1), Uint8Array.of(1), salt)
  const mask = mgf1(hash, fingerprint, size)
  const masked = block.map((byte, i) => byte ^ mask[i]!)
  masked[0]! &= 0x7f
  const encoded = concatBytes(masked, fingerprint, Uint8Array.of(0xbc))
  return new Uint8Array(privateEncrypt({ key: privateKey, padding: constants.RSA_NO_PADDING }, encoded))
}

function mgf1(hash: HashName, seed: Uint8Array, length: number): Uint8Array {
  const blocks: Uint8Array[] = []
  for (let i = 0; i * 32 < length; i++) blocks.push(digest(hash, concatBytes(seed, uintBytes(i, 4))))
  return concatBytes(...blocks).subarray(0, length)
}

/** value⁻¹ mod modulus, by Euclid. */
function inverse(value: bigint, modulus: bigint): bigint {
  let [a, b, x, y] = [value % modulus, modulus, 1n, 0n]
  while (b !== 0n) [a, b, x, y] = [b, a % b, y, x - (a / b) * y]
  return ((x % modulus) + modulus) % modulus
}
