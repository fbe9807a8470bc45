/** Lets `burst` through at once and then one every `everyMs`. */
export class Bucket {
  readonly #burst: number
  readonly #everyMs: number
  readonly #now: () => number
  #level = 0
  #at: number

  /** @param now milliseconds of any clock; time that goes back counts as none */
  constructor(burst: number, everyMs: number, now: () => number) {
    this.#burst = burst
    this.#everyMs = everyMs
    this.#now = now
    this.#at = now()
  }

  /** Milliseconds until there is one; 0 when there is. */
  wait(): number {
    const now = this.#now()
    this.#level = Math.max(0, this.#level - Math.max(0, now - this.#at) / this.#everyMs)
    this.#at = now
    return Math.ceil(Math.max(0, this.#level + 1 - this.#burst) * this.#everyMs)
  }

  /** Takes one. @returns 0, or milliseconds until there is one */
  take(): number {
    const wait = this.wait()
    if (wait === 0) this.#level += 1
    return wait
  }
}
