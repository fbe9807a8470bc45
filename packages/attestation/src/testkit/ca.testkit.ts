import {
  AUTHORITY,
  DAY,
  extension,
  LEAF,
  type Lineage,
  type CertificateOptions as MadeCertificate,
  type CrlOptions as MadeCrl,
  issue as make,
  issueCrl as makeCrl,
  oid,
} from '@opengradient/attestation-dev/make'
import { readCertificate } from '../x509/certificate.ts'

export { AUTHORITY, DAY, LEAF }

/** When everything in the tests happens: 2026-03-01T00:00:00Z. */
export const NOW = 1_772_323_200

type Undated<T, Dates extends keyof T> = Omit<T, Dates> & Partial<Pick<T, Dates>>
export type CertificateOptions = Undated<MadeCertificate, 'notBefore' | 'notAfter'>
export type CrlOptions = Undated<MadeCrl, 'thisUpdate' | 'nextUpdate'>

const LIFETIME = { notBefore: NOW - 100 * DAY, notAfter: NOW + 100 * DAY }
export const LIST = { thisUpdate: NOW - DAY, nextUpdate: NOW + DAY }

/** The lineage of a vendor whose root has this name. */
export const lineage = (root: string): Lineage => ({ root, ...LIFETIME })
export const issue = (o: CertificateOptions): Uint8Array => make({ ...LIFETIME, ...o })
export const issueCrl = (o: CrlOptions): Uint8Array => makeCrl({ ...LIST, ...o })

/** Certificates as the path checks take them. */
export const parsed = (...ders: readonly Uint8Array[]) => ders.map(readCertificate)

/** The OID as an extension that nobody knows. */
export const strange = (critical: boolean): Uint8Array => extension('1.2.3.4', oid('1.2.3'), critical)
