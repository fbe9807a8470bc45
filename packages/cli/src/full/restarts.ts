/** Milliseconds: the first wait, the longest, and after how long a life counts as a good one. */
const FIRST_WAIT = 500
const LONGEST_WAIT = 8_000
const GOOD_LIFE = 60_000
/** Deaths in a row after short lives, after which nothing is tried any more. */
const MOST_DEATHS = 6

/** How long to wait before a process that died is started again: longer each time, unless it lived well in between. */
export class Restarts {
  readonly #now: () => number
  #deaths = 0
  #startedAt: number

  constructor(now: () => number) {
    this.#now = now
    this.#startedAt = now()
  }

  /** To be told of each start. */
  started(): void {
    this.#startedAt = this.#now()
  }

  /** To be told of each death: milliseconds until the next start, or undefined when it is no use. */
  died(): number | undefined {
    if (this.#now() - this.#startedAt >= GOOD_LIFE) this.#deaths = 0
    this.#deaths += 1
    if (this.#deaths >= MOST_DEATHS) return undefined
    return Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** (this.#deaths - 1))
  }
}
