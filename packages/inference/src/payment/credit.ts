import { OgError } from '@opengradient/protocol'
import type { Standing } from '../journal/entry.ts'
import type { Exposure } from '../journal/state.ts'

/** How far a node trusts its payers between an answer and its settlement. */
export interface CreditLimits {
  /** OPG wei that one payer may have open at most. */
  max: bigint
}

/** 1 OPG. */
export const DEFAULT_CREDIT: CreditLimits = { max: 10n ** 18n }

/**
 * Whether a payer may open another payment of `price`. What is open never exceeds the limit, nor the balance at the head; who
 * was never seen to pay has one open at a time; who made a payment fail has no credit.
 *
 * @throws OgError `PAYMENT_INSUFFICIENT_BALANCE`, `PAYMENT_CREDIT_EXHAUSTED`
 */
export function checkCredit(price: bigint, balance: bigint, { open, count }: Exposure, standing: Standing, limits: CreditLimits): void {
  const details = { price, balance, open, max: limits.max }
  const refuse = (why: string) => new OgError('PAYMENT_CREDIT_EXHAUSTED', why, { details })
  if (balance < price) {
    throw new OgError('PAYMENT_INSUFFICIENT_BALANCE', `The payer has ${balance} wei of WOPG; the price is ${price}. Wrap some OPG.`, {
      details,
    })
  }
  if (standing.blocked) throw refuse('A payment of this payer could not be collected; this node gives it no more credit.')
  if (!standing.settled && count > 0)
    throw refuse('A payer who is new to this node has one payment open at a time. Wait until it is settled.')
  if (open + price > balance) throw refuse(`The payer has ${balance} wei of WOPG, of which ${open} are promised to earlier requests.`)
  if (open + price > limits.max)
    throw refuse(`The payer has ${open} wei unsettled; this node gives credit for ${limits.max}. Wait for settlement.`)
}
