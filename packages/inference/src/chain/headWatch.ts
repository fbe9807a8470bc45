interface Waiter {
  after: bigint
  wake: () => void
}

/** Tells those who wait when there is a newer block. However many wait, one of them asks; with nobody waiting nobody asks. */
export class HeadWatch {
  readonly #height: () => Promise<bigint>
  readonly #pollMs: number
  readonly #waiters = new Set<Waiter>()
  #polling = false

  /** @param height asks the full node for its height */
  constructor(height: () => Promise<bigint>, pollMs = 100) {
    this.#height = height
    this.#pollMs = pollMs
  }

  /** Resolves when the height is above `height`, and after `timeoutMs` in any case. */
  after(height: bigint, timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer)
        this.#waiters.delete(waiter)
        resolve()
      }
      const waiter = { after: height, wake }
      const timer = setTimeout(wake, timeoutMs)
      this.#waiters.add(waiter)
      if (!this.#polling) void this.#poll()
    })
  }

  /** Lets everybody go on at once. */
  release(): void {
    for (const { wake } of this.#waiters) wake()
  }

  async #poll(): Promise<void> {
    this.#polling = true
    while (this.#waiters.size > 0) {
      await new Promise((resolve) => setTimeout(resolve, this.#pollMs))
      if (this.#waiters.size === 0) break
      const height = await this.#height().catch(() => undefined)
      for (const { after, wake } of this.#waiters) if (height !== undefined && height > after) wake()
    }
    this.#polling = false
  }
}
