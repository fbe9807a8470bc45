import { bytesToUint, concatBytes, equalBytes, uintBytes } from '@opengradient/protocol'
import { digest, digestSize } from './hash.ts'
import type { HashName } from './types.ts'

/** DigestInfo before the digest (RFC 8017, 9.2, note 1). */
const DIGEST_INFO: Readonly<Record<HashName, readonly number[]>> = {
  'SHA-256': [0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20],
  'SHA-384': [0x30, 0x41, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02, 0x05, 0x00, 0x04, 0x30],
  'SHA-512': [0x30, 0x51, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03, 0x05, 0x00, 0x04, 0x40],
}

/** signature^65537 mod modulus, as long as the modulus (RFC 8017, RSAVP1). */
function opened(modulus: Uint8Array, signature: Uint8Array): Uint8Array {
  const n = bytesToUint(modulus)
  const s = bytesToUint(signature)
  let power = s
  for (let i = 0; i < 16; i++) power = (power * power) % n
  return uintBytes((power * s) % n, modulus.length)
}

/** RSASSA-PKCS1-v1_5 (RFC 8017, 8.2.2): the one encoding of the digest, compared as a whole. */
export function verifyPkcs1(modulus: Uint8Array, hash: HashName, signature: Uint8Array, message: Uint8Array): boolean {
  const info = concatBytes(Uint8Array.from(DIGEST_INFO[hash]), digest(hash, message))
  const padding = new Uint8Array(modulus.length - info.length - 3).fill(0xff)
  return equalBytes(opened(modulus, signature), concatBytes(Uint8Array.of(0, 1), padding, Uint8Array.of(0), info))
}

/** RSASSA-PSS (RFC 8017, 8.1.2) with MGF1 of the same hash and a salt as long as the hash, for a modulus of whole bytes. */
export function verifyPss(modulus: Uint8Array, hash: HashName, signature: Uint8Array, message: Uint8Array): boolean {
  const size = digestSize(hash)
  const encoded = opened(modulus, signature)
  const masked = encoded.subarray(0, -size - 1)
  const fingerprint = encoded.subarray(-size - 1, -1)
  // The modulus has its top bit set, so the encoding is one bit shorter than its bytes.
  if (encoded.at(-1) !== 0xbc || masked[0]! >= 0x80) return false
  const mask = mgf1(hash, fingerprint, masked.length)
  const block = masked.map((byte, i) => byte ^ mask[i]!)
  block[0]! &= 0x7f
  const salt = block.subarray(-size)
  const padding = block.subarray(0, -size)
  if (padding.at(-1) !== 1 || padding.subarray(0, -1).some((byte) => byte !== 0)) return false
  return equalBytes(fingerprint, digest(hash, concatBytes(new Uint8Array(8), digest(hash, message), salt)))
}

function mgf1(hash: HashName, seed: Uint8Array, length: number): Uint8Array {
  const blocks = Array.from({ length: Math.ceil(length / digestSize(hash)) }, (_, i) => digest(hash, concatBytes(seed, uintBytes(i, 4))))
  return concatBytes(...blocks).subarray(0, length)
}
