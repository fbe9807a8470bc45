import { bytesToHex, equalBytes, type Hex } from '@opengradient/protocol'
import { DerReader, explicit, readWhole, TAG } from '../asn1/der.ts'
import { OID } from '../asn1/oids.ts'
import { readBitBytes, readSmall, readTime, readUnsigned } from '../asn1/values.ts'
import { demand } from '../result/rejection.ts'
import { readSignatureAlgorithm, type SignatureAlgorithm } from './algorithm.ts'
import { type Extensions, readExtensions } from './extensions.ts'
import { type Name, readName } from './name.ts'

/** Bytes of the longest list that is read. */
export const MAX_CRL = 1_048_576

/** A certificate revocation list, version 2 (RFC 5280, section 5). Reading one says nothing about whether it is genuine. */
export interface Crl {
  readonly signed: Uint8Array
  readonly algorithm: SignatureAlgorithm
  readonly signature: Uint8Array
  readonly issuer: Name
  /** Unix seconds. */
  readonly thisUpdate: number
  readonly nextUpdate: number
  /** The number that grows with every list of this issuer; undefined if the list has none. */
  readonly number: bigint | undefined
  /** Serials as in `Certificate.serial`. */
  readonly revoked: ReadonlySet<Hex>
}

/** Reads one list in strict DER. A list without its next date, or with a critical extension (delta and partial lists), is refused. */
export function readCrl(der: Uint8Array): Crl {
  demand(der.length <= MAX_CRL, 'MALFORMED', `A revocation list of more than ${MAX_CRL} bytes.`)
  const outer = readWhole(der, TAG.sequence, 'Revocation list')
  const { value, bytes: signed } = outer.next(TAG.sequence)
  const algorithm = readSignatureAlgorithm(outer)
  const signature = readBitBytes(outer)
  outer.end('Revocation list')

  const body = new DerReader(value)
  demand(readSmall(body.next(TAG.integer)) === 1, 'MALFORMED', 'Only revocation lists of version 2 are accepted.')
  demand(
    equalBytes(readSignatureAlgorithm(body).bytes, algorithm.bytes),
    'MALFORMED',
    'The revocation list names two signature algorithms.',
  )
  const issuer = readName(body)
  const thisUpdate = readTime(body)
  const nextUpdate = readTime(body)
  const list = body.peek() === TAG.sequence ? body.enter(TAG.sequence) : undefined
  const revoked = list ? readRevoked(list) : new Set<Hex>()
  const extensions = body.done ? new Map() : readListExtensions(body)
  body.end('Revocation list')
  refuseCritical(extensions)
  return { signed, algorithm, signature, issuer, thisUpdate, nextUpdate, number: numberOf(extensions), revoked }
}

function readListExtensions(body: DerReader): Extensions {
  const wrapped = body.enter(explicit(0))
  const extensions = readExtensions(wrapped.enter(TAG.sequence))
  wrapped.end('Extensions')
  return extensions
}

function readRevoked(list: DerReader): Set<Hex> {
  demand(!list.done, 'MALFORMED', 'An empty list of serials.')
  const revoked = new Set<Hex>()
  while (!list.done) {
    const entry = list.enter(TAG.sequence)
    revoked.add(bytesToHex(readUnsigned(entry.next(TAG.integer), 20)))
    readTime(entry)
    if (entry.peek() === TAG.sequence) refuseCritical(readExtensions(entry.enter(TAG.sequence)))
    entry.end('Revoked certificate')
  }
  return revoked
}

function refuseCritical(extensions: Extensions): void {
  for (const [oid, { critical }] of extensions)
    demand(!critical, 'MALFORMED', `The revocation list has the critical extension ${oid}, which is not understood.`)
}

function numberOf(extensions: Extensions): bigint | undefined {
  const found = extensions.get(OID.crlNumber)
  if (!found) return undefined
  const reader = new DerReader(found.value)
  const bytes = readUnsigned(reader.next(TAG.integer), 20)
  reader.end('CRL number')
  return BigInt(bytesToHex(Uint8Array.of(0, ...bytes)))
}
