import {
  type Appraisal,
  type AppraisalCheck,
  type AttestationFault,
  type AttestationPolicy,
  appraise,
  type Claims,
  DEFAULT_POLICY,
  judgeAttestation,
  MAX_POLICY_BYTES,
  parsePolicy,
  type RejectionCode,
  rootsForDevelopment,
  type Trusts,
  underTrusts,
  VENDOR_ROOTS,
  verifyEvidence,
} from '@opengradient/attestation'
import { nodeCheck } from '@opengradient/attestation/node'
import {
  type AttestationEvidence,
  bytesToHex,
  type Hex,
  isOgError,
  type Keyset,
  keysetDigest,
  parseKeyset,
  reportDataOf,
  ZERO_ADDRESS,
} from '@opengradient/protocol'
import type { Context } from '../context.ts'
import { readGiven } from '../home/given.ts'
import type { GivenEvidence } from './evidence.ts'
import { REMEDIES } from './remedies.ts'

/** What became of evidence: refused before it said anything (no claims), or judged by the policy. */
export interface Judgement {
  readonly ok: boolean
  readonly level: Appraisal['level']
  readonly code?: AttestationFault
  readonly message?: string
  readonly remedy?: string
  readonly claims?: Claims
  /** Of an envelope. */
  readonly keyset?: Keyset & { readonly digest: Hex }
  readonly gpus?: readonly Claims[]
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
  const { platform, evidence, endorsements, envelope } = given
  const expect = { ...policy.expect, ...given.expect }
  if (envelope) return judgeEnvelope(envelope, expect, policy, trusts, now)
  const claims = await underTrusts(trusts, (roots) =>
    verifyEvidence({ platform, bytes: evidence }, { now, roots, endorsements, check: nodeCheck }),
  )
  if (!claims.ok) return { ok: false, level: 'none', ...reason(claims.code, claims.message), checks: [] }
  const expecting = { ...policy, expect }
  const { ok, level, code, message, checks } = appraise(claims, expecting)
  return { ok, level, ...(code ? reason(code, message ?? '') : {}), claims, checks: judgedChecks(claims, expecting, checks) }
}

/** An envelope says itself which keyset, and whose, it vouches for: they are shown, and everything else is judged. */
async function judgeEnvelope(
  envelope: AttestationEvidence,
  { reportData, nonce, issuedAt }: NonNullable<AttestationPolicy['expect']>,
  policy: AttestationPolicy,
  trusts: Trusts,
  now: number,
): Promise<Judgement> {
  const expect = {
    ...ownerOf(envelope.keyset),
    ...(nonce === undefined ? {} : { nonce }),
    ...(issuedAt === undefined ? {} : { issuedAt }),
  }
  const options = { now, trusts, policy, expect, check: nodeCheck }
  const { ok, level, code, message, claims, gpus, keyset, checks } = await judgeAttestation(envelope, options)
  const shown = {
    ...(keyset ? { keyset: { digest: keysetDigest(envelope.keyset), ...keyset } } : {}),
    ...(gpus.length > 0 ? { gpus } : {}),
  }
  if (!claims) return { ok: false, level: 'none', ...reason(code ?? 'MALFORMED', message ?? ''), ...shown, checks: [] }
  const own = bytesToHex(reportDataOf(envelope.keyset, envelope.nonce))
  const judged = judgedChecks(claims, { ...policy, expect: { reportData: own } }, checks)
  if (ok && reportData !== undefined && reportData !== own)
    return {
      ok: false,
      level: 'none',
      ...reason('BINDING_MISMATCH', 'The evidence is bound to other data.'),
      claims,
      ...shown,
      checks: judged,
    }
  return { ok, level, ...(code ? reason(code, message ?? '') : {}), claims, ...shown, checks: judged }
}

/** Whose a keyset is, by its own word; of nobody if it cannot be read, which the judgement says. */
function ownerOf(keyset: Uint8Array): { chainId: bigint; node: Hex } {
  try {
    return parseKeyset(keyset)
  } catch (error) {
    if (isOgError(error)) return { chainId: 0n, node: ZERO_ADDRESS }
    throw error
  }
}

function judgedChecks(claims: Claims, policy: AttestationPolicy, checks: Appraisal['checks']): JudgedCheck[] {
  const silent = unasked(claims, policy)
  return checks.map(({ name, ok, code, says }) => {
    const status = !ok ? 'fail' : silent.has(name) ? 'absent' : 'pass'
    return { id: name, status, ...(code ? { code } : {}), ...(says ? { says } : {}) }
  })
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

const reason = (code: AttestationFault, message: string) => ({ code, message, remedy: REMEDIES[code] })

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
