import { azureEvidenceJson, TD_REPORT_SIZE } from '../../azure/evidence.ts'
import { type HclReport, readHclReport } from '../../azure/hcl.ts'
import { BinaryReader } from '../../binary/reader.ts'
import type { Endorsements } from '../../result/evidence.ts'
import { tpmData } from '../../tpm/quote.ts'
import { readTpmSignature } from '../../tpm/signature.ts'
import type { Attestation, Attester } from '../attester.ts'
import { failed, unavailable } from '../errors.ts'
import { DEFAULT_TIMEOUT } from '../io/deadline.ts'
import { checkReportData } from '../reportData.ts'
import { TPM_DEVICE } from '../tpm/attester.ts'
import { reading } from '../tpm/command.ts'
import { connectTpm, type TpmConnection, type TpmPlace } from '../tpm/connection.ts'
import { hasNv, readNv } from '../tpm/operations.ts'
import { type Quoted, quoted } from '../tpm/quoted.ts'
import { chipCertificates, METADATA_SERVICE, quoteOf } from './metadata.ts'

/** Where the paravisor keeps its report, and the attestation key (RSA, SHA-256) that the report names. */
export const HCL_REPORT_INDEX = 0x0140_0001
export const AZURE_AK = 0x8100_0003

/** Which hardware, and where its virtual TPM and the metadata service are if not where Azure has them. */
export interface AzureAttesterOptions {
  readonly hardware: 'snp' | 'tdx'
  readonly place?: TpmPlace
  readonly metadata?: { readonly host: string; readonly port: number }
  /** AMD's revocation lists, and what else goes beside the evidence. What Azure gives goes first. */
  readonly endorsements?: Endorsements
  /** Milliseconds for one command or answer. */
  readonly timeout?: number
}

/**
 * A confidential machine of Azure. Its hardware vouches, once a boot, for the key of a virtual TPM inside of it, and that key for whatever is
 * asked now: `tpmData` of the report data and the registers 0 to 23. Chip certificate (SNP) or quote (TDX) come from the metadata service.
 */
export function azureAttester(options: AzureAttesterOptions): Attester {
  const { hardware, place = { device: TPM_DEVICE }, metadata = METADATA_SERVICE, endorsements = {}, timeout = DEFAULT_TIMEOUT } = options
  const service = { at: metadata, timeout }
  const attest = async (reportData: Uint8Array): Promise<Attestation> => {
    const { report, hcl, quote } = await ofTpm(place, timeout, hardware, tpmData(checkReportData(reportData)))
    const tpm = { message: quote.message, signature: rawSignature(quote), registers: quote.registers }
    if (hardware === 'tdx')
      return { evidence: azureEvidenceJson({ hclReport: report, tpm, quote: await quoteOf(service, tdReport(hcl)) }), endorsements }
    const { vcek, authorities } = await chipCertificates(service)
    const certificates = [...authorities, ...(endorsements.certificates ?? [])]
    return { evidence: azureEvidenceJson({ hclReport: report, tpm, vcek }), endorsements: { ...endorsements, certificates } }
  }
  return { platform: `azure-${hardware}-vtpm`, trust: 'hardware', attest, close: async () => {} }
}

/** What the virtual TPM gives: the paravisor's report, and a quote by the key that it names. */
async function ofTpm(place: TpmPlace, timeout: number, hardware: 'snp' | 'tdx', data: Uint8Array) {
  const tpm = await connectTpm(place, timeout)
  try {
    const report = await reportIn(tpm)
    const hcl = reading('The report of the paravisor', () => readHclReport(report))
    if (hcl.kind !== hardware) throw unavailable(`The hardware of this machine is ${hcl.kind}, not ${hardware}`)
    return { report, hcl, quote: await quoted(tpm, AZURE_AK, data) }
  } finally {
    await tpm.close()
  }
}

async function reportIn(tpm: TpmConnection): Promise<Uint8Array> {
  if (await hasNv(tpm, HCL_REPORT_INDEX)) return readNv(tpm, HCL_REPORT_INDEX)
  throw unavailable('The TPM holds no report of a paravisor, so this is no confidential machine of Azure')
}

/** The signature as Azure's evidence holds it: RSA without a frame. */
const rawSignature = ({ signature }: Quoted): Uint8Array =>
  reading('TPM2_Quote', () => {
    const { scheme, hash, parts } = readTpmSignature(new BinaryReader(signature, 'TPM signature'))
    if (scheme !== 'pkcs1' || hash !== 'SHA-256') throw failed(`the key signs by ${scheme} with ${hash}, not by RSASSA with SHA-256`)
    return parts[0]!
  })

/** What the host's quoting enclave takes of the report. */
const tdReport = ({ hardware }: HclReport): Uint8Array => hardware.subarray(0, TD_REPORT_SIZE)
