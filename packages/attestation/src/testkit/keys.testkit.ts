import { sign as nodeSign } from 'node:crypto'
import { p256, p384 } from '@noble/curves/nist.js'
import { utf8 } from '@opengradient/protocol'
import { digest } from '../crypto/hash.ts'
import type { HashName, PublicKey } from '../crypto/types.ts'
import { bits, int, NULL, oid, seq, wrap } from './der.testkit.ts'
import { rsaPair, signPss } from './rsa.testkit.ts'

/** A key pair of tests, and how it signs certificates. */
export interface TestKey {
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

/** The same name gives the same key. */
export function ecKey(curve: 'P-256' | 'P-384', seed: string): TestKey {
  const group = curve === 'P-256' ? p256 : p384
  const secret = digest(curve === 'P-256' ? 'SHA-256' : 'SHA-384', utf8(seed))
  const point = group.getPublicKey(secret, false)
  const own: HashName = curve === 'P-256' ? 'SHA-256' : 'SHA-384'
  const raw = (message: Uint8Array, hash: HashName = own): Uint8Array =>
    group.sign(digest(hash, message), secret, { prehash: false, lowS: false })
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

/** An RSA key of 2048 bits, which signs by PSS with SHA-384 (as AMD does) or PKCS #1 with SHA-256. The same name gives the same key. */
export function rsaKey(scheme: 'pss' | 'pkcs1', seed: string): TestKey {
  const { privateKey, modulus } = rsaPair(seed)
  const raw = (message: Uint8Array, hash: HashName = scheme === 'pss' ? 'SHA-384' : 'SHA-256'): Uint8Array =>
    scheme === 'pss' ? signPss(privateKey, hash, message) : new Uint8Array(nodeSign(hash.replace('-', ''), message, privateKey))
  return {
    key: { kind: 'rsa', modulus },
    spki: seq(seq(oid('1.2.840.113549.1.1.1'), NULL), bits(seq(int(modulus), int(65537)))),
    algorithm: scheme === 'pss' ? PSS : PKCS1,
    raw,
    der: (message) => raw(message),
  }
}
