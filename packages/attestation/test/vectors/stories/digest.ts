import { encodeKeyset, gpuNonce, reportDataOf } from '@opengradient/protocol'
import { digest } from '../../../src/crypto/hash.ts'
import { azureEvidence } from '../../../src/testkit/azure.testkit.ts'
import { KEYSET, NODE, NONCE } from '../../../src/testkit/keyset.testkit.ts'
import { nitroEvidence } from '../../../src/testkit/nitro.testkit.ts'
import { gpuChain, gpuCrls, gpuReport, gpuRoots } from '../../../src/testkit/nvidia.testkit.ts'
import { snpReport } from '../../../src/testkit/snp.testkit.ts'
import { attest, tpmEvidence } from '../../../src/testkit/tpm.testkit.ts'
import { HONEST } from '../honest.ts'
import { type Case, type Story, tell } from '../story.ts'

const BYTES = encodeKeyset(KEYSET)
const DATA = reportDataOf(BYTES, NONCE)
const DIGEST = digest('SHA-256', DATA)
const envelope = { keyset: BYTES, nonce: NONCE, expect: { chainId: 5n, node: NODE } }

const tpm = tell({ ...HONEST.tpm, envelope })
const snp = tell({ ...HONEST.azureSnp, roots: { ...HONEST.azureSnp.roots, ...gpuRoots }, envelope })
const tdx = tell({ ...HONEST.azureTdx, envelope })
const quoted = (extraData: Uint8Array): Case => ({ evidence: tpmEvidence(attest({ extraData })) })
const azure = (kind: 'snp' | 'tdx', extraData: Uint8Array): Case => ({ evidence: azureEvidence({ kind, message: attest({ extraData }) }) })
const elsewhere = (change: Case): Case => ({ ...change, code: 'BINDING_MISMATCH' })
const gpu = (reportData: Uint8Array): Case => ({
  gpus: [{ evidence: gpuReport({ nonce: gpuNonce(reportData) }), endorsements: { certificates: gpuChain(), crls: gpuCrls() } }],
})

/** What a TPM signs along: most take no 64 bytes, so the SHA-256 of the report data stands for them. */
export const digests: readonly Story[] = [
  tpm('bound-digest', 'A TPM signs the SHA-256 of the report data.', quoted(DIGEST)),
  tpm('bound-whole', 'A TPM that takes 64 bytes signs the report data.', quoted(DATA)),
  snp('bound-digest', 'The virtual TPM signs the SHA-256 of the report data.', azure('snp', DIGEST)),
  tdx('bound-digest', 'The virtual TPM signs the SHA-256 of the report data.', azure('tdx', DIGEST)),
  snp('bound-digest-gpu', 'Its GPU is asked with the nonce of the report data.', { ...azure('snp', DIGEST), ...gpu(DATA) }),

  tpm('bound-half', 'A TPM signs the first half of the report data.', elsewhere(quoted(DATA.subarray(0, 32)))),
  tpm('bound-digest-twice', 'A TPM signs the SHA-256 of the SHA-256.', elsewhere(quoted(digest('SHA-256', DIGEST)))),
  tpm('bound-digest-sha384', 'A TPM signs the SHA-384 of the report data.', elsewhere(quoted(digest('SHA-384', DATA)))),
  tpm('bound-digest-keyset', 'A TPM signs the SHA-256 of the keyset.', elsewhere(quoted(digest('SHA-256', BYTES)))),
  snp('bound-nothing', 'The virtual TPM signs nothing along.', elsewhere(azure('snp', new Uint8Array()))),
  snp('bound-digest-gpu-nonce', 'Its GPU is asked with the nonce of the digest.', {
    ...azure('snp', DIGEST),
    ...gpu(DIGEST),
    code: 'GPU_BINDING_MISMATCH',
  }),
  tell({ ...HONEST.snp, envelope })(
    'bound-digest',
    'A processor signs the SHA-256 of the report data, and zeros.',
    elsewhere({ evidence: snpReport({ 80: DIGEST }) }),
  ),
  tell({ ...HONEST.nitro, envelope })(
    'bound-digest',
    'An enclave signs the SHA-256 of the report data.',
    elsewhere({ evidence: nitroEvidence({ user_data: DIGEST, nonce: null }) }),
  ),
]
