import { type AttestationPolicy, DEFAULT_POLICY, PLATFORMS, type Platform, policyBytes } from '@opengradient/attestation'
import { developmentAttester, developmentCertificates } from '@opengradient/attestation-dev'
import {
  type AppraiseCall,
  type AttestationEvidence,
  encodeEvidenceInput,
  encodeKeyset,
  type Hex,
  type Keyset,
  reportDataOf,
} from '@opengradient/protocol'

/** When everything in the tests happens, Unix seconds. */
export const NOW = 1_900_000_000
export const SEED = 'precompile tests'
export const NONCE: Uint8Array = new Uint8Array(32).fill(7)
const ID: Hex = `0x${'aa'.repeat(32)}`

export const KEYSET: Keyset = {
  v: 1,
  chainId: 5n,
  node: `0x${'0d'.repeat(20)}`,
  notBefore: BigInt(NOW - 60),
  notAfter: BigInt(NOW + 3600),
  sign: `0x${'51'.repeat(20)}`,
  hpke: ID,
  modelIds: [ID],
  runtimeDigest: ID,
}

/** Any code in any development hardware. */
export const POLICY: AttestationPolicy = {
  ...DEFAULT_POLICY,
  platforms: PLATFORMS.filter((platform) => platform !== 'nvidia-gpu'),
  deniedFamilies: [],
  allowDevelopment: true,
  tcb: { ...DEFAULT_POLICY.tcb, minSvn: { snp: { snp: 0 }, 'azure-snp-vtpm': { snp: 0 } } },
  measurements: 'any',
  revocation: 'optional',
}

/** Development evidence for a keyset, with as many GPUs. */
export async function envelope(platform: Platform = 'nitro', gpus = 0, keyset = encodeKeyset(KEYSET)): Promise<AttestationEvidence> {
  const reportData = reportDataOf(keyset, NONCE)
  const ask = (of: Platform, machine: string) =>
    developmentAttester({ platform: of, seed: SEED, machine, now: () => NOW }).attest(reportData)
  const shown = await Promise.all(Array.from({ length: gpus }, (_, i) => ask('nvidia-gpu', `gpu ${i}`)))
  return { platform, ...(await ask(platform, 'machine')), gpus: shown, keyset, nonce: NONCE }
}

/** The question whether this evidence is good. */
export function question(evidence: AttestationEvidence | Uint8Array, changes: Partial<AppraiseCall> = {}): AppraiseCall {
  return {
    call: 'appraise',
    time: NOW,
    chainId: KEYSET.chainId,
    node: KEYSET.node,
    nonce: NONCE,
    policy: policyBytes(POLICY),
    developmentRoots: developmentCertificates(SEED),
    evidence: evidence instanceof Uint8Array ? evidence : encodeEvidenceInput(evidence),
    collateral: [],
    ...changes,
  }
}
