import { type Hex, OgError } from '@opengradient/protocol'

export interface QuarantineOptions {
  /** Strikes within `windowMs` that bring a model in. Default 3 in 60 s. */
  readonly strikes?: number
  readonly windowMs?: number
  /** First stay; each further one is twice as long, up to `maxMs`. Default 30 s, 1 h. */
  readonly baseMs?: number
  readonly maxMs?: number
  /** Pause before a model that just died is loaded again, doubled per strike. Default 100 ms. */
  readonly backOffMs?: number
  /** Monotonic milliseconds. */
  readonly now?: () => number
}

interface Record {
  times: number[]
  stays: number
  until: number
}

/**
 * Keeps models that crash their engine again and again out of it, by the hash of their file: another manifest for the same bytes changes
 * nothing. A strike is a process that died, was killed for its time, or could not be loaded.
 */
export class Quarantine {
  readonly #strikes: number
  readonly #windowMs: number
  readonly #baseMs: number
  readonly #maxMs: number
  readonly #backOffMs: number
  readonly #now: () => number
  readonly #records = new Map<Hex, Record>()

  constructor(options: QuarantineOptions = {}) {
    this.#strikes = options.strikes ?? 3
    this.#windowMs = options.windowMs ?? 60_000
    this.#baseMs = options.baseMs ?? 30_000
    this.#maxMs = options.maxMs ?? 3_600_000
    this.#backOffMs = options.backOffMs ?? 100
    this.#now = options.now ?? (() => performance.now())
  }

  /** Models inside at this moment. */
  get size(): number {
    const now = this.#now()
    let n = 0
    for (const { until } of this.#records.values()) if (until > now) n++
    return n
  }

  /** Counts a strike; true if the model is in quarantine now. */
  strike(sha256: Hex): boolean {
    const now = this.#now()
    const record = this.#records.get(sha256) ?? { times: [], stays: 0, until: 0 }
    this.#records.set(sha256, record)
    record.times = [...record.times.filter((time) => now - time < this.#windowMs), now]
    if (record.times.length < this.#strikes) return false
    record.until = now + Math.min(this.#maxMs, this.#baseMs * 2 ** record.stays++)
    record.times = []
    return true
  }

  /** @throws OgError `ENGINE_QUARANTINED` with `details.retryAfterMs` while the model is inside. */
  check(sha256: Hex): void {
    const left = (this.#records.get(sha256)?.until ?? 0) - this.#now()
    if (left > 0) {
      throw new OgError(
        'ENGINE_QUARANTINED',
        `This model crashed its engine repeatedly and is not loaded for another ${Math.ceil(left / 1000)} s.`,
        {
          details: { sha256, retryAfterMs: Math.ceil(left) },
        },
      )
    }
  }

  /** Milliseconds to wait before the next load. */
  backOff(sha256: Hex): number {
    const times = this.#records.get(sha256)?.times ?? []
    const last = times.at(-1)
    return last === undefined ? 0 : Math.max(0, last + this.#backOffMs * 2 ** (times.length - 1) - this.#now())
  }
}
