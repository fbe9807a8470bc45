const FIRST_MS = 1_000

/** When what failed is tried again: after a second, and twice as long after each further failure. Of strangers' models there may be thousands. */
export class Retries<Key> {
  readonly #mostMs: number
  readonly #now: () => number
  readonly #failed = new Map<Key, { readonly times: number; readonly until: number }>()

  /** @param mostMs longest time between two tries @param now monotonic milliseconds */
  constructor(mostMs: number, now: () => number) {
    this.#mostMs = mostMs
    this.#now = now
  }

  /** Whether it may be tried now. */
  due(key: Key): boolean {
    const failed = this.#failed.get(key)
    return failed === undefined || failed.until <= this.#now()
  }

  /** @returns whether it is the first failure since it succeeded, or ever @param forever it cannot succeed later */
  failed(key: Key, forever = false): boolean {
    const times = this.#failed.get(key)?.times ?? 0
    const until = forever ? Number.POSITIVE_INFINITY : this.#now() + Math.min(this.#mostMs, FIRST_MS * 2 ** times)
    this.#failed.set(key, { times: times + 1, until })
    return times === 0
  }

  succeeded(key: Key): void {
    this.#failed.delete(key)
  }

  /** Milliseconds until the first of what failed may be tried again; infinite if nothing may. */
  next(): number {
    let first = Number.POSITIVE_INFINITY
    for (const { until } of this.#failed.values()) first = Math.min(first, until)
    return first - this.#now()
  }

  /** Lets everything be tried now that can succeed at all. */
  again(): void {
    for (const [key, { times, until }] of this.#failed)
      if (until !== Number.POSITIVE_INFINITY) this.#failed.set(key, { times, until: Number.NEGATIVE_INFINITY })
  }

  /** Forgets what is not among these. */
  keep(keys: { has(key: Key): boolean }): void {
    for (const key of this.#failed.keys()) if (!keys.has(key)) this.#failed.delete(key)
  }
}
