import { OgError } from '@opengradient/protocol'

/** Somebody who holds memory and may be asked to give it back while idle. */
export interface Tenant {
  /** Whether nothing of it is in use at this moment. */
  readonly idle: boolean
  /** Monotonic milliseconds of its last use. */
  readonly lastUsed: number
  /** Gives the memory back; `leave` is called by then. */
  evict(): Promise<void>
}

/**
 * Who may hold how much of the memory set aside for models. When there is no room, the tenant that was idle longest goes; if all are busy,
 * the newcomer waits until one is not. Newcomers enter in the order in which they came.
 */
export class MemoryBudget {
  readonly limitBytes: number
  readonly #waitMs: number
  readonly #held = new Map<Tenant, number>()
  #line: Promise<unknown> = Promise.resolve()
  #wake: (() => void) | undefined

  constructor(limitBytes: number, waitMs = 10_000) {
    this.limitBytes = limitBytes
    this.#waitMs = waitMs
  }

  /** Bytes held now. */
  get used(): number {
    let sum = 0
    for (const bytes of this.#held.values()) sum += bytes
    return sum
  }

  /**
   * Reserves memory for a tenant.
   * @throws OgError `ENGINE_OUT_OF_MEMORY` if it can never fit, `MODEL_NOT_READY` (with `details.retryAfterMs`) if all others stayed busy
   */
  enter(tenant: Tenant, bytes: number): Promise<void> {
    const entered = this.#line.then(() => this.#enter(tenant, bytes))
    this.#line = entered.catch(() => {})
    return entered
  }

  /** Corrects what a tenant holds once it is known. */
  resize(tenant: Tenant, bytes: number): void {
    if (this.#held.has(tenant)) this.#held.set(tenant, bytes)
  }

  leave(tenant: Tenant): void {
    this.#held.delete(tenant)
    this.#wake?.()
  }

  /** A tenant has become idle: a newcomer may be waiting for that. */
  becameIdle(): void {
    this.#wake?.()
  }

  async #enter(tenant: Tenant, bytes: number): Promise<void> {
    if (bytes > this.limitBytes) {
      throw new OgError(
        'ENGINE_OUT_OF_MEMORY',
        `The model needs about ${mib(bytes)} MiB; models may use ${mib(this.limitBytes)} MiB on this node.`,
        {
          details: { bytes, limitBytes: this.limitBytes },
        },
      )
    }
    const giveUpAt = performance.now() + this.#waitMs
    while (this.used + bytes > this.limitBytes) {
      const victim = this.#longestIdle()
      if (victim !== undefined) await victim.evict()
      else if (!(await this.#wait(giveUpAt))) {
        throw new OgError('MODEL_NOT_READY', 'All memory for models is in use. Try again shortly.', { details: { retryAfterMs: 1000 } })
      }
    }
    this.#held.set(tenant, bytes)
  }

  #longestIdle(): Tenant | undefined {
    let oldest: Tenant | undefined
    for (const tenant of this.#held.keys()) if (tenant.idle && (oldest === undefined || tenant.lastUsed < oldest.lastUsed)) oldest = tenant
    return oldest
  }

  /** Until somebody leaves or becomes idle; false when the time is up. */
  #wait(giveUpAt: number): Promise<boolean> {
    const left = giveUpAt - performance.now()
    if (left <= 0) return Promise.resolve(false)
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer)
        this.#wake = undefined
        resolve(true)
      }
      const timer = setTimeout(done, left)
      this.#wake = done
    })
  }
}

const mib = (bytes: number): number => Math.round(bytes / 2 ** 20)
