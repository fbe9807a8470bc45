import { bytesToHex, type Hex, hexToBytes } from '@opengradient/protocol'
import { type Claims, type Platform, TPM } from '../result/claims.ts'
import type { RejectionCode } from '../result/codes.ts'
import { tpmData } from '../tpm/quote.ts'
import { graceEnd } from './ends.ts'
import { type AllowedMeasurement, type AttestationPolicy, MAIN_MEASUREMENT } from './policy.ts'

/** Why a claim does not pass: the code, and one sentence. Undefined: it passes. */
export type Fault = readonly [RejectionCode, string] | undefined
type Check = (claims: Claims, policy: AttestationPolicy) => Fault

const trust: Check = ({ trust }, { allowDevelopment }) =>
  trust === 'development' && !allowDevelopment ? ['DEV_EVIDENCE', 'The evidence is under a development root.'] : undefined

const platform: Check = ({ platform, family }, { platforms, deniedFamilies }) => {
  if (!platforms.includes(platform)) return ['PLATFORM_DENIED', `The platform ${platform} is not allowed.`]
  if (family !== undefined && deniedFamilies.includes(family)) return ['PLATFORM_DENIED', `The family ${family} is not allowed.`]
  return undefined
}

const machine: Check = ({ platformId }, { platformIds: { allow, deny } }) => {
  if (deny.includes(platformId)) return ['PLATFORM_DENIED', 'This machine is denied.']
  return allow && !allow.includes(platformId) ? ['PLATFORM_DENIED', 'This machine is not on the list of allowed ones.'] : undefined
}

const revocation: Check = ({ revocation, certificates: [leaf] }, policy) => {
  if (revocation === 'unchecked' && policy.revocation === 'required')
    return ['CRL_MISSING', 'A revocation list of the vendor was not given.']
  const lifetime = leaf === undefined ? Number.POSITIVE_INFINITY : leaf.notAfter - leaf.notBefore
  if (revocation === 'unpublished' && lifetime > policy.maxUnlistedLifetime)
    return ['CRL_MISSING', `The certificate lives for ${lifetime} seconds, and the vendor publishes no list that could revoke it.`]
  return undefined
}

const revokedCertificate: Check = ({ certificates }, { revokedCertificates }) => {
  const hit = certificates.find(({ issuer, serial }) => revokedCertificates.some((r) => r.issuer === issuer && r.serial === serial))
  return hit ? ['CERT_REVOKED', `The policy revokes the certificate ${hit.serial}.`] : undefined
}

const debug: Check = ({ debug }, { allowDebug }) =>
  debug && !allowDebug ? ['DEBUG_ENABLED', 'The enclave runs in debug mode.'] : undefined

const settings: Check = ({ migratable, facts }, { allowMigration, maxVmpl, allowSmt, requireAliasCheck }) => {
  if (migratable && !allowMigration) return ['POLICY_BITS', 'The enclave may be moved to another machine.']
  if (facts.vmpl !== undefined && Number(facts.vmpl) > maxVmpl)
    return ['POLICY_BITS', `The report was asked for at privilege level ${facts.vmpl}.`]
  if (facts.smt === 'yes' && !allowSmt) return ['POLICY_BITS', 'Simultaneous multithreading is on.']
  if (facts.aliasCheck === 'no' && requireAliasCheck) return ['POLICY_BITS', 'The firmware has not looked for aliased memory.']
  return undefined
}

const level: Check = (claims, policy) => {
  const { platform, family, verifiedAt, tcb } = claims
  const { statuses, minEvaluation, minSvn } = policy.tcb
  const graced = verifiedAt < (graceEnd(claims, policy) ?? 0)
  if (tcb.status === 'Unknown' && !statuses.includes('Unknown'))
    return ['COLLATERAL_MISSING', 'The security level of the platform is not known.']
  if (!statuses.includes(tcb.status) && !graced) return ['TCB_REJECTED', `The security level of the platform is ${tcb.status}.`]
  if (tcb.evaluation !== undefined && tcb.evaluation < minEvaluation)
    return ['COLLATERAL_STALE', `The security level is of evaluation ${tcb.evaluation}; at least ${minEvaluation} is demanded.`]
  const least = (family === undefined ? undefined : minSvn[family]) ?? minSvn[platform]
  if (least === undefined && platform.includes('snp')) return ['TCB_REJECTED', `The policy names no least versions for ${family}.`]
  for (const [part, version] of Object.entries(least ?? {}))
    if (!((tcb.svn[part] ?? -1) >= version))
      return ['TCB_REJECTED', `${part} has version ${tcb.svn[part]}; at least ${version} is demanded.`]
  return undefined
}

const measurement: Check = (claims, policy) => {
  const revoked = Object.entries(claims.measurements).find(([, value]) => policy.revokedMeasurements.includes(value))
  if (revoked) return ['MEASUREMENT_REVOKED', `The measurement ${revoked[0]} was revoked.`]
  if (policy.measurements === 'any') return undefined
  const entry = entryOf(claims, policy)
  if (!entry && policy.measurements.some((allowed) => allows(allowed, claims)))
    return ['MEASUREMENT_UNKNOWN', 'The code that runs is on the list, but not with the engines that it says it runs.']
  const short = entry ? undefined : policy.measurements.find((allowed) => matches(allowed, claims))
  if (short)
    return [
      'MEASUREMENT_UNKNOWN',
      `An entry of the list has the values of this code and does not name ${unnamed(claims, Object.keys(short.values))}: other code may have them, too.`,
    ]
  if (!entry) return ['MEASUREMENT_UNKNOWN', 'The code that runs is not on the list, or its entry has expired.']
  return entry.build === '' ? ['PROVENANCE_INVALID', 'The entry of this code does not say from which build it comes.'] : undefined
}

/**
 * What an entry would have to name, too, to leave only one code. Some main measurements are of the firmware alone, the same for whatever it starts:
 * the registers have to be named, too. The digest of a TPM's registers does not say of which: another system could fill free ones with the values
 * of others, so that each one quoted has to be named. A domain that services another (TDX) holds what moves it between machines; and where the
 * system starts whatever it is given, as dstack does, only the last register (`rtmr3`) says what that was.
 */
function unnamed({ platform, measurements }: Claims, named: readonly string[]): string | undefined {
  const isMissing = (name: string): boolean => !named.includes(name)
  const isUsed = (name: string): boolean => /[^0x]/.test(measurements[name] ?? '')
  const main = MAIN_MEASUREMENT[platform]
  if (isMissing(main)) return main
  if (isUsed('mrservicetd') && isMissing('mrservicetd')) return 'mrservicetd'
  if (platform === 'tdx') return ['rtmr1', 'rtmr2', ...(isUsed('rtmr3') ? ['rtmr3'] : [])].find(isMissing)
  if (TPM[platform] === 'bare') return Object.keys(measurements).find(isMissing)
  return TPM[platform] === undefined || named.some((name) => /^pcr\d/.test(name)) ? undefined : 'a register of the virtual TPM (pcr4 …)'
}

/** The entry of the list that allows what runs; undefined without one, and where the policy compares nothing. */
export function entryOf(claims: Claims, { measurements, expect }: AttestationPolicy): AllowedMeasurement | undefined {
  if (measurements === 'any') return undefined
  const runs = ({ runtimes }: AllowedMeasurement) =>
    runtimes === undefined || (expect?.runtimeDigest !== undefined && runtimes.includes(expect.runtimeDigest))
  return measurements.find((allowed) => allows(allowed, claims) && runs(allowed))
}

/** Whether an entry of the list allows the code of these claims at the time of their verification, whatever engines it says it runs. */
const allows = (allowed: AllowedMeasurement, claims: Claims): boolean =>
  matches(allowed, claims) && unnamed(claims, Object.keys(allowed.values)) === undefined

/** Whether an entry is about this platform, has not ended, and has no other value for anything. */
const matches = ({ platform, values, notAfter }: AllowedMeasurement, claims: Claims): boolean =>
  platform === claims.platform &&
  claims.verifiedAt < notAfter &&
  Object.entries(values).every(([name, value]) => Object.hasOwn(claims.measurements, name) && claims.measurements[name] === value)

/** What evidence of this platform may be bound to when it is about these data: a TPM signs them, or what `tpmData` makes of them. */
const boundTo = (platform: Platform, expected: Hex): readonly Hex[] =>
  TPM[platform] ? [expected, bytesToHex(tpmData(hexToBytes(expected)))] : [expected]

const binding: Check = ({ platform, reportData, nonce }, { expect }) => {
  if (expect?.reportData !== undefined && !boundTo(platform, expect.reportData).includes(bytesToHex(reportData)))
    return ['BINDING_MISMATCH', 'The evidence is bound to other data.']
  if (expect?.nonce !== undefined && expect.nonce !== (nonce && bytesToHex(nonce)))
    return ['NONCE_MISMATCH', 'The evidence holds another nonce.']
  return undefined
}

const age: Check = ({ issuedAt, verifiedAt, validUntil }, { maxAge, maxAhead, expect }) => {
  if (verifiedAt > validUntil) return ['STALE_EVIDENCE', 'The claims are out of date.']
  if (issuedAt !== undefined && issuedAt > verifiedAt + maxAhead) return ['STALE_EVIDENCE', 'The evidence is dated too far ahead.']
  if (maxAge === undefined) return undefined
  const made = issuedAt ?? expect?.issuedAt
  if (made === undefined) return ['STALE_EVIDENCE', 'The age of the evidence is not known, and the policy limits it.']
  return verifiedAt - made > maxAge
    ? ['STALE_EVIDENCE', `The evidence is ${verifiedAt - made} seconds old; ${maxAge} are allowed.`]
    : undefined
}

const driver: Check = ({ platform, facts }, { gpu: { drivers, vbios } }) => {
  if (platform !== 'nvidia-gpu') return undefined
  if (drivers && !drivers.includes(facts.driver ?? '')) return ['GPU_DRIVER_DENIED', `The driver ${facts.driver} is not allowed.`]
  return vbios && !vbios.includes(facts.vbios ?? '') ? ['GPU_DRIVER_DENIED', `The VBIOS ${facts.vbios} is not allowed.`] : undefined
}

/** The questions of an appraisal in their order, by name. */
export const CHECKS = {
  trust,
  platform,
  revocation,
  revokedCertificate,
  level,
  debug,
  settings,
  measurement,
  binding,
  age,
  machine,
  driver,
} as const satisfies Record<string, Check>

export type CheckName = keyof typeof CHECKS
