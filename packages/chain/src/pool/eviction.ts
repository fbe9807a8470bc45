import { tipOf } from './order.ts'
import type { SenderQueue } from './sender.ts'
import type { PoolTransaction } from './transaction.ts'

/** A transaction as a full pool weighs it. `queued`: behind a nonce gap. `tip`: wei per gas at the next base fee. */
export interface Weighed {
  readonly transaction: PoolTransaction
  readonly queued: boolean
  readonly tip: bigint
}

/** Weighs a transaction of this sender, which may not be in its queue yet. */
export const weigh = (transaction: PoolTransaction, sender: SenderQueue, baseFee: bigint): Weighed => ({
  transaction,
  queued: transaction.nonce > sender.nextNonce,
  tip: tipOf(transaction, baseFee),
})

/** Whether a full pool gives up `a` before `b`: queued before executable, then the lower tip, then the later arrival. */
export function isWorse(a: Weighed, b: Weighed): boolean {
  if (a.queued !== b.queued) return a.queued
  if (a.tip !== b.tip) return a.tip < b.tip
  return a.transaction.arrival > b.transaction.arrival
}

/** What a full pool gives up first. Only the last transaction of a sender can go: any other would strand those behind it. */
export function worst(senders: Iterable<SenderQueue>, baseFee: bigint): Weighed | undefined {
  let found: Weighed | undefined
  for (const sender of senders) {
    const last = sender.last()
    if (!last) continue
    const candidate = weigh(last, sender, baseFee)
    if (!found || isWorse(candidate, found)) found = candidate
  }
  return found
}
