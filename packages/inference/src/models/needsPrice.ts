import type { PriceRecord } from '@opengradient/contracts/slots'

/**
 * Whether the node never priced a model since it registered. A price of before that has ended without it: whoever has left is taken out of the
 * lists by anybody. One that was ended since, its operator ended. `registeredAt`: unix seconds.
 */
export function needsPrice({ since, active }: Pick<PriceRecord, 'since' | 'active'>, registeredAt: bigint): boolean {
  return since === 0n || (!active && since < registeredAt)
}
