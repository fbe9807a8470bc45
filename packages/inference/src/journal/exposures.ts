import type { Address, Hex } from '@opengradient/protocol'
import type { Reservation } from './entry.ts'

/** What a payer has open at this node. */
export interface Exposure {
  /** OPG wei of authorisations that are reserved and not yet settled or closed. */
  open: bigint
  count: number
}

const NOTHING: Exposure = { open: 0n, count: 0 }

/** What each payer has open: on credit, and apart from that what is settled before its answer is given out. */
export class Exposures {
  readonly #onCredit = new Map<Address, Exposure>()
  readonly #settleFirst = new Map<Address, Exposure>()
  /** How many of those that are settled first have a turn. */
  readonly #turns = new Map<Address, number>()
  readonly #refused = new Set<Hex>()

  onCredit(payer: Address): Exposure {
    return this.#onCredit.get(payer) ?? NOTHING
  }

  settleFirst(payer: Address): Exposure {
    return this.#settleFirst.get(payer) ?? NOTHING
  }

  /** Payers who have something open that is settled first, and was not refused on chain yet. */
  get payersSettlingFirst(): number {
    return this.#turns.size
  }

  /** A payment is opened, or it is closed. */
  note({ payer, value, settleFirst, paymentId }: Reservation, opened: boolean): void {
    if (settleFirst && !this.#refused.delete(paymentId)) this.#turn(payer, opened ? 1 : -1)
    const exposures = settleFirst ? this.#settleFirst : this.#onCredit
    const { open, count } = exposures.get(payer) ?? NOTHING
    const next = opened ? { open: open + value, count: count + 1 } : { open: open - value, count: count - 1 }
    if (next.count === 0) exposures.delete(payer)
    else exposures.set(payer, next)
  }

  /** An open payment was refused on chain: it waits for its payer, and holds up nobody else. */
  refused({ payer, settleFirst, paymentId }: Reservation): void {
    if (!settleFirst || this.#refused.has(paymentId)) return
    this.#refused.add(paymentId)
    this.#turn(payer, -1)
  }

  #turn(payer: Address, by: 1 | -1): void {
    const turns = (this.#turns.get(payer) ?? 0) + by
    if (turns === 0) this.#turns.delete(payer)
    else this.#turns.set(payer, turns)
  }
}
