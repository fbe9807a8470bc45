import { bytesToHex, gpuNonce, hexToBytes } from '@opengradient/protocol'
import type { Claims } from '../result/claims.ts'
import type { RejectionCode } from '../result/codes.ts'
import { earliest } from '../result/used.ts'
import { CHECKS, type CheckName, entryOf, type Fault } from './checks.ts'
import { ageEnd, graceEnd } from './ends.ts'
import type { AttestationPolicy } from './policy.ts'

/** One question of a policy, and its answer. */
export interface AppraisalCheck {
  readonly name: CheckName | 'gpu'
  readonly ok: boolean
  readonly code?: RejectionCode
  /** One sentence for people, when it failed. */
  readonly says?: string
}

/** Whether claims meet a policy, question by question. */
export interface Appraisal {
  readonly ok: boolean
  /** `development` never reads as `tee`. `none` when a check failed. */
  readonly level: 'tee' | 'development' | 'none'
  /** The first fault, and its sentence. */
  readonly code?: RejectionCode
  readonly message?: string
  readonly checks: readonly AppraisalCheck[]
}

/** Judges claims, and those of the GPUs beside them, by a policy. Pure: time comes from the claims. */
export function appraise(claims: Claims, policy: AttestationPolicy, gpus: readonly Claims[] = []): Appraisal {
  const own = Object.entries(CHECKS).map(([name, check]) => result(name as CheckName, check(claims, policy)))
  const checks = [...own, result('gpu', gpuFault(claims, policy, gpus))]
  const failed = checks.find(({ ok }) => !ok)
  if (failed) return { ok: false, level: 'none', code: failed.code!, message: failed.says!, checks }
  // A policy may allow a development root, or that the host reads the enclave: neither protects anything.
  const development = [claims, ...gpus].some(({ trust, debug }) => trust === 'development' || debug)
  return { ok: true, level: development ? 'development' : 'tee', checks }
}

/**
 * Until when what `appraise` accepted holds, Unix seconds, exclusive: the first end of certificates, lists and files of enclave and GPUs, of
 * the entry that allows the code, of the age that the policy allows, and of its days of grace.
 */
export function validUntil(claims: Claims, policy: AttestationPolicy, gpus: readonly Claims[] = []): number {
  const ends = [claims, ...gpus].map(({ validUntil }) => validUntil)
  const entries = [claims, ...gpus].map((one) => entryOf(one, policy)?.notAfter)
  return earliest(...ends, ...entries, ageEnd(claims, policy), graceEnd(claims, policy))
}

function result(name: AppraisalCheck['name'], fault: Fault): AppraisalCheck {
  return fault ? { name, ok: false, code: fault[0], says: fault[1] } : { name, ok: true }
}

/** Every GPU must answer this enclave's nonce and meet the parts of the policy that are about GPUs. */
function gpuFault(claims: Claims, policy: AttestationPolicy, gpus: readonly Claims[]): Fault {
  if (gpus.length === 0) return policy.gpu.required ? ['GPU_MISSING', 'There is no evidence of a GPU.'] : undefined
  // What a TPM is bound to may be a digest of the report data; that it is theirs was checked.
  const { reportData: expected } = policy.expect ?? {}
  const reportData = bytesToHex(gpuNonce(expected === undefined ? claims.reportData : hexToBytes(expected)))
  const listed = policy.measurements === 'any' ? [] : policy.measurements.filter(({ platform }) => platform === 'nvidia-gpu')
  const seen = new Set<string>()
  for (const gpu of gpus) {
    if (gpu.platform !== 'nvidia-gpu') return ['GPU_MISSING', `Evidence of ${gpu.platform} is not evidence of a GPU.`]
    if (gpu.family === undefined) return ['PLATFORM_DENIED', 'What answered is no GPU of a known family.']
    if (bytesToHex(gpu.reportData) !== reportData)
      return ['GPU_BINDING_MISMATCH', 'A GPU answered another nonce than that of this enclave.']
    if (gpu.verifiedAt !== claims.verifiedAt) return ['STALE_EVIDENCE', 'A GPU was verified at another time.']
    if (seen.has(gpu.platformId)) return ['GPU_BINDING_MISMATCH', 'The same GPU is shown twice.']
    seen.add(gpu.platformId)
    const own: AttestationPolicy = {
      ...policy,
      platforms: ['nvidia-gpu'],
      platformIds: { deny: policy.platformIds.deny },
      measurements: listed.length === 0 ? 'any' : listed,
    }
    for (const name of ['trust', 'platform', 'revocation', 'revokedCertificate', 'debug', 'measurement', 'machine', 'driver'] as const) {
      const fault = CHECKS[name](gpu, own)
      if (fault) return fault
    }
  }
  return undefined
}
