import { azureSnpVerifier, azureTdxVerifier } from './azure/verify.ts'
import { sgxVerifier, tdxVerifier } from './dcap/verify.ts'
import { nitroVerifier } from './nitro/verify.ts'
import { nvidiaVerifier } from './nvidia/verify.ts'
import type { Claims, Platform } from './result/claims.ts'
import type { Evidence, Verifier, VerifyOptions } from './result/evidence.ts'
import type { Rejection } from './result/rejection.ts'
import { snpVerifier } from './snp/verify.ts'
import { tpmVerifier } from './tpm/verify.ts'

/** The verifier of each platform. */
export const VERIFIERS: Readonly<Record<Platform, Verifier>> = {
  nitro: nitroVerifier,
  snp: snpVerifier,
  tdx: tdxVerifier,
  sgx: sgxVerifier,
  'azure-snp-vtpm': azureSnpVerifier,
  'azure-tdx-vtpm': azureTdxVerifier,
  tpm: tpmVerifier,
  'nvidia-gpu': nvidiaVerifier,
}

/** Verifies raw evidence against pinned roots at the time given. Pure; every fault is a `Rejection`, and nothing is ever thrown. */
export async function verifyEvidence({ platform, bytes }: Evidence, options: VerifyOptions): Promise<Claims | Rejection> {
  const found = Object.hasOwn(VERIFIERS, platform) ? VERIFIERS[platform] : undefined
  return found?.verify(bytes, options) ?? { ok: false, code: 'UNSUPPORTED', message: `There is no platform ${String(platform)}.` }
}
