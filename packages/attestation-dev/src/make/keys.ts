import { p256, p384 } from '@noble/curves/nist.js'
import { bytesToHex, utf8 } from '@opengradient/protocol'
import { bits, int, NULL, oid, seq, wrap } from './der.ts'
import { digest, type HashName } from './hash.ts'
import { derivePrimes } from './primes.ts'
import { type RsaNumbers, rsaNumbers, signPkcs1, signPss } from './rsa.ts'

const REMEMBERED = 4096
const made = new Map<string, unknown>()

/** What is made of the same words is made once: the same few certificates stand behind all evidence, and they are a millisecond or more each. */
function remembered<Value>(words: string, make: () => Value): Value {
  if (made.has(words)) return made.get(words) as Value
  if (made.size >= REMEMBERED) made.clear()
  const value = make()
  made.set(words, value)
  return value
}

/** A point, 0x04 ‖ x ‖ y, or a modulus of 2048 to 4096 bits (big-endian, no leading zeros) whose exponent is 65537. */
export type PublicKey =
  | { readonly kind: 'ec'; readonly curve: 'P-256' | 'P-384'; readonly point: Uint8Array }
  | { readonly kind: 'rsa'; readonly modulus: Uint8Array }

/** A key pair, and how it signs evidence and certificates. Signatures are deterministic. */
export interface SigningKey {
  readonly key: PublicKey
  /** SubjectPublicKeyInfo, and the AlgorithmIdentifier of its signatures. */
  readonly spki: Uint8Array
  readonly algorithm: Uint8Array
  /** r ‖ s, or the RSA signature. */
  readonly raw: (message: Uint8Array, hash?: HashName) => Uint8Array
  /** As certificates hold it. */
  readonly der: (message: Uint8Array) => Uint8Array
}

const ECDSA = { 'P-256': '1.2.840.10045.4.3.2', 'P-384': '1.2.840.10045.4.3.3' } as const
const CURVE = { 'P-256': '1.2.840.10045.3.1.7', 'P-384': '1.3.132.0.34' } as const

/** The same seed gives the same key. */
export const ecKey = (curve: 'P-256' | 'P-384', seed: string): SigningKey => remembered(`key ${curve} ${seed}`, () => newEcKey(curve, seed))

function newEcKey(curve: 'P-256' | 'P-384', seed: string): SigningKey {
  const group = curve === 'P-256' ? p256 : p384
  const own: HashName = curve === 'P-256' ? 'SHA-256' : 'SHA-384'
  const secret = digest(own, utf8(seed))
  const point = group.getPublicKey(secret, false)
  const raw = (message: Uint8Array, hash: HashName = own): Uint8Array => {
    const hashed = digest(hash, message)
    const sign = () => group.sign(hashed, secret, { prehash: false, lowS: false })
    return remembered(`signature ${bytesToHex(hashed)} ${curve} ${seed}`, sign).slice()
  }
  return {
    key: { kind: 'ec', curve, point },
    spki: seq(seq(oid('1.2.840.10045.2.1'), oid(CURVE[curve])), bits(point)),
    algorithm: seq(oid(ECDSA[curve])),
    raw,
    der: (message) => {
      const signature = raw(message)
      return seq(int(signature.subarray(0, signature.length / 2)), int(signature.subarray(signature.length / 2)))
    },
  }
}

const SHA384 = seq(oid('2.16.840.1.101.3.4.2.2'), NULL)
const PSS = seq(oid('1.2.840.113549.1.1.10'), seq(wrap(0, SHA384), wrap(1, seq(oid('1.2.840.113549.1.1.8'), SHA384)), wrap(2, int(48))))
const PKCS1 = seq(oid('1.2.840.113549.1.1.11'), NULL)

/** `pss` signs with SHA-384, as AMD does; `pkcs1` with SHA-256. */
export type RsaScheme = 'pss' | 'pkcs1'

/** An RSA key of 2048 bits; the same seed gives the same key, in some 60 ms the first time. */
export const rsaKey = (scheme: RsaScheme, seed: string): SigningKey =>
  remembered(`key ${scheme} ${seed}`, () => rsaKeyOf(scheme, rsaNumbers(...derivePrimes(seed))))

function rsaKeyOf(scheme: RsaScheme, numbers: RsaNumbers): SigningKey {
  const { modulus } = numbers
  const sign = scheme === 'pss' ? signPss : signPkcs1
  const raw = (message: Uint8Array, hash: HashName = scheme === 'pss' ? 'SHA-384' : 'SHA-256'): Uint8Array => sign(numbers, hash, message)
  return {
    key: { kind: 'rsa', modulus },
    spki: seq(seq(oid('1.2.840.113549.1.1.1'), NULL), bits(seq(int(modulus), int(65537)))),
    algorithm: scheme === 'pss' ? PSS : PKCS1,
    raw,
    der: (message) => raw(message),
  }
}
