import type { Claims } from '../result/claims.ts'
import type { AttestationPolicy } from './policy.ts'

const DAY = 86_400

/** When the days of grace end for hardware that passes by them alone, Unix seconds, exclusive. */
export function graceEnd({ tcb }: Pick<Claims, 'tcb'>, { tcb: { statuses, graceDays } }: AttestationPolicy): number | undefined {
  // Grace is for what is behind, not for what would have to be configured as well.
  const behind = tcb.status === 'OutOfDate' || (tcb.status === 'OutOfDateConfigurationNeeded' && statuses.includes('ConfigurationNeeded'))
  return behind && !statuses.includes(tcb.status) && tcb.behindSince !== undefined ? tcb.behindSince + graceDays * DAY : undefined
}

/** When evidence is too old for the policy, Unix seconds; undefined if that is not judged, or its age is not known. */
export function ageEnd({ issuedAt }: Pick<Claims, 'issuedAt'>, { maxAge, expect }: AttestationPolicy): number | undefined {
  const made = issuedAt ?? expect?.issuedAt
  return maxAge === undefined || made === undefined ? undefined : made + maxAge + 1
}
