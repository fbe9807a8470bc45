import { bytesToHex } from '@opengradient/protocol'
import type { SnpFamily } from '../result/claims.ts'
import { demand } from '../result/rejection.ts'
import { EARLY, familyOfCpu, TURIN } from './leaf.ts'
import { readSnpReport } from './report.ts'

/** Where AMD's key distribution service has what belongs to a report: paths below its address. */
export interface SnpPublished {
  readonly family: SnpFamily
  /** The list of the family's root. */
  readonly list: string
  /** The certificate of the key that signed the report (DER); absent where a cloud's key did, or the report hides its chip. */
  readonly certificate?: string
}

/** Names of the versions in a query, by part. */
const QUERY = { fmc: 'fmcSPL', bootloader: 'blSPL', tee: 'teeSPL', snp: 'snpSPL', microcode: 'ucodeSPL' } as const

/**
 * What AMD publishes about the machine that made a report (57230, VCEK Certificate and KDS Interface Specification, chapter 4). Reports of
 * version 2 do not say of which `family` they are. MALFORMED, UNSUPPORTED.
 */
export function snpPublished(evidence: Uint8Array, given?: SnpFamily): SnpPublished {
  const { cpu, signer, chipId, chipIdMasked, reportedTcb } = readSnpReport(evidence)
  const family = (cpu && familyOfCpu(cpu.family, cpu.model)) ?? given
  demand(family !== undefined, 'UNSUPPORTED', 'SNP: the report does not say of which family the processor is.')
  const list = `/${signer}/v1/${family}/crl`
  if (signer === 'vlek' || chipIdMasked) return { family, list }
  const parts = family === 'Turin' ? TURIN : EARLY
  const versions = parts.flatMap((part, i) => (part === undefined ? [] : [`${QUERY[part]}=${reportedTcb[i]}`]))
  const chip = bytesToHex(family === 'Turin' ? chipId.subarray(0, 8) : chipId).slice(2)
  return { family, list, certificate: `/vcek/v1/${family}/${chip}?${versions.join('&')}` }
}
