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

/** A faster implementation of the curve for Node; browsers use noble. */
export interface FastSecp256k1 {
  readonly recover: RecoverFunction
  readonly sign: SignFunction
  /** Private key (32 bytes) → uncompressed public key (65 bytes, 0x04 first). */
  readonly publicKey: (privateKey: Uint8Array) => Uint8Array
}

const ORDER = 'fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141'
const HALF_ORDER = '7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0'
const ZERO = '0'.repeat(64)
const SIGNATURE_FORM = /^0x[0-9a-f]{130}$/

const NOBLE: FastSecp256k1 = {
  recover: (digest, signature, recovery) =>
    secp256k1.Signature.fromBytes(signature).addRecoveryBit(recovery).recoverPublicKey(digest).toBytes(false),
  sign: (digest, privateKey) => {
    const recovered = secp256k1.sign(digest, privateKey, { prehash: false, format: 'recovered' })
    return { signature: recovered.slice(1), recovery: recovered[0]! }
  },
  publicKey: (privateKey) => secp256k1.getPublicKey(privateKey, false),
}

let curve = NOBLE

/**
 * The address whose key signed `digest`. `signature` is r ‖ s ‖ v, 65 bytes, v 27 or 28. Throws `SIGNATURE_MALFORMED`,
 * `SIGNATURE_HIGH_S`, or `SIGNATURE_INVALID` if no key could have made it.
 */
export function recoverAddress(digest: Hex, signature: Hex): Address {
  const form = parseSignature(signature)
  const bytes = hexToBytes(form)
  const hash = hexToBytes(digest, 32, 'digest')
  try {
    return addressOfPublicKey(curve.recover(hash, bytes.subarray(0, 64), bytes[64] === 28 ? 1 : 0))
  } catch (cause) {
    throw new OgError('SIGNATURE_INVALID', 'No key can have made this signature over this digest.', { cause })
  }
}

/** Signs a 32-byte digest: r ‖ s ‖ v with low s and v 27 or 28. The same digest and key always give the same signature. */
export function signDigest(digest: Hex, privateKey: Uint8Array): Hex {
  checkPrivateKey(privateKey)
  const { signature, recovery } = curve.sign(hexToBytes(digest, 32, 'digest'), privateKey)
  const out = new Uint8Array(65)
  out.set(signature)
  out[64] = 27 + recovery
  return parseSignature(bytesToHex(out))
}

/** The address of a private key (32 bytes). */
export function addressOf(privateKey: Uint8Array): Address {
  return addressOfPublicKey(publicKeyOf(privateKey))
}

/** The uncompressed public key (65 bytes, 0x04 first) of a private key (32 bytes). @throws OgError `KEY_INVALID` */
export function publicKeyOf(privateKey: Uint8Array): Uint8Array {
  checkPrivateKey(privateKey)
  return curve.publicKey(privateKey)
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

/**
 * Installs a faster implementation of the curve for the whole process; called by a program at its rim. One that fails its known answers is
 * refused with `CRYPTO_BACKEND`, and what there was stays. Without argument: back to noble.
 */
export function setFastSecp256k1(fast?: FastSecp256k1): void {
  if (fast) requireKnownAnswers(fast)
  curve = fast ?? NOBLE
}

/** Answers of noble for one key and digest. Written down: a process that has just begun would need a tenth of a second for them. */
const KNOWN = {
  publicKey:
    '0x04989c0b76cb563971fdc9bef31ec06c3560f3249d6ee9e5d83c57625596e05f6f631f4d05b3ae518776ee08755a7703e64b2ebc32547504de0b55a142d4ecdf80',
  signature:
    '0x7157050929571a762ab6e06207f74db146f165fead17acc7afe23000a091dc377b5faa50c021f3f9613f20531b8fc1a38744203a2f391c15e7b1455c3a296e4e',
  recovery: 0,
} as const

function requireKnownAnswers({ publicKey, sign, recover }: FastSecp256k1): void {
  const privateKey = new Uint8Array(32).fill(7)
  const digest = new Uint8Array(32).fill(9)
  const { signature, recovery } = sign(digest, privateKey)
  const wrong = [
    bytesToHex(publicKey(privateKey)) !== KNOWN.publicKey && 'public key',
    (bytesToHex(signature) !== KNOWN.signature || recovery !== KNOWN.recovery) && 'signature',
    bytesToHex(recover(digest, hexToBytes(KNOWN.signature), KNOWN.recovery)) !== KNOWN.publicKey && 'recovered key',
  ].find((name) => name !== false)
  if (wrong === undefined) return
  throw new OgError('CRYPTO_BACKEND', `The ${wrong} that this secp256k1 gives is not that of the reference. Use noble instead.`, {
    details: { name: wrong },
  })
}
