import {
  FMSPC,
  intelCertificates,
  quote as made,
  signedFile as madeFile,
  qeIdentity as madeIdentity,
  tcbInfo as madeInfo,
  type PckOptions,
  pem,
  type QuoteOptions,
  sgxBody,
  tdBody,
} from '@opengradient/attestation-dev/make'
import type { Endorsements, SignedFile } from '../result/evidence.ts'
import type { TrustAnchor } from '../roots/types.ts'
import { type CertificateOptions, LIST, lineage, NOW } from './ca.testkit.ts'
import { ecKey, type TestKey } from './keys.testkit.ts'

export { FMSPC, pem, sgxBody, tdBody }

const key = (name: string): TestKey => ecKey('P-256', `intel ${name}`)
export const intelKeys = {
  root: key('root'),
  ca: key('ca'),
  pck: key('pck'),
  tcb: key('tcb'),
  attestation: key('attestation'),
  other: key('other'),
}
const certificates = intelCertificates(intelKeys, lineage('Intel SGX Root CA'))
export const { root: intelRoot, ca: pckCa } = certificates
export const tcbSigner = (o: Partial<CertificateOptions> = {}): Uint8Array => certificates.tcbSigner(o)
export const pck = (o: PckOptions = {}): Uint8Array => certificates.pck(o)
export const intelRoots = { intel: { anchors: [{ certificate: intelRoot, trust: 'development' } satisfies TrustAnchor] } }

/** A quote that is right unless the options say otherwise. */
export const quote = (o: Partial<QuoteOptions> = {}): Uint8Array =>
  made({
    body: tdBody(),
    attestation: intelKeys.attestation,
    pckKey: intelKeys.pck,
    ...o,
    certificates: o.certificates ?? pem(pck(), pckCa, intelRoot),
  })

export const tcbInfo = (id: 'TDX' | 'SGX', changes: object = {}): object => madeInfo(id, NOW, changes)
export const qeIdentity = (id: 'TD_QE' | 'QE', changes: object = {}): object => madeIdentity(id, NOW, changes)
export const signedFile = (
  content: object,
  by: TestKey = intelKeys.tcb,
  signers: readonly Uint8Array[] = [tcbSigner(), intelRoot],
): SignedFile => madeFile(content, by, signers)

export const rootCrl = (revoked: readonly number[] = []): Uint8Array => certificates.rootCrl(LIST, revoked)
export const pckCrl = (revoked: readonly number[] = []): Uint8Array => certificates.pckCrl(LIST, revoked)

export const collateral = (changes: Partial<Endorsements> = {}, kind: 'TDX' | 'SGX' = 'TDX'): Endorsements => ({
  crls: [rootCrl(), pckCrl()],
  tcbInfo: signedFile(tcbInfo(kind)),
  qeIdentity: signedFile(qeIdentity(kind === 'TDX' ? 'TD_QE' : 'QE')),
  ...changes,
})
