import { readCertificate } from '../x509/certificate.ts'
import { bits, extension, int, name, oid, seq, TRUE, time, wrap } from './der.testkit.ts'
import type { TestKey } from './keys.testkit.ts'

/** When everything in the tests happens: 2026-03-01T00:00:00Z. */
export const NOW = 1_772_323_200
export const DAY = 86_400

export interface CertificateOptions {
  readonly subject: string
  readonly issuer: string
  readonly key: TestKey
  readonly by: TestKey
  readonly ca?: boolean
  readonly pathLength?: number
  /** Bits of KeyUsage in the order of the standard; none if absent. */
  readonly usage?: readonly number[]
  readonly serial?: number | Uint8Array
  readonly notBefore?: number
  readonly notAfter?: number
  readonly extensions?: readonly Uint8Array[]
  /** Changes what is signed. */
  readonly algorithm?: Uint8Array
}

const usageBits = (usage: readonly number[]): Uint8Array => {
  const byte = usage.reduce((all, bit) => all | (0x80 >> bit), 0)
  return bits(Uint8Array.of(byte), Math.clz32(byte & -byte) === 32 ? 0 : 31 - Math.clz32(byte & -byte))
}

/** A certificate in DER. */
export function issue(o: CertificateOptions): Uint8Array {
  const constraints = [...(o.ca ? [TRUE] : []), ...(o.pathLength === undefined ? [] : [int(o.pathLength)])]
  const extensions = [
    extension('2.5.29.19', seq(...constraints), true),
    ...(o.usage ? [extension('2.5.29.15', usageBits(o.usage), true)] : []),
    ...(o.extensions ?? []),
  ]
  const body = seq(
    wrap(0, int(2)),
    int(o.serial ?? 7),
    o.algorithm ?? o.by.algorithm,
    name(o.issuer),
    seq(time(o.notBefore ?? NOW - 100 * DAY), time(o.notAfter ?? NOW + 100 * DAY)),
    name(o.subject),
    o.key.spki,
    wrap(3, seq(...extensions)),
  )
  return seq(body, o.by.algorithm, bits(o.by.der(body)))
}

export interface CrlOptions {
  readonly issuer: string
  readonly by: TestKey
  /** Serials; an empty list that is written out if `null`. */
  readonly revoked?: readonly number[] | null
  readonly thisUpdate?: number
  readonly nextUpdate?: number
  readonly extensions?: readonly Uint8Array[]
}

/** A revocation list in DER. */
export function issueCrl(o: CrlOptions): Uint8Array {
  const revoked = (o.revoked ?? []).map((serial) => seq(int(serial), time(NOW - 50 * DAY)))
  const body = seq(
    int(1),
    o.by.algorithm,
    name(o.issuer),
    time(o.thisUpdate ?? NOW - DAY),
    time(o.nextUpdate ?? NOW + DAY),
    ...(revoked.length > 0 || o.revoked === null ? [seq(...revoked)] : []),
    wrap(0, seq(extension('2.5.29.20', int(5)), ...(o.extensions ?? []))),
  )
  return seq(body, o.by.algorithm, bits(o.by.der(body)))
}

export const AUTHORITY = { ca: true, usage: [5, 6] } as const
export const LEAF = { usage: [0] } as const

/** Certificates as the path checks take them. */
export const parsed = (...ders: readonly Uint8Array[]) => ders.map(readCertificate)

/** The OID as an extension that nobody knows. */
export const strange = (critical: boolean): Uint8Array => extension('1.2.3.4', oid('1.2.3'), critical)
