import { trimQuote } from '../../dcap/quote.ts'
import type { Endorsements } from '../../result/evidence.ts'
import type { Attestation, Attester } from '../attester.ts'
import { checkBound } from '../bound.ts'
import { failed, reasonOf, unavailable } from '../errors.ts'
import { DEFAULT_TIMEOUT, within } from '../io/deadline.ts'
import { filledReportData } from '../reportData.ts'
import { snpEndorsements } from './certificates.ts'
import { type TsmFiles, tsmFiles } from './files.ts'
import { readTsmReport, TSM_FOLDER, type TsmReport } from './report.ts'

/** The kernel's name of each provider that is known. */
const PROVIDERS = { tdx: 'tdx_guest', snp: 'sev_guest' } as const

/** Which platform the kernel’s configfs-tsm speaks for, and where it is, `TSM_FOLDER` if absent. */
export interface TsmAttesterOptions {
  readonly platform: 'tdx' | 'snp'
  readonly folder?: string
  readonly files?: TsmFiles
  /** Milliseconds for one report. */
  readonly timeout?: number
  /** Privilege level of the report (SNP), 0 to 3; the kernel's default if absent. */
  readonly privilegeLevel?: number
  /** Certificates and lists: AMD's for SNP, where the host gives none or those of other firmware (`snpEndorsements`). */
  readonly endorsements?: Endorsements
}

/** Intel TDX and AMD SEV-SNP through Linux's configfs-tsm (6.7 and later). Needs write access to its folder: root, or a rule for it. */
export function tsmAttester(options: TsmAttesterOptions): Attester {
  const { platform, folder = TSM_FOLDER, files = tsmFiles, timeout = DEFAULT_TIMEOUT, endorsements = {}, privilegeLevel } = options
  const attest = async (reportData: Uint8Array): Promise<Attestation> => {
    const inblob = filledReportData(reportData)
    const level = privilegeLevel === undefined ? {} : { privilegeLevel }
    const report = await within(timeout, 'configfs-tsm', readTsmReport({ files, folder, inblob, ...level }))
    const evidence = evidenceOf(platform, report)
    checkBound(platform, evidence, inblob)
    return { evidence, endorsements: platform === 'snp' ? snpEndorsements(evidence, report.auxblob, endorsements) : endorsements }
  }
  return { platform, trust: 'hardware', attest, close: async () => {} }
}

function evidenceOf(platform: 'tdx' | 'snp', { provider, outblob }: TsmReport): Uint8Array {
  if (provider !== PROVIDERS[platform])
    throw unavailable(`Linux makes reports by ${provider} here, not by ${PROVIDERS[platform]}: this machine is not ${platform}`)
  if (platform === 'snp') return outblob
  try {
    return trimQuote(outblob)
  } catch (error) {
    throw failed(`What came is not a TDX quote: ${reasonOf(error)}`, error)
  }
}
