/** Gas that `Settlement` wants left when it pulls a payment (300,000 and what a call keeps back), and the rest of the transaction. */
const RESERVE = 420_000n
/** More than any entry was seen to take: the first batch is sized by it. */
const FIRST_GUESS = 250_000n
/** Share of a block that one transaction may ask for: the pool and other senders need some too. */
const SHARE = { of: 10n, take: 8n }

/** How much gas settlements take, learned from those that were made. */
export class GasModel {
  #perEntry = FIRST_GUESS

  /** Gas limit for a transaction of `entries`; what is not used costs nothing. */
  limit(entries: number, blockGasLimit: bigint): bigint {
    const wanted = RESERVE + (BigInt(entries) * this.#perEntry * 3n) / 2n
    const most = this.#most(blockGasLimit)
    return wanted < most ? wanted : most
  }

  /** How many entries fit one transaction. */
  capacity(blockGasLimit: bigint): number {
    const room = this.#most(blockGasLimit) - RESERVE
    return Math.max(1, Number((room * 2n) / (this.#perEntry * 3n)))
  }

  /** A transaction of `entries` took so much. */
  learn(entries: number, gasUsed: bigint): void {
    const seen = gasUsed / BigInt(entries)
    // A lone entry carries the whole transaction's base cost: it says little about a batch's.
    const weight = entries >= 8 ? 2n : 8n
    this.#perEntry += (seen - this.#perEntry) / weight
  }

  /** A transaction ran out of gas. */
  exceeded(): void {
    this.#perEntry *= 2n
  }

  #most(blockGasLimit: bigint): bigint {
    return (blockGasLimit * SHARE.take) / SHARE.of
  }
}
