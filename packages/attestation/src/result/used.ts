import { bytesToHex } from '@opengradient/protocol'
import { digest } from '../crypto/hash.ts'
import type { Roots, TrustAnchors, Vendor } from '../roots/types.ts'
import type { Certificate } from '../x509/certificate.ts'
import type { UsedCertificate } from './claims.ts'
import { refuse } from './rejection.ts'

/** The certificates of a path as claims name them. */
export const usedCertificates = (certificates: readonly Certificate[]): UsedCertificate[] =>
  certificates.map(({ issuer, serial, notBefore, notAfter }) => ({
    issuer: bytesToHex(digest('SHA-256', issuer.bytes)),
    serial,
    notBefore,
    notAfter,
  }))

/** The earliest of these times; undefined ones do not limit. */
export const earliest = (...times: readonly (number | undefined)[]): number => Math.min(...times.filter((time) => time !== undefined))

/** The roots of a vendor, or UNTRUSTED_ROOT when the caller trusts none. */
export const rootsOf = (roots: Roots, vendor: Vendor): TrustAnchors =>
  roots[vendor] ?? refuse('UNTRUSTED_ROOT', `No root of the vendor "${vendor}" is trusted.`)
