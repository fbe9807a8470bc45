import type { Store, Write } from '../../state/store.ts'

const WRITES = 5_000
/** Writes after which the rest of the process has its turn: about 5 ms of work. */
const WRITES_BETWEEN_PAUSES = 500

/** Collects writes, which are stored only when they are all found right. */
export class Batch {
  readonly #store: Store
  readonly #pause: () => Promise<void>
  #writes: Write[] = []
  #sincePause = 0

  constructor(store: Store, pause: () => Promise<void>) {
    this.#store = store
    this.#pause = pause
  }

  add(key: Uint8Array, value: Uint8Array): void {
    this.#writes.push({ key, value })
    this.#sincePause++
  }

  /** To be awaited between entries: lets the rest of the process run now and then. Undefined: nothing to wait for. */
  pauseIfDue(): Promise<void> | undefined {
    if (this.#sincePause < WRITES_BETWEEN_PAUSES) return undefined
    this.#sincePause = 0
    return this.#pause()
  }

  /** Stores all of it, many at a time. */
  async flush(): Promise<void> {
    const writes = this.#writes
    this.#writes = []
    for (let at = 0; at < writes.length; at += WRITES) await this.#store.write(writes.slice(at, at + WRITES))
  }
}
