import type { Reservation } from './entry.ts'

/** What this node has learned about a payer. */
export interface Standing {
  /** OPG wei that were collected from them. */
  readonly settled: bigint
  /** OPG wei that were collected since they last failed to pay: what they may owe. Below zero: what they pay before they may owe anything again. */
  readonly trust: bigint
  /** Runs in a row for nothing: failed payments of answers that waited for them. */
  readonly strikes: number
  /** Block time of the last of these; unix seconds. */
  readonly struckAt: number
}

const STRANGER: Standing = { settled: 0n, trust: 0n, strikes: 0, struckAt: 0 }

/** A standing as the index has it: older journals say whether a payer is blocked instead, the oldest only whether something was collected. */
type Stored = { readonly settled: bigint | boolean; readonly blocked?: boolean } & Partial<Omit<Standing, 'settled'>>

/** What the index knows of a payer. Who was blocked for good, for what nobody knows any more, comes back by one payment before an answer. */
export function readStanding(stored: Stored | undefined): Standing {
  if (stored === undefined) return STRANGER
  const settled = typeof stored.settled === 'bigint' ? stored.settled : 0n
  const { blocked, trust = blocked ? -1n : settled, strikes = 0, struckAt = 0 } = stored
  return { settled, trust, strikes, struckAt }
}

/** A payment was collected. */
export function afterPayment(standing: Standing, value: bigint): Standing {
  const settled = standing.settled + value
  const trust = standing.trust + value
  return trust < 0n ? { ...standing, settled, trust } : { settled, trust, strikes: 0, struckAt: 0 }
}

/** A payment could never be collected, through the payer's doing: they pay as much again before they may owe anything. @param at block time */
export function afterFailure(standing: Standing, { value, settleFirst }: Reservation, at: number): Standing {
  const trust = (standing.trust < 0n ? standing.trust : 0n) - value
  if (!settleFirst) return { ...standing, trust }
  return { ...standing, trust, strikes: standing.strikes + 1, struckAt: at }
}
