import { bits, ecKey, int, NULL, oid, seq, tpmCertificates } from '@opengradient/attestation-dev/make'
import type { Endorsements, PublicKey, Roots } from '../src/index.ts'

const YEAR = 31_536_000
/** When the tests happen, Unix seconds. */
export const NOW = 1_772_323_200
const root = ecKey('P-384', 'an operator')
const certificates = tpmCertificates(root, { root: 'an operator', notBefore: NOW - YEAR, notAfter: NOW + YEAR })

export const roots: Roots = { tpm: { anchors: [{ certificate: certificates.root, trust: 'development' }] } }

const spkiOf = (key: PublicKey): Uint8Array =>
  key.kind === 'ec'
    ? seq(seq(oid('1.2.840.10045.2.1'), oid('1.2.840.10045.3.1.7')), bits(key.point))
    : seq(seq(oid('1.2.840.113549.1.1.1'), NULL), bits(seq(int(key.modulus), int(65_537))))

/** What an operator issues for the attestation key of a TPM. */
export const certificateOf = (key: PublicKey): Uint8Array => certificates.ak({ ...root, key, spki: spkiOf(key) })
export const endorsementsOf = (key: PublicKey): Endorsements => ({
  certificates: [certificateOf(key)],
  crls: [certificates.crl({ thisUpdate: NOW - 60, nextUpdate: NOW + 3600 })],
})
