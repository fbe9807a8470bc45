import type { Store, Write } from '../../state/store.ts'

const WRITES = 5_000
/** Writes after which the rest of the process has its turn: about 5 ms of work. */
const WRITES_BETWEEN_PAUSES = 500

/** Collects writes and stores many at a time, while the next come together. */
export class Batch {
  readonly #store: Store
  readonly #pause: () => Promise<void>
  #writes: Write[] = []
  #sincePause = 0
  /** The write in progress. */
  #storing: Promise<void> = Promise.resolve()

  constructor(store: Store, pause: () => Promise<void>) {
    this.#store = store
    this.#pause = pause
  }

  add(key: Uint8Array, value: Uint8Array): void {
    this.#writes.push({ key, value })
    this.#sincePause++
  }

  /** To be awaited between entries: stores what has come together, and lets the rest of the process run. Undefined: nothing to wait for. */
  turn(): Promise<void> | undefined {
    if (this.#writes.length >= WRITES) return this.#begin()
    if (this.#sincePause < WRITES_BETWEEN_PAUSES) return undefined
    this.#sincePause = 0
    return this.#pause()
  }

  /** Resolves when everything is stored; throws what went wrong with any of it. */
  async flush(): Promise<void> {
    await this.#begin()
    await this.#storing
  }

  async #begin(): Promise<void> {
    const writes = this.#writes
    this.#writes = []
    await this.#storing
    this.#storing = this.#store.write(writes)
    // Whoever waits for it next is told.
    this.#storing.catch(() => {})
  }
}
