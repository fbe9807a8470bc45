import { equalBytes } from '@opengradient/protocol'
import { readSign1 } from '../cose/sign1.ts'
import { readQuote } from '../dcap/quote.ts'
import { readNitroDocument } from '../nitro/document.ts'
import { readGpuReport } from '../nvidia/spdm.ts'
import { readSnpReport } from '../snp/report.ts'
import { failed, misbound, reasonOf } from './errors.ts'

/** How to read what evidence is bound to, without verifying it. */
const BOUND = {
  nitro: (evidence: Uint8Array): Uint8Array | undefined => readNitroDocument(readSign1(evidence).payload).userData,
  snp: (evidence: Uint8Array): Uint8Array => readSnpReport(evidence).reportData,
  tdx: (evidence: Uint8Array): Uint8Array => {
    const { body } = readQuote(evidence)
    if (body.kind !== 'tdx') throw failed('The quote is of an SGX enclave, not of a trust domain')
    return body.reportData
  },
  'nvidia-gpu': (evidence: Uint8Array): Uint8Array => readGpuReport(evidence).nonce,
} as const

/**
 * What lies between this program and the hardware could answer anything. Whether the evidence is genuine is for verifiers; that it is about
 * this request is checked here, so that nobody registers evidence that binds another's keys. ATTESTER_FAILED when it cannot be read,
 * ATTESTER_MISBOUND when it is bound to other bytes than `expected`.
 */
export function checkBound(platform: keyof typeof BOUND, evidence: Uint8Array, expected: Uint8Array): void {
  const bound = readBound(platform, evidence)
  if (bound === undefined || !equalBytes(bound, expected))
    throw misbound(`The ${platform} evidence is bound to other data than it was asked for`)
}

function readBound(platform: keyof typeof BOUND, evidence: Uint8Array): Uint8Array | undefined {
  try {
    return BOUND[platform](evidence)
  } catch (error) {
    throw failed(`What came is not ${platform} evidence: ${reasonOf(error)}`, error)
  }
}
