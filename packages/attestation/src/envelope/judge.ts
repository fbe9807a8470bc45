import {
  type AttestationEvidence,
  bytesToHex,
  isMachineFault,
  isOgError,
  type Keyset,
  parseKeyset,
  reportDataOf,
} from '@opengradient/protocol'
import type { SignatureCheck } from '../crypto/types.ts'
import { type AppraisalCheck, appraise, validUntil } from '../policy/appraise.ts'
import { entryOf } from '../policy/checks.ts'
import type { AllowedMeasurement, AttestationPolicy } from '../policy/policy.ts'
import type { Claims, Platform } from '../result/claims.ts'
import type { Endorsements } from '../result/evidence.ts'
import type { Rejection } from '../result/rejection.ts'
import { type Trusts, underTrusts } from '../roots/trusts.ts'
import { verifyEvidence } from '../verify.ts'
import { type AttestationFault, type KeysetExpectation, keysetFault } from './keyset.ts'

/** What an envelope is judged by. */
export interface JudgeOptions {
  /** Unix seconds. */
  readonly now: number
  readonly trusts: Trusts
  /** Its `expect` is replaced by what the envelope must be bound to. */
  readonly policy: AttestationPolicy
  readonly expect: KeysetExpectation
  readonly check?: SignatureCheck
}

/** What became of an envelope. What is missing was not reached: the keyset is read before the evidence, the evidence before its claims. */
export interface AttestationJudgement {
  readonly ok: boolean
  /** `development` never reads as `tee`; `none` when anything was refused. */
  readonly level: 'tee' | 'development' | 'none'
  readonly code?: AttestationFault
  /** One sentence for people. */
  readonly message?: string
  readonly keyset?: Keyset
  readonly claims?: Claims
  readonly gpus: readonly Claims[]
  /** Of the appraisal. */
  readonly checks: readonly AppraisalCheck[]
  /** The entry of the policy's list that allows what runs; when it was accepted, and the policy has a list. */
  readonly entry?: AllowedMeasurement
  /** Until when all of it holds, Unix seconds, exclusive; when it was accepted. */
  readonly until?: number
}

const NOTHING = { ok: false, level: 'none', gpus: [], checks: [] } as const

/**
 * Judges an attestation as a whole: the keyset (form, chain, node, model, time, nonce), the evidence of enclave and GPUs under the trusted
 * roots, whether it is bound to keyset and nonce, and the policy. Pure; rejects its promise only where this machine cannot go on.
 */
export async function judgeAttestation(envelope: AttestationEvidence, options: JudgeOptions): Promise<AttestationJudgement> {
  const keyset = readKeyset(envelope.keyset)
  if ('code' in keyset) return { ...NOTHING, ...keyset }
  const foreign = keysetFault(keyset, envelope.nonce, options)
  if (foreign) return { ...NOTHING, ...foreign, keyset }
  const all = await verifyAll(envelope, options)
  if (!all.ok) return { ...NOTHING, code: all.code, message: all.message, keyset }
  const { claims, gpus } = all
  const { issuedAt } = options.expect
  const reportData = bytesToHex(reportDataOf(envelope.keyset, envelope.nonce))
  const { runtimeDigest } = keyset
  const policy = { ...options.policy, expect: { reportData, runtimeDigest, ...(issuedAt === undefined ? {} : { issuedAt }) } }
  const { ok, level, code, message, checks } = appraise(claims, policy, gpus)
  const judged = { keyset, claims, gpus, checks }
  if (!ok) return { ok, level, code: code!, message: message!, ...judged }
  const allowed = entryOf(claims, policy)
  const entry = allowed ? { entry: allowed } : {}
  return { ok, level, ...judged, until: Math.min(Number(keyset.notAfter), validUntil(claims, policy, gpus)), ...entry }
}

function readKeyset(bytes: Uint8Array): Keyset | { code: AttestationFault; message: string } {
  try {
    return parseKeyset(bytes)
  } catch (error) {
    if (!isOgError(error) || isMachineFault(error)) throw error
    return { code: 'KEYSET_MALFORMED', message: error.message }
  }
}

interface Verified {
  readonly ok: true
  readonly claims: Claims
  readonly gpus: readonly Claims[]
}

/** Enclave and GPUs, each under the vendors' roots or under development roots alone: one that is of development makes the whole development. */
async function verifyAll(
  { platform, evidence, endorsements, gpus }: AttestationEvidence,
  { now, trusts, check }: JudgeOptions,
): Promise<Verified | Rejection> {
  const verify = (platform: Platform, bytes: Uint8Array, endorsements: Endorsements) =>
    underTrusts(trusts, (roots) => verifyEvidence({ platform, bytes }, { now, roots, endorsements, ...(check ? { check } : {}) }))
  const [claims, ...others] = await Promise.all([
    verify(platform as Platform, evidence, endorsements),
    ...gpus.map((gpu) => verify('nvidia-gpu', gpu.evidence, gpu.endorsements)),
  ])
  if (!claims.ok) return claims
  const found: Claims[] = []
  for (const other of others) {
    if (!other.ok) return other
    found.push(other)
  }
  return { ok: true, claims, gpus: found }
}
