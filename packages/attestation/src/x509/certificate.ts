import { bytesToHex, equalBytes, type Hex } from '@opengradient/protocol'
import { DerReader, explicit, readWhole, TAG } from '../asn1/der.ts'
import { readBitBytes, readSmall, readTime, readUnsigned } from '../asn1/values.ts'
import type { PublicKey } from '../crypto/types.ts'
import { demand } from '../result/rejection.ts'
import { readSignatureAlgorithm, type SignatureAlgorithm } from './algorithm.ts'
import { basicConstraints, type Extensions, keyUsage, readExtensions } from './extensions.ts'
import { readPublicKey } from './key.ts'
import { type Name, readName } from './name.ts'

/** Bytes of the longest certificate that is read. */
export const MAX_CERTIFICATE = 16_384
/** RFC 5280, 4.1.2.2. */
const MAX_SERIAL = 20

/** An X.509 v3 certificate (RFC 5280). Reading one says nothing about whether it is genuine. */
export interface Certificate {
  readonly der: Uint8Array
  /** What the issuer signed. */
  readonly signed: Uint8Array
  readonly algorithm: SignatureAlgorithm
  readonly signature: Uint8Array
  /** Without leading zeros; `0x` for 0. */
  readonly serial: Hex
  readonly issuer: Name
  readonly subject: Name
  /** Unix seconds, both inclusive. */
  readonly notBefore: number
  readonly notAfter: number
  readonly key: PublicKey
  readonly extensions: Extensions
  readonly ca: boolean
  /** How many authorities may follow below; undefined for no limit. */
  readonly pathLength: number | undefined
  /** Bits of KeyUsage; undefined when the certificate does not restrict its uses. */
  readonly usage: ReadonlySet<number> | undefined
}

/** Reads one certificate in strict DER, nothing after it. MALFORMED or UNSUPPORTED (version, key or algorithm). */
export function readCertificate(der: Uint8Array): Certificate {
  demand(der.length <= MAX_CERTIFICATE, 'MALFORMED', `A certificate of more than ${MAX_CERTIFICATE} bytes.`)
  const outer = readWhole(der, TAG.sequence, 'Certificate')
  const signed = outer.next(TAG.sequence)
  const algorithm = readSignatureAlgorithm(outer)
  const signature = readBitBytes(outer)
  outer.end('Certificate')

  const body = new DerReader(signed.value)
  const version = body.enter(explicit(0))
  demand(readSmall(version.next(TAG.integer)) === 2, 'UNSUPPORTED', 'Only certificates of version 3 are accepted.')
  version.end('Version')
  const serial = bytesToHex(readUnsigned(body.next(TAG.integer), MAX_SERIAL))
  demand(equalBytes(readSignatureAlgorithm(body).bytes, algorithm.bytes), 'MALFORMED', 'The certificate names two signature algorithms.')
  const issuer = readName(body)
  const validity = body.enter(TAG.sequence)
  const notBefore = readTime(validity)
  const notAfter = readTime(validity)
  validity.end('Validity')
  const subject = readName(body)
  const key = readPublicKey(body)
  const wrapped = body.enter(explicit(3))
  const extensions = readExtensions(wrapped.enter(TAG.sequence))
  wrapped.end('Extensions')
  body.end('Certificate')

  const { ca, pathLength } = basicConstraints(extensions)
  const usage = keyUsage(extensions)
  const { bytes } = signed
  return { der, signed: bytes, algorithm, signature, serial, issuer, subject, notBefore, notAfter, key, extensions, ca, pathLength, usage }
}
