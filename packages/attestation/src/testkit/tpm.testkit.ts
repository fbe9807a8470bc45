import { type AttestOptions, tpmEvidence as joined, attest as made, tpmCertificates } from '@opengradient/attestation-dev/make'
import { utf8 } from '@opengradient/protocol'
import type { TrustAnchor } from '../roots/types.ts'
import { LIST, lineage } from './ca.testkit.ts'
import { ecKey, rsaKey, type TestKey } from './keys.testkit.ts'

export const tpmKeys = {
  root: rsaKey('pkcs1', 'tpm root'),
  ak: ecKey('P-256', 'ak'),
  rsaAk: rsaKey('pkcs1', 'tpm rsa ak'),
  other: ecKey('P-256', 'other ak'),
}
const certificates = tpmCertificates(tpmKeys.root, lineage('tpm root'))
export const tpmRoot = certificates.root
export const akCertificate = (key: TestKey = tpmKeys.ak, by: TestKey = tpmKeys.root): Uint8Array => certificates.ak(key, by)
export const tpmCrl = (revoked: readonly number[] = []): Uint8Array => certificates.crl(LIST, revoked)
export const tpmRoots = { tpm: { anchors: [{ certificate: tpmRoot, trust: 'development' } satisfies TrustAnchor] } }

/** Registers 0 to 23. */
export const REGISTERS = Array.from({ length: 24 }, (_, i) => new Uint8Array(32).fill(i))
export const EXTRA = utf8('extra data')

/** TPMS_ATTEST of a quote over all registers of SHA-256. */
export const attest = (o: Partial<AttestOptions> = {}): Uint8Array => made({ extraData: EXTRA, registers: REGISTERS, ...o })

/** Message, signature and registers as one. */
export const tpmEvidence = (message = attest(), by: TestKey = tpmKeys.ak, registers: readonly Uint8Array[] = REGISTERS): Uint8Array =>
  joined(message, by, registers)
