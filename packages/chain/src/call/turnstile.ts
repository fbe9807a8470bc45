import { LimitReached } from './patience.ts'

/** Lets heavy work in, a few at a time; the rest waits in line, and when that is long, is refused. */
export class Turnstile {
  readonly #width: number
  readonly #line: number
  readonly #what: string
  readonly #waiting: (() => void)[] = []
  #inside = 0

  /** `width` at a time, at most `line` waiting. `what` goes through, for messages. */
  constructor(width: number, line: number, what = 'simulations and traces') {
    this.#width = width
    this.#line = line
    this.#what = what
  }

  /** Does the work when there is room. Throws `LimitReached` when the line is full. */
  async through<T>(work: () => Promise<T>): Promise<T> {
    if (this.#inside >= this.#width) await this.#turn()
    else this.#inside += 1
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      if (next) next()
      else this.#inside -= 1
    }
  }

  /** Resolves when one who leaves hands its place on. */
  #turn(): Promise<void> {
    if (this.#waiting.length >= this.#line) {
      throw new LimitReached(`${this.#inside} ${this.#what} are running and ${this.#line} more wait, the most there may be; ask later`)
    }
    return new Promise((resolve) => this.#waiting.push(resolve))
  }
}
