import { formatOpg, OgError } from '@opengradient/protocol'

/**
 * What an application has promised to pay, by day (UTC, `2026-01-31`). Every authorisation that is signed counts from the moment it could
 * be used, whether or not it ever is: also where its node refused it, or is gone, since either could have used it all the same. It stays counted
 * when it has ended unused, so that the budget is never more than was meant, whoever asks.
 */
export interface SpendLedger {
  /**
   * Adds `amount` (OPG wei) to a day unless the sum would pass `limit`; checks and adds at once, also across processes that share it.
   *
   * @throws OgError `POLICY_BUDGET_EXCEEDED`, and adds nothing
   */
  take(day: string, amount: bigint, limit: bigint | undefined): Promise<void>
  /** Takes back an amount that was never sent to anybody. */
  giveBack(day: string, amount: bigint): Promise<void>
  spent(day: string): Promise<bigint>
}

/** A ledger that forgets when the process ends. */
export function memoryLedger(): SpendLedger {
  const days = new Map<string, bigint>()
  return {
    async take(day, amount, limit) {
      days.set(day, added(days.get(day) ?? 0n, day, amount, limit))
    },
    async giveBack(day, amount) {
      days.set(day, without(days.get(day) ?? 0n, amount))
    },
    spent: async (day) => days.get(day) ?? 0n,
  }
}

/** The new sum of a day. @throws OgError `POLICY_BUDGET_EXCEEDED` */
export function added(spent: bigint, day: string, amount: bigint, limit: bigint | undefined): bigint {
  if (limit !== undefined && spent + amount > limit)
    throw new OgError(
      'POLICY_BUDGET_EXCEEDED',
      `this call costs ${formatOpg(amount)} OPG; of the ${formatOpg(limit)} OPG for ${day} (UTC) ${formatOpg(spent)} are promised already, used or not. Raise maxPerDay, or wait for tomorrow`,
      { details: { day, spent, amount, limit } },
    )
  return spent + amount
}

/** The sum of a day without what was never sent; somebody may have begun to count anew since that was added. */
export const without = (spent: bigint, amount: bigint): bigint => (spent > amount ? spent - amount : 0n)

/** The day of a time in unix seconds. */
export const dayOf = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(0, 10)
