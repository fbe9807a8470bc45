import { recordedBatch } from './checks/inclusion.ts'
import type { Context } from './context.ts'
import type { Outcome } from './outcome.ts'

/**
 * What dates a receipt (receipts.md, "Time"): the block of its batch, to the second; its settlement, to the hour around
 * `issuedAt`, because `Settlement` refuses anything else; or nothing, and it is judged at the caller's `now`,
 * or at the time of the state that is shown, if that is later.
 */
export type Dating = { readonly by: 'batch'; readonly at: bigint } | { readonly by: 'settlement' } | { readonly by: 'nothing' }

/** How the receipt is dated, given what `inclusion` and `payment.settled` found. */
export function datingOf(context: Context, included: Outcome, settled: Outcome): Dating {
  if (included.status === 'pass') return { by: 'batch', at: recordedBatch(context).anchoredAt }
  if (settled.status === 'pass' && context.bundle.receipt.price !== 0n) return { by: 'settlement' }
  return { by: 'nothing' }
}
