/** Gas that `Settlement` wants left when it pulls a payment (300,000 and what a call keeps back), and the rest of the transaction. */
const RESERVE = 420_000n
/** More than any entry was seen to take: the first batch is sized by it. */
const FIRST_GUESS = 250_000n
/** What is learned of an entry stays between these, whatever an RPC says that a transaction took: outside nothing could be settled, also later. */
const PER_ENTRY = { least: FIRST_GUESS / 5n, most: FIRST_GUESS * 8n }
/** What a model adds whose author and parent's author were never paid before: two new words, and its terms (measured in the tests of the contracts). */
const MODEL = 70_000n
/** What it adds to an entry that its payment is held until there is a proof. */
const HELD = 50_000n
/** Share of a block that one transaction may ask for: the pool and other senders need some too. */
const SHARE = { of: 10n, take: 8n }

/** What a transaction settles. */
export interface Load {
  readonly entries: number
  /** Different models among them. */
  readonly models: number
  /** Entries of level zk. */
  readonly held: number
}

/** How much gas settlements take, learned from those that were made. What is learned from one mix is not believed of another. */
export class GasModel {
  #perEntry = FIRST_GUESS

  /** Gas limit for a transaction; what is not used costs nothing. */
  limit({ entries, models, held }: Load, blockGasLimit: bigint): bigint {
    const wanted = RESERVE + this.#spare(BigInt(entries)) + BigInt(models) * MODEL + BigInt(held) * HELD
    const most = this.#most(blockGasLimit)
    return wanted < most ? wanted : most
  }

  /** How many entries fit one transaction, whatever they are. */
  capacity(blockGasLimit: bigint): number {
    const room = this.#most(blockGasLimit) - RESERVE
    return Math.max(1, Number(room / (this.#spare(1n) + MODEL + HELD)))
  }

  /** A transaction of `entries` took so much. */
  learn(entries: number, gasUsed: bigint): void {
    const seen = gasUsed / BigInt(entries)
    // A lone entry carries the whole transaction's base cost: it says little about a batch's.
    const weight = entries >= 8 ? 2n : 8n
    this.#set(this.#perEntry + (seen - this.#perEntry) / weight)
  }

  /** A transaction ran out of gas. */
  exceeded(): void {
    this.#set(this.#perEntry * 2n)
  }

  #set(perEntry: bigint): void {
    const { least, most } = PER_ENTRY
    this.#perEntry = perEntry < least ? least : perEntry > most ? most : perEntry
  }

  #spare(entries: bigint): bigint {
    return (entries * this.#perEntry * 3n) / 2n
  }

  #most(blockGasLimit: bigint): bigint {
    return (blockGasLimit * SHARE.take) / SHARE.of
  }
}
