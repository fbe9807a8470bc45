import type { Address } from '@opengradient/protocol'
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

  onCredit(payer: Address): Exposure {
    return this.#onCredit.get(payer) ?? NOTHING
  }

  settleFirst(payer: Address): Exposure {
    return this.#settleFirst.get(payer) ?? NOTHING
  }

  /** Payers who have something open that is settled first. */
  get payersSettlingFirst(): number {
    return this.#settleFirst.size
  }

  /** A payment is opened, or it is closed. */
  note({ payer, value, settleFirst }: Reservation, opened: boolean): void {
    const exposures = settleFirst ? this.#settleFirst : this.#onCredit
    const { open, count } = exposures.get(payer) ?? NOTHING
    const next = opened ? { open: open + value, count: count + 1 } : { open: open - value, count: count - 1 }
    if (next.count === 0) exposures.delete(payer)
    else exposures.set(payer, next)
  }
}
