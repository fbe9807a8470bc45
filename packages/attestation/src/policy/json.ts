import { canonicalJson, type Hex, OgError, parseStrictJson, utf8 } from '@opengradient/protocol'
import { PLATFORMS } from '../result/claims.ts'
import { aMap, anyOf, bool, hex, list, maybe, oneOf, record, shape, text, whole } from './form.ts'
import {
  ACCEPTABLE,
  codeDigest,
  days,
  family,
  leastVersions,
  lifetime,
  moment,
  privilege,
  seconds,
  serial,
  status,
  version,
} from './members.ts'
import type { AllowedMeasurement, AttestationPolicy } from './policy.ts'

/** Bytes of the longest policy in JSON. */
export const MAX_POLICY_BYTES = 131_072

const platform = oneOf(PLATFORMS)
const measurement = record<AllowedMeasurement>({
  platform,
  values: aMap(32, hex(64)),
  runtimes: maybe(list(64, hex(32, 32))),
  notAfter: moment,
  build: text(2048),
})
const certificate = record<{ issuer: Hex; serial: Hex }>({ issuer: hex(32, 32), serial })

const POLICY = record<AttestationPolicy>({
  platforms: list(16, platform),
  deniedFamilies: list(64, family),
  allowDevelopment: bool,
  allowDebug: bool,
  allowMigration: bool,
  tcb: record({
    statuses: list(ACCEPTABLE.length, status),
    graceDays: days,
    minEvaluation: whole,
    minSvn: leastVersions,
  }),
  measurements: anyOf('any', list(256, measurement)),
  revokedMeasurements: list(1024, codeDigest),
  platformIds: record<AttestationPolicy['platformIds']>({ allow: maybe(list(1024, hex(128))), deny: list(1024, hex(128, 1)) }),
  revocation: oneOf(['required', 'optional']),
  revokedCertificates: list(1024, certificate),
  maxUnlistedLifetime: lifetime,
  maxAge: maybe(lifetime),
  maxAhead: seconds,
  maxVmpl: privilege,
  allowSmt: bool,
  requireAliasCheck: bool,
  gpu: record<AttestationPolicy['gpu']>({ required: bool, drivers: maybe(list(64, version)), vbios: maybe(list(64, version)) }),
  expect: maybe(
    record<NonNullable<AttestationPolicy['expect']>>({
      reportData: maybe(hex(64)),
      nonce: maybe(hex(512)),
      issuedAt: maybe(whole),
      runtimeDigest: maybe(hex(32, 32)),
    }),
  ),
})

/**
 * Reads a policy from JSON: every member, of its type and within bounds, no other member and none twice. With `base`, members of the first
 * level that are absent come from it, as a person writes a policy; the chain knows no defaults.
 *
 * @throws OgError `POLICY_MALFORMED`, naming the member; `JSON_*`
 */
export function parsePolicy(json: Uint8Array | string, base?: AttestationPolicy): AttestationPolicy {
  const value = parseStrictJson(json, { maxBytes: MAX_POLICY_BYTES, maxDepth: 8, maxNodes: 20_000 })
  if (base === undefined) return POLICY(value, 'policy')
  return POLICY({ ...base, ...shape(value, 'policy') }, 'policy')
}

/**
 * Reads a policy that whatever evidence comes is judged by: one without `expect`, which would not be compared with anything.
 *
 * @throws OgError `POLICY_MALFORMED`, naming the member; `JSON_*`
 */
export function parseStandingPolicy(json: Uint8Array | string, base?: AttestationPolicy): AttestationPolicy {
  const policy = parsePolicy(json, base)
  if (policy.expect === undefined) return policy
  throw new OgError('POLICY_MALFORMED', 'policy.expect: only a policy for one piece of evidence says what that must hold.', {
    details: { field: 'policy.expect' },
  })
}

/** The policy as the chain holds it: canonical JSON (RFC 8785) in UTF-8. @throws OgError `POLICY_MALFORMED` for what could not be read again */
export function policyBytes(policy: AttestationPolicy): Uint8Array {
  const bytes = utf8(canonicalJson(POLICY(policy, 'policy')))
  if (bytes.length > MAX_POLICY_BYTES) throw new OgError('POLICY_MALFORMED', `policy: ${bytes.length} bytes, over ${MAX_POLICY_BYTES}.`)
  return bytes
}
