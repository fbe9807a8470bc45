import { bits, extension, int, name, seq, TRUE, time, wrap } from './der.ts'
import type { SigningKey } from './keys.ts'

export const DAY = 86_400

export interface CertificateOptions {
  /** Common names, and the organization in both names. */
  readonly subject: string
  readonly issuer: string
  readonly organization?: string
  readonly key: SigningKey
  readonly by: SigningKey
  readonly ca?: boolean
  readonly pathLength?: number
  /** Bits of KeyUsage in the order of the standard; none if absent. */
  readonly usage?: readonly number[]
  readonly serial?: number | Uint8Array
  /** Unix seconds. */
  readonly notBefore: number
  readonly notAfter: number
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
    name(o.issuer, o.organization),
    seq(time(o.notBefore), time(o.notAfter)),
    name(o.subject, o.organization),
    o.key.spki,
    wrap(3, seq(...extensions)),
  )
  return seq(body, o.by.algorithm, bits(o.by.der(body)))
}

export interface CrlOptions {
  readonly issuer: string
  readonly organization?: string
  readonly by: SigningKey
  /** Serials; an empty list that is written out if `null`. */
  readonly revoked?: readonly number[] | null
  /** CRL number; 5 if absent. */
  readonly number?: number
  readonly thisUpdate: number
  readonly nextUpdate: number
  readonly extensions?: readonly Uint8Array[]
}

/** A revocation list in DER. */
export function issueCrl(o: CrlOptions): Uint8Array {
  const revoked = (o.revoked ?? []).map((serial) => seq(int(serial), time(o.thisUpdate)))
  const body = seq(
    int(1),
    o.by.algorithm,
    name(o.issuer, o.organization),
    time(o.thisUpdate),
    time(o.nextUpdate),
    ...(revoked.length > 0 || o.revoked === null ? [seq(...revoked)] : []),
    wrap(0, seq(extension('2.5.29.20', int(o.number ?? 5)), ...(o.extensions ?? []))),
  )
  return seq(body, o.by.algorithm, bits(o.by.der(body)))
}

export const AUTHORITY = { ca: true, usage: [5, 6] } as const
export const LEAF = { usage: [0] } as const

/** What the certificates of one vendor have in common. */
export interface Lineage {
  /** Common name of the root, where the format leaves it free. */
  readonly root: string
  readonly organization?: string
  /** Unix seconds. */
  readonly notBefore: number
  readonly notAfter: number
}

/** Issues certificates of a lineage; `o` may change everything. */
export const issuerOf =
  ({ root: _, ...common }: Lineage) =>
  (o: Omit<CertificateOptions, 'notBefore' | 'notAfter'> & Partial<CertificateOptions>): Uint8Array =>
    issue({ ...common, ...o })

/** When a list was issued and must be replaced, and its number. */
export type ListDates = Pick<CrlOptions, 'thisUpdate' | 'nextUpdate' | 'number'>
