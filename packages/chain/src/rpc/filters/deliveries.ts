import { Patience } from '../../call/patience.ts'

export interface DeliveriesOptions {
  /** Milliseconds, of any beginning. */
  readonly now: () => number
  /** Lets the rest of the thread run. */
  readonly pause: () => Promise<void>
  /** How many may wait. */
  readonly max: number
  /** Told what went wrong with one; the others go on. */
  readonly onFault: (error: unknown) => void
}

/**
 * Does work of many small steps, one piece after the other, in slices between which the thread has its turn: never within the call that brings
 * it, which may be a commit.
 */
export class Deliveries {
  readonly #options: DeliveriesOptions
  #waiting: Iterator<unknown>[] = []
  #working = false
  /** How often everything was forgotten. */
  #cleared = 0

  constructor(options: DeliveriesOptions) {
    this.#options = options
  }

  /** Answers whether there was room. */
  add(work: Iterator<unknown>): boolean {
    if (this.#waiting.length >= this.#options.max) return false
    this.#waiting.push(work)
    if (!this.#working) void this.#work()
    return true
  }

  /** Forgets what waits, and what is being done. */
  clear(): void {
    this.#waiting = []
    this.#cleared++
  }

  async #work(): Promise<void> {
    const { now, pause } = this.#options
    this.#working = true
    await pause()
    const patience = new Patience({ milliseconds: Number.POSITIVE_INFINITY, now, pause })
    while (this.#waiting.length > 0) {
      const batch = this.#waiting
      this.#waiting = []
      const cleared = this.#cleared
      for (const work of batch) {
        while (cleared === this.#cleared && this.#step(work)) {
          const turn = patience.turn()
          if (turn) await turn
        }
      }
    }
    this.#working = false
  }

  /** Answers whether there is more. */
  #step(work: Iterator<unknown>): boolean {
    try {
      return work.next().done !== true
    } catch (error) {
      this.#options.onFault(error)
      return false
    }
  }
}
