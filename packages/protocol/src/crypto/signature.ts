import { secp256k1 } from '@noble/curves/secp256k1.js'
import { type Address, bytesToHex, type Hex, hexToBytes } from '../bytes/hex.ts'
import { OgError } from '../error/error.ts'
import { keccak256 } from './hash.ts'

/** A signature as libraries give it: r ‖ s (64 bytes) and which of the two points it recovers to. */
export interface RawSignature {
  signature: Uint8Array
  recovery: number
}

/** Digest (32 bytes), r ‖ s (64 bytes) and recovery bit → uncompressed public key (65 bytes, 0x04 first). Throws if there is none. */
export type RecoverFunction = (digest: Uint8Array, signature: Uint8Array, recovery: 0 | 1) => Uint8Array

/** Digest (32 bytes) and private key (32 bytes) → low-s signature, deterministic as RFC 6979. */
export type SignFunction = (digest: Uint8Array, privateKey: Uint8Array) => RawSignature

const ORDER = 'fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141'
const HALF_ORDER = '7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0'
const ZERO = '0'.repeat(64)
const SIGNATURE_FORM = /^0x[0-9a-f]{130}$/

let recover: RecoverFunction = recoverWithNoble
let sign: SignFunction = signWithNoble

/**
 * The address whose key signed `digest`. `signature` is r ‖ s ‖ v, 65 bytes, v 27 or 28. Throws `SIGNATURE_MALFORMED`,
 * `SIGNATURE_HIGH_S`, or `SIGNATURE_INVALID` if no key could have made it.
 */
export function recoverAddress(digest: Hex, signature: Hex): Address {
  const form = parseSignature(signature)
  const bytes = hexToBytes(form)
  const hash = hexToBytes(digest, 32, 'digest')
  try {
    return addressOfPublicKey(recover(hash, bytes.subarray(0, 64), bytes[64] === 28 ? 1 : 0))
  } catch (cause) {
    throw new OgError('SIGNATURE_INVALID', 'No key can have made this signature over this digest.', { cause })
  }
}

/** Signs a 32-byte digest: r ‖ s ‖ v with low s and v 27 or 28. The same digest and key always give the same signature. */
export function signDigest(digest: Hex, privateKey: Uint8Array): Hex {
  checkPrivateKey(privateKey)
  const { signature, recovery } = sign(hexToBytes(digest, 32, 'digest'), privateKey)
  const out = new Uint8Array(65)
  out.set(signature)
  out[64] = 27 + recovery
  return parseSignature(bytesToHex(out))
}

/** The address of a private key (32 bytes). */
export function addressOf(privateKey: Uint8Array): Address {
  checkPrivateKey(privateKey)
  return addressOfPublicKey(secp256k1.getPublicKey(privateKey, false))
}

/** The address of an uncompressed public key (65 bytes): the last 20 bytes of the Keccak-256 of x ‖ y. */
export function addressOfPublicKey(publicKey: Uint8Array): Address {
  if (publicKey.length !== 65 || publicKey[0] !== 4) {
    throw new OgError('SIGNATURE_INVALID', `Expected an uncompressed public key of 65 bytes, got ${publicKey.length}.`)
  }
  return bytesToHex(keccak256(publicKey.subarray(1)).subarray(12))
}

/** Untrusted text as a signature in the one form accepted: 65 bytes, r and s in [1, n), s low, v 27 or 28. */
export function parseSignature(value: unknown, field = 'signature'): Hex {
  if (typeof value !== 'string' || !SIGNATURE_FORM.test(value)) {
    throw new OgError('SIGNATURE_MALFORMED', `${field}: expected 0x and 130 lower-case hex digits (r ‖ s ‖ v).`, { details: { field } })
  }
  const r = value.slice(2, 66)
  const s = value.slice(66, 130)
  const v = value.slice(130)
  // Hex of equal length compares like the numbers it stands for.
  if (r === ZERO || r >= ORDER || s === ZERO || s >= ORDER) {
    throw new OgError('SIGNATURE_MALFORMED', `${field}: r and s must be between 1 and the order of the curve.`, { details: { field } })
  }
  if (v !== '1b' && v !== '1c') {
    throw new OgError('SIGNATURE_MALFORMED', `${field}: v must be 27 or 28, not ${Number.parseInt(v, 16)}.`, { details: { field } })
  }
  if (s > HALF_ORDER) {
    throw new OgError('SIGNATURE_HIGH_S', `${field}: s is above half the order. Take n − s and flip v.`, { details: { field } })
  }
  return value as Hex
}

/** Throws `KEY_INVALID` unless the bytes are a secp256k1 private key. The message never holds the key. */
export function checkPrivateKey(privateKey: Uint8Array): void {
  if (!secp256k1.utils.isValidSecretKey(privateKey)) {
    throw new OgError(
      'KEY_INVALID',
      `A private key is 32 bytes, neither zero nor above the order of the curve (got ${privateKey.length} bytes).`,
    )
  }
}

/** Installs a faster public-key recovery for the whole process, after comparing it with noble. Without argument: back to noble. */
export function setFastRecover(fast?: RecoverFunction): void {
  if (fast) {
    const { digest, raw } = knownSignature()
    const answer = bytesToHex(fast(digest, raw.signature, raw.recovery as 0 | 1))
    refuseUnlessEqual('recover', answer, bytesToHex(secp256k1.getPublicKey(KNOWN_KEY, false)))
  }
  recover = fast ?? recoverWithNoble
}

/** Installs a faster signing function for the whole process, after comparing it with noble. Without argument: back to noble. */
export function setFastSign(fast?: SignFunction): void {
  if (fast) {
    const { digest, raw } = knownSignature()
    const answer = fast(digest, KNOWN_KEY)
    refuseUnlessEqual('sign', `${bytesToHex(answer.signature)} ${answer.recovery}`, `${bytesToHex(raw.signature)} ${raw.recovery}`)
  }
  sign = fast ?? signWithNoble
}

const KNOWN_KEY = new Uint8Array(32).fill(7)

function knownSignature(): { digest: Uint8Array; raw: RawSignature } {
  const digest = keccak256(KNOWN_KEY)
  return { digest, raw: signWithNoble(digest, KNOWN_KEY) }
}

function refuseUnlessEqual(name: string, answer: string, expected: string): void {
  if (answer !== expected) {
    throw new OgError('CRYPTO_BACKEND', `The ${name} given disagrees with the reference. Use noble instead.`, { details: { name } })
  }
}

function recoverWithNoble(digest: Uint8Array, signature: Uint8Array, recovery: 0 | 1): Uint8Array {
  return secp256k1.Signature.fromBytes(signature).addRecoveryBit(recovery).recoverPublicKey(digest).toBytes(false)
}

function signWithNoble(digest: Uint8Array, privateKey: Uint8Array): RawSignature {
  const recovered = secp256k1.sign(digest, privateKey, { prehash: false, format: 'recovered' })
  return { signature: recovered.slice(1), recovery: recovered[0]! }
}
