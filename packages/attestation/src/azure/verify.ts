import { trimQuote } from '../dcap/quote.ts'
import { verifyQuote } from '../dcap/verify.ts'
import type { Claims } from '../result/claims.ts'
import type { Context, Verifier } from '../result/evidence.ts'
import { demand } from '../result/rejection.ts'
import { verifier } from '../result/verifier.ts'
import { verifySnp } from '../snp/verify.ts'
import { readTpmQuote } from '../tpm/quote.ts'
import { matchRegisters } from '../tpm/registers.ts'
import { type AzureEvidence, readAzureEvidence } from './evidence.ts'
import { isBoundTo, readHclReport } from './hcl.ts'

/**
 * Azure confidential machines: hardware report → runtime data → attestation key of the virtual TPM → quote, which holds the caller's data.
 * With SNP the chip's certificate is in the evidence; endorsements as for SNP otherwise.
 */
export const azureSnpVerifier: Verifier = verifier('azure-snp-vtpm', async (bytes, context) => {
  const evidence = readAzureEvidence(bytes)
  demand(evidence.vcek !== undefined && evidence.quote === undefined, 'MALFORMED', 'Azure: SNP evidence holds a vcek and no td_quote.')
  const { certificates = [] } = context.endorsements
  const endorsements = { ...context.endorsements, certificates: [evidence.vcek, ...certificates] }
  const { hardware } = readHclReport(evidence.hclReport)
  const claims = await verifySnp(hardware, { ...context, endorsements })
  // What the paravisor starts runs less privileged, and could ask for a report of its own about a virtual TPM of its own.
  demand(claims.facts.vmpl === '0', 'POLICY_BITS', `Azure: level ${claims.facts.vmpl} asked for the report, and the paravisor runs at 0.`)
  return throughTpm(evidence, 'snp', 'azure-snp-vtpm', claims, context)
})

/** The same with TDX: the quote is beside the report. Endorsements as for TDX. */
export const azureTdxVerifier: Verifier = verifier('azure-tdx-vtpm', async (bytes, context) => {
  const evidence = readAzureEvidence(bytes)
  demand(evidence.quote !== undefined && evidence.vcek === undefined, 'MALFORMED', 'Azure: TDX evidence holds a td_quote and no vcek.')
  const claims = await verifyQuote(trimQuote(evidence.quote), 'tdx', context)
  return throughTpm(evidence, 'tdx', 'azure-tdx-vtpm', claims, context)
})

/** The claims of the hardware, with the registers and the bound data of the virtual TPM that the hardware vouches for. */
async function throughTpm(
  { hclReport, tpm }: AzureEvidence,
  kind: 'snp' | 'tdx',
  platform: 'azure-snp-vtpm' | 'azure-tdx-vtpm',
  claims: Claims,
  { check }: Context,
): Promise<Claims> {
  const hcl = readHclReport(hclReport)
  demand(hcl.kind === kind, 'MALFORMED', `Azure: the report is of ${hcl.kind}.`)
  demand(isBoundTo(claims.reportData, hcl.dataDigest), 'BINDING_MISMATCH', 'The hardware vouches for other runtime data.')
  const quote = readTpmQuote(tpm.message)
  const { signature, message } = tpm
  const signed = await check({ key: hcl.key, scheme: 'pkcs1', hash: 'SHA-256', signature, message })
  demand(signed, 'SIGNATURE_INVALID', 'The quote is not signed by the virtual TPM that the hardware vouches for.')
  const measurements = { ...claims.measurements, ...matchRegisters(quote, tpm.registers, 'SHA-256') }
  return { ...claims, platform, reportData: quote.extraData, measurements }
}
