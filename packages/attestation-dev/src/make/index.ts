/** Makers of evidence, certificates and lists: what tests, vectors and development attesters are built from. */
export { type AzureOptions, azureEvidence, boundToData, type HclOptions, hclReport, runtimeData } from './azure.ts'
export {
  AUTHORITY,
  type CertificateOptions,
  type CrlOptions,
  DAY,
  issue,
  issueCrl,
  LEAF,
  type Lineage,
  type ListDates,
} from './ca.ts'
export { qeIdentity, signedFile, tcbInfo } from './collateral.ts'
export { bits, extension, ia5, int, NULL, name, octets, oid, seq, set, TRUE, text, time, tlv, wrap } from './der.ts'
export { FMSPC, type IntelKeys, intelCertificates, type PckOptions } from './intel.ts'
export { ecKey, type RsaScheme, rsaKey, type SigningKey } from './keys.ts'
export { indefinite, type NitroKeys, nitroCertificates, nitroMessage } from './nitro.ts'
export { block, field, type GpuKeys, type GpuOptions, gpuCertificates, gpuReport } from './nvidia.ts'
export { type Patches, patch } from './patch.ts'
export { pem } from './pem.ts'
export { type QuoteOptions, quote, sgxBody, tdBody } from './quote.ts'
export { type SnpFamily, type SnpKeys, type SnpLeafOptions, snpCertificates, snpReport } from './snp.ts'
export { type AttestOptions, attest, tpmCertificates, tpmEvidence } from './tpm.ts'
