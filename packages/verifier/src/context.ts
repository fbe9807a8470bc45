import type { Policy, Trust } from '@opengradient/protocol'
import type { Claim } from './claim.ts'
import type { Chain } from './evidence.ts'

/** What every check may look at. */
export interface Context extends Claim {
  readonly policy: Policy
  readonly trust: Trust
  /** The caller's time, unix seconds. */
  readonly now: bigint
  readonly chain: Chain
}
