/** Lets `burst` through at once and then one every `everyMs`. */
export class Bucket {
  readonly #burst: number
  readonly #everyMs: number
  readonly #now: () => number
  #level = 0
  #at: number

  /** @param now milliseconds of any steady clock */
  constructor(burst: number, everyMs: number, now: () => number) {
    this.#burst = burst
    this.#everyMs = everyMs
    this.#now = now
    this.#at = now()
  }

  /** Takes one. @returns 0, or milliseconds until there is one */
  take(): number {
    const now = this.#now()
    this.#level = Math.max(0, this.#level - (now - this.#at) / this.#everyMs)
    this.#at = now
    const over = this.#level + 1 - this.#burst
    if (over > 0) return Math.ceil(over * this.#everyMs)
    this.#level += 1
    return 0
  }
}
