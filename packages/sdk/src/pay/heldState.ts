import { CHALLENGE_BLOCKS, PROOF_BLOCKS } from '@opengradient/client'
import type { HeldRecord } from '@opengradient/contracts/slots'
import type { Hex } from '@opengradient/protocol'

/**
 * Where the payment of a request of level zk is:
 * `unsettled`: nothing was paid, and after ten minutes nothing will be · `held`: it waits, and may be challenged up to block `until` ·
 * `unchallenged`: it waited long enough and is the node's · `challenged`: the node has to prove its answer up to block `until` ·
 * `unproved`: it did not, and `collect` brings price, deposit and penalty · `released`: the node has it · `failed`: it came back.
 */
export type HeldState = 'unsettled' | 'held' | 'unchallenged' | 'challenged' | 'unproved' | 'released' | 'failed'

/** What a block says of a payment. */
export interface PaymentAt {
  readonly held: HeldRecord | undefined
  /** Hash of the receipt that it was settled for. */
  readonly settled: Hex | undefined
  readonly height: number
}

/** Where a payment is for a transaction that goes into the next block; `until`: see `Redress`. */
export function stateOf({ held, settled, height }: PaymentAt): { state: HeldState; until?: number } {
  // What was settled and never waited was for a receipt of another level, which only a payment that is bound to nothing allows.
  if (held === undefined || held.status === 'none') return { state: settled === undefined ? 'unsettled' : 'released' }
  if (held.status === 'held') {
    const until = Number(held.heldAt) + CHALLENGE_BLOCKS
    return { state: height < until ? 'held' : 'unchallenged', until }
  }
  if (held.status === 'challenged') {
    const until = Number(held.challengedAt) + PROOF_BLOCKS
    return { state: height < until ? 'challenged' : 'unproved', until }
  }
  return { state: held.status }
}
