import { azureEvidence } from '../../src/testkit/azure.testkit.ts'
import { collateral, intelRoots, quote, sgxBody } from '../../src/testkit/dcap.testkit.ts'
import { nitroEvidence, nitroRoots } from '../../src/testkit/nitro.testkit.ts'
import { gpuChain, gpuCrls, gpuReport, gpuRoots } from '../../src/testkit/nvidia.testkit.ts'
import { ark, arkCrl, ask, snpEndorsements, snpReport, snpRoots } from '../../src/testkit/snp.testkit.ts'
import { akCertificate, tpmCrl, tpmEvidence, tpmRoot, tpmRoots } from '../../src/testkit/tpm.testkit.ts'
import type { Story } from './story.ts'

type Honest = Pick<Story, 'platform' | 'evidence' | 'endorsements' | 'roots'>

/** What each platform shows when nobody lies: stories change one thing in it. */
export const HONEST = {
  nitro: { platform: 'nitro', evidence: nitroEvidence(), roots: nitroRoots },
  snp: { platform: 'snp', evidence: snpReport(), endorsements: snpEndorsements(), roots: snpRoots('Genoa') },
  tdx: { platform: 'tdx', evidence: quote(), endorsements: collateral(), roots: intelRoots },
  sgx: {
    platform: 'sgx',
    evidence: quote({ version: 3, body: sgxBody() }),
    endorsements: collateral({}, 'SGX'),
    roots: intelRoots,
  },
  azureSnp: {
    platform: 'azure-snp-vtpm',
    evidence: azureEvidence(),
    endorsements: { certificates: [ask('Genoa'), ark('Genoa')], crls: [arkCrl('Genoa')] },
    roots: snpRoots('Genoa'),
  },
  azureTdx: { platform: 'azure-tdx-vtpm', evidence: azureEvidence({ kind: 'tdx' }), endorsements: collateral(), roots: intelRoots },
  tpm: {
    platform: 'tpm',
    evidence: tpmEvidence(),
    endorsements: { certificates: [akCertificate(), tpmRoot], crls: [tpmCrl()] },
    roots: tpmRoots,
  },
  nvidia: { platform: 'nvidia-gpu', evidence: gpuReport(), endorsements: { certificates: gpuChain(), crls: gpuCrls() }, roots: gpuRoots },
} as const satisfies Readonly<Record<string, Honest>>
