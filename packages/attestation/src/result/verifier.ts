import { defaultCheck } from '../crypto/check.ts'
import type { Claims, Platform } from './claims.ts'
import type { Context, Verifier } from './evidence.ts'
import { demand, settled } from './rejection.ts'

/** Bytes of the longest evidence of any platform. */
export const MAX_EVIDENCE = 65_536

/** A `Verifier` from the steps of one platform, which stop by `refuse`. */
export function verifier(platform: Platform, steps: (evidence: Uint8Array, context: Context) => Promise<Claims>): Verifier {
  return {
    platform,
    verify: (evidence, { now, roots, endorsements = {}, check = defaultCheck }) =>
      settled(async () => {
        demand(evidence.length <= MAX_EVIDENCE, 'MALFORMED', `Evidence of more than ${MAX_EVIDENCE} bytes.`)
        demand(Number.isSafeInteger(now) && now >= 0, 'MALFORMED', 'The time of verification is not in Unix seconds.')
        return steps(evidence, { now, roots, endorsements, check })
      }),
  }
}
