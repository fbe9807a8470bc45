import { type AppraisalCheck, type AttestationJudgement, attestationErrorCode } from '@opengradient/attestation'
import { OgError, type TeeCheckId } from '@opengradient/protocol'

/** Which question each part of an appraisal belongs to. */
const OF_CHECK: Readonly<Record<AppraisalCheck['name'], TeeCheckId>> = {
  trust: 'evidence.genuine',
  platform: 'evidence.platform',
  revocation: 'evidence.revocation',
  revokedCertificate: 'evidence.revocation',
  level: 'evidence.tcb',
  debug: 'evidence.settings',
  settings: 'evidence.settings',
  measurement: 'evidence.measurement',
  binding: 'evidence.binding',
  age: 'evidence.binding',
  machine: 'evidence.platform',
  driver: 'evidence.gpu',
  gpu: 'evidence.gpu',
}

/** The same for reasons that end a verification before there is anything to appraise; all others say that the evidence is not genuine. */
const OF_CODE: readonly (readonly [RegExp, TeeCheckId])[] = [
  [/^KEYSET_/, 'evidence.keyset'],
  [/^(?:CRL_|CERT_REVOKED)/, 'evidence.revocation'],
  [/^COLLATERAL_/, 'evidence.tcb'],
]

/**
 * Throws why a question fails, as an `OgError`. Does nothing when it does not fail, and when it was not reached: then there are no claims, or it
 * is about the keyset, which is judged before the evidence.
 */
export function demandGroup({ claims, code, message, checks }: AttestationJudgement, id: TeeCheckId): void {
  if (claims === undefined) {
    const of = OF_CODE.find(([pattern]) => pattern.test(code!))?.[1] ?? 'evidence.genuine'
    if (of === id) throw new OgError(attestationErrorCode(code!), message!)
    return
  }
  const failed = checks.find(({ name, ok }) => !ok && OF_CHECK[name] === id)
  if (failed) throw new OgError(attestationErrorCode(failed.code!), failed.says!)
}
