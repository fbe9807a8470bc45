import { Turnstile } from '../../call/turnstile.ts'

/** The one who changes the chain, whichever connection it comes from: one piece of work at a time, in the order in which it was asked for. */
export class Exclusive {
  readonly #turnstile = new Turnstile(1, Number.POSITIVE_INFINITY)
  readonly #onHalt: (reason: unknown) => void
  #ended: { readonly reason: unknown } | undefined

  /** `onHalt` is told once, with the first failure. */
  constructor(onHalt: (reason: unknown) => void) {
    this.#onHalt = onHalt
  }

  /** Does the work in its turn. After a failure nothing may go on: what the node has in memory may not be what is stored. */
  change<T>(work: () => Promise<T>): Promise<T> {
    return this.look(async () => {
      try {
        return await work()
      } catch (reason) {
        this.#ended = { reason }
        this.#onHalt(reason)
        throw reason
      }
    })
  }

  /** Does work in its turn that changes nothing, so that its failure is its own. */
  look<T>(work: () => Promise<T>): Promise<T> {
    return this.#turnstile.through(async () => {
      if (this.#ended) throw this.#ended.reason
      return work()
    })
  }

  /** Lets nothing more begin; resolves when what was going on is done. */
  end(): Promise<void> {
    this.#ended ??= { reason: new Error('the node has stopped') }
    return this.#turnstile.through(async () => {})
  }
}
