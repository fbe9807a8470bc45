import { ed25519 } from '@noble/curves/ed25519.js'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { ripemd160 } from '@noble/hashes/legacy.js'
import { bytesToHex, type Hex, hexToBytes } from '../../bytes/hex.ts'
import { sha256 } from '../../crypto/hash.ts'
import type { Validator } from './lightBlock.ts'

/** The 20-byte address under which CometBFT lists the key of a validator. */
export function cometAddress({ type, key }: Pick<Validator, 'type' | 'key'>): Hex {
  const digest = sha256(hexToBytes(key))
  return bytesToHex(type === 'ed25519' ? digest.subarray(0, 20) : ripemd160(digest))
}

/**
 * Whether the validator signed `message`. Ed25519 follows ZIP-215 as CometBFT does: points may be of small order or not canonically
 * encoded, and the equation is cofactored. WebCrypto and RFC 8032 refuse some of those signatures, so that a client on them would reject
 * blocks that the network has committed. secp256k1: r ‖ s with low s over the SHA-256 of the message.
 */
export function isSignedBy({ type, key }: Pick<Validator, 'type' | 'key'>, message: Uint8Array, signature: Hex): boolean {
  const [publicKey, bytes] = [hexToBytes(key), hexToBytes(signature)]
  try {
    return type === 'ed25519'
      ? ed25519.verify(bytes, message, publicKey, { zip215: true })
      : secp256k1.verify(bytes, sha256(message), publicKey, { prehash: false, lowS: true, format: 'compact' })
  } catch {
    return false
  }
}
