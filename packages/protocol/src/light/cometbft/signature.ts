import { ed25519 } from '@noble/curves/ed25519.js'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { ripemd160 } from '@noble/hashes/legacy.js'
import { bytesToHex, type Hex, hexToBytes } from '../../bytes/hex.ts'
import { sha256 } from '../../crypto/hash.ts'
import { OgError } from '../../error/error.ts'
import type { Validator } from './lightBlock.ts'

/** Whether a key (32 bytes) signed a message, as RFC 8032 has it, with the equation that is not cofactored. Signature: 64 bytes. */
export type Ed25519Verify = (signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array) => boolean

let accepts: Ed25519Verify = () => false

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
      ? accepts(bytes, message, publicKey) || ed25519.verify(bytes, message, publicKey, { zip215: true })
      : secp256k1.verify(bytes, sha256(message), publicKey, { prehash: false, lowS: true, format: 'compact' })
  } catch {
    return false
  }
}

/**
 * Installs a faster judge of Ed25519 for the whole process; called by a program at its rim. What it accepts is valid by ZIP-215 too: S below the
 * order, and an equation that still holds when multiplied by the cofactor. What it refuses is judged by noble, so that verdicts stay the same. One
 * that fails its known answers is refused with `CRYPTO_BACKEND`. Without argument: noble alone.
 */
export function setFastEd25519(verify?: Ed25519Verify): void {
  const message = new Uint8Array(32).fill(9)
  if (verify && !(verify(KNOWN.signature(), message, KNOWN.publicKey()) && !verify(KNOWN.signature(), message.fill(8), KNOWN.publicKey())))
    throw new OgError('CRYPTO_BACKEND', 'The Ed25519 given disagrees with the reference. Use noble instead.')
  accepts = verify ?? (() => false)
}

/** The signature of noble for 32 bytes of 9 with a key of 32 bytes of 7. */
const KNOWN = {
  publicKey: () => hexToBytes('0xea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c'),
  signature: () =>
    hexToBytes(
      '0x76fed99e8d162e60c2e183c5ef8f28eb1c8badfd367b33bd45d1890f61880885bf3ee814c8a654446c668c55f8bc6ed86097171afd0c6027bbfcf597ff91bf09',
    ),
}
