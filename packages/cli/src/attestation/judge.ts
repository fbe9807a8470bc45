import {
  type Appraisal,
  type AppraisalCheck,
  type AttestationPolicy,
  appraise,
  type Claims,
  DEFAULT_POLICY,
  MAX_POLICY_BYTES,
  parsePolicy,
  type RejectionCode,
  rootsForDevelopment,
  type Trusts,
  underTrusts,
  VENDOR_ROOTS,
  verifyEvidence,
} from '@opengradient/attestation'
import type { Context } from '../context.ts'
import { readGiven } from '../home/given.ts'
import type { GivenEvidence } from './evidence.ts'
import { REMEDIES } from './remedies.ts'

/** What became of evidence: refused before it said anything (no claims), or judged by the policy. */
export interface Judgement {
  readonly ok: boolean
  readonly level: Appraisal['level']
  readonly code?: RejectionCode
  readonly message?: string
  readonly remedy?: string
  readonly claims?: Claims
  readonly checks: readonly JudgedCheck[]
}

/** One question of the appraisal. `absent`: the policy asks nothing there, or the evidence has no such part. */
export interface JudgedCheck {
  readonly id: AppraisalCheck['name']
  readonly status: 'pass' | 'fail' | 'absent'
  readonly code?: RejectionCode
  readonly says?: string
}

/** Verifies evidence at a time (Unix seconds) and appraises it. */
export async function judgeEvidence(given: GivenEvidence, policy: AttestationPolicy, trusts: Trusts, now: number): Promise<Judgement> {
  const { platform, evidence, endorsements } = given
  const claims = await underTrusts(trusts, (roots) => verifyEvidence({ platform, bytes: evidence }, { now, roots, endorsements }))
  if (!claims.ok) return { ok: false, level: 'none', ...reason(claims.code, claims.message), checks: [] }
  const expecting = { ...policy, expect: { ...policy.expect, ...given.expect } }
  const { ok, level, code, message, checks } = appraise(claims, expecting)
  const silent = unasked(claims, expecting)
  const judged = checks.map(({ name, ok, code, says }): JudgedCheck => {
    const status = !ok ? 'fail' : silent.has(name) ? 'absent' : 'pass'
    return { id: name, status, ...(code ? { code } : {}), ...(says ? { says } : {}) }
  })
  return { ok, level, ...(code ? reason(code, message ?? '') : {}), claims, checks: judged }
}

/** Where the policy asks nothing of this evidence, so that passing would say nothing. */
function unasked({ platform, issuedAt }: Claims, policy: AttestationPolicy): Set<AppraisalCheck['name']> {
  const { measurements, revokedMeasurements, platformIds, revokedCertificates, maxAge, gpu, expect } = policy
  const gpuListed = platform === 'nvidia-gpu' && (gpu.drivers ?? gpu.vbios) !== undefined
  const silent: Record<string, boolean> = {
    measurement: measurements === 'any' && revokedMeasurements.length === 0,
    binding: expect?.reportData === undefined && expect?.nonce === undefined,
    age: maxAge === undefined && issuedAt === undefined,
    machine: platformIds.allow === undefined && platformIds.deny.length === 0,
    revokedCertificate: revokedCertificates.length === 0,
    driver: !gpuListed,
    gpu: !gpu.required,
  } satisfies Partial<Record<AppraisalCheck['name'], boolean>>
  return new Set((Object.keys(silent) as AppraisalCheck['name'][]).filter((name) => silent[name]))
}

const reason = (code: RejectionCode, message: string) => ({ code, message, remedy: REMEDIES[code] })

/**
 * The policy of `--policy`, where members that are absent are those of the default; without one the default for this platform, which judges no
 * measurements: there is no list to compare them with.
 */
export function policyOf(context: Context, file: unknown, { platform }: GivenEvidence, ownRoots: boolean): AttestationPolicy {
  if (typeof file === 'string') return parsePolicy(readGiven(context, file, MAX_POLICY_BYTES), DEFAULT_POLICY)
  return { ...DEFAULT_POLICY, platforms: [platform], measurements: 'any', allowDevelopment: ownRoots }
}

/** The vendors' roots, and those that the caller vouches for: nobody knows that there is hardware under them, so they count as development. */
export const trustsWith = (own: readonly Uint8Array[]): Trusts => ({
  hardware: VENDOR_ROOTS,
  ...(own.length > 0 ? { development: rootsForDevelopment(own) } : {}),
})
