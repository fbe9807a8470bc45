import type { Address } from '@opengradient/protocol'
import type { ChainView } from '../chain/view.ts'
import type { Journal } from '../journal/journal.ts'
import type { Unsettled } from '../journal/reader.ts'

/** Seconds after which a refused payment is tried again; then twice as many, and so on: a payer can make a node pay for few tries only. */
const RETRY_SECONDS = 15
/** Seconds between looks at what payers have. */
const LOOK_SECONDS = 10

interface RefusedPaymentsOptions {
  readonly journal: Pick<Journal, 'queued'>
  readonly view: Pick<ChainView, 'payer'>
}

/** Payments that a transaction could not settle. Their authorisations last: what was missing may be there before they end. */
export class RefusedPayments {
  readonly #options: RefusedPaymentsOptions
  /** Block time of the last look. */
  #lookedAt = 0

  constructor(options: RefusedPaymentsOptions) {
    this.#options = options
  }

  /** Those to be tried now: their time has come and, where the money was missing, it is there. @param now block time, unix seconds */
  async due(now: number): Promise<Unsettled[]> {
    const due = this.#options.journal
      .queued()
      .filter(({ refused }) => refused && now >= refused.at + RETRY_SECONDS * 2 ** (refused.tries - 1))
    if (due.length === 0 || (this.#lookedAt <= now && now < this.#lookedAt + LOOK_SECONDS)) return []
    this.#lookedAt = now
    const isShort = ({ refused }: Unsettled) => refused?.blame === 'payer'
    const left = new Map<Address, bigint>()
    await Promise.all(
      due.filter(isShort).map(async ({ reservation: { payer, nonce } }) => {
        left.set(payer, (await this.#options.view.payer(payer, nonce)).balance)
      }),
    )
    return due.filter((payment) => {
      if (!isShort(payment)) return true
      const { payer, value } = payment.reservation
      const rest = left.get(payer)! - value
      if (rest >= 0n) left.set(payer, rest)
      return rest >= 0n
    })
  }
}
