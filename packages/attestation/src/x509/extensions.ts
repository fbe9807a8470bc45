import { DerReader, readWhole, TAG } from '../asn1/der.ts'
import { OID } from '../asn1/oids.ts'
import { readBoolean, readFlags, readOid, readSmall } from '../asn1/values.ts'
import { demand } from '../result/rejection.ts'

/** Bits of KeyUsage (RFC 5280, 4.2.1.3). */
export const KEY_USAGE = { digitalSignature: 0, certSign: 5, crlSign: 6 } as const

export interface Extension {
  readonly critical: boolean
  /** What is inside the OCTET STRING. */
  readonly value: Uint8Array
}

export type Extensions = ReadonlyMap<string, Extension>

/** The contents of an Extensions SEQUENCE. The same extension twice, or `critical FALSE` written out: MALFORMED. */
export function readExtensions(list: DerReader): Extensions {
  const extensions = new Map<string, Extension>()
  demand(!list.done, 'MALFORMED', 'An empty list of extensions.')
  while (!list.done) {
    const item = list.enter(TAG.sequence)
    const oid = readOid(item)
    const flag = item.optional(TAG.boolean)
    const critical = flag !== undefined && readBoolean(flag)
    demand(flag === undefined || critical, 'MALFORMED', 'A default value that is written out.')
    const { value } = item.next(TAG.octetString)
    item.end('Extension')
    demand(!extensions.has(oid), 'MALFORMED', `The extension ${oid} twice.`)
    extensions.set(oid, { critical, value })
  }
  return extensions
}

/** BasicConstraints: whether the holder is an authority, and how many authorities may follow below it. */
export function basicConstraints(extensions: Extensions): { ca: boolean; pathLength?: number } {
  const found = extensions.get(OID.basicConstraints)
  if (!found) return { ca: false }
  const inner = readWhole(found.value, TAG.sequence, 'BasicConstraints')
  const flag = inner.optional(TAG.boolean)
  const ca = flag !== undefined && readBoolean(flag)
  const limit = inner.optional(TAG.integer)
  inner.end('BasicConstraints')
  demand(limit === undefined || ca, 'MALFORMED', 'A path length for what is not an authority.')
  return limit === undefined ? { ca } : { ca, pathLength: readSmall(limit) }
}

/** The bits of KeyUsage that are set; undefined without the extension, which allows every use. */
export function keyUsage(extensions: Extensions): ReadonlySet<number> | undefined {
  const found = extensions.get(OID.keyUsage)
  if (!found) return undefined
  const reader = new DerReader(found.value)
  const flags = readFlags(reader.next(TAG.bitString))
  reader.end('KeyUsage')
  return flags
}
