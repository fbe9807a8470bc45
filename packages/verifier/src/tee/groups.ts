import { type AppraisalCheck, type AttestationJudgement, attestationErrorCode } from '@opengradient/attestation'
import { OgError, type TeeCheckId } from '@opengradient/protocol'
import { absent, type Outcome, Stop } from '../outcome.ts'

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

/** Why a question fails; undefined when it does not. Throws the fault as an `OgError`, or a stop when the question was not reached. */
export function checkGroup({ claims, keyset, code, message, checks }: AttestationJudgement, id: TeeCheckId): Outcome | undefined {
  if (claims === undefined && code !== undefined) {
    const of = OF_CODE.find(([pattern]) => pattern.test(code))?.[1] ?? 'evidence.genuine'
    if (of === id) throw new OgError(attestationErrorCode(code), message ?? code)
    // The keyset is judged before the evidence.
    if (id === 'evidence.keyset' && keyset !== undefined) return undefined
    throw new Stop(absent('tee.unverified'))
  }
  const failed = checks.find(({ name, ok }) => !ok && OF_CHECK[name] === id)
  if (failed?.code !== undefined) throw new OgError(attestationErrorCode(failed.code), failed.says ?? failed.code)
  return undefined
}
