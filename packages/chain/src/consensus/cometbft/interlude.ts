/** Milliseconds of work on transactions of peers in one interlude. */
const MOST_MS = 100

/**
 * The time between the result of a block and its commit. CometBFT commits only when everything that it had asked about transactions is answered
 * (`FlushAppConn`), up to 256 messages: peers that send what is dear to look at would hold up each block. So only some of it is looked at.
 */
export class Interlude {
  readonly #now: () => number
  /** Of work in this one; undefined when there is none. */
  #spent: number | undefined

  /** `now`: milliseconds, of any beginning. */
  constructor(now: () => number) {
    this.#now = now
  }

  begin(): void {
    this.#spent ??= 0
  }

  end(): void {
    this.#spent = undefined
  }

  /** Whether CometBFT has waited long enough. */
  get over(): boolean {
    return this.#spent !== undefined && this.#spent >= MOST_MS
  }

  /** Does work, and counts its time if CometBFT waits for it. */
  async count<T>(work: () => Promise<T>): Promise<T> {
    if (this.#spent === undefined) return work()
    const before = this.#now()
    const result = await work()
    if (this.#spent !== undefined) this.#spent += this.#now() - before
    return result
  }
}
