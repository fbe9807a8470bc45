import { LimitReached } from '../call/patience.ts'

/** Counts what a trace keeps, so that it never becomes larger than an answer may be. */
export class Output {
  readonly #max: number
  #used = 0

  /** `max`: about how many characters of JSON. */
  constructor(max: number) {
    this.#max = max
  }

  /** Throws `LimitReached` when the trace becomes too large. */
  add(characters: number): void {
    this.#used += characters
    if (this.#used <= this.#max) return
    throw new LimitReached(
      `the trace is larger than ${this.#max} characters, the most this node answers; set limit, disableStack or disableStorage, or use callTracer`,
    )
  }
}
