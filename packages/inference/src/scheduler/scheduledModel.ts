import { OgError } from '@opengradient/protocol'
import type { Tensor } from '../engine/tensor.ts'
import type { JobOptions, JobResult } from './job.ts'
import { ModelQueue } from './queue.ts'
import { Residence, type ResidenceState } from './residence.ts'
import type { Scheduler, SchedulerOptions } from './scheduler.ts'
import type { ModelSpec } from './spec.ts'
import { ModelStats } from './stats.ts'

/** A place in a model's line: taken before anything is paid for, given back whatever happens. */
export interface Place {
  run(inputs: readonly Tensor[], options: JobOptions): Promise<JobResult>
  /** Idempotent. */
  release(): void
}

/** One model as the server sees it. */
export class ScheduledModel {
  readonly spec: ModelSpec
  readonly stats: ModelStats = new ModelStats()
  readonly #scheduler: Scheduler
  readonly #residence: Residence
  readonly #queue: ModelQueue
  readonly #maxQueue: number
  /** Places taken and not given back. */
  outstanding = 0
  /** How many have added it to the scheduler and not retired it. */
  holders = 0

  constructor(spec: ModelSpec, scheduler: Scheduler, options: SchedulerOptions) {
    this.spec = spec
    this.#scheduler = scheduler
    this.#maxQueue = options.maxQueue ?? 256
    this.#residence = new Residence(spec, {
      budget: scheduler.budget,
      quarantine: scheduler.quarantine,
      memoryLimitBytes: options.modelMemoryBytes ?? scheduler.budget.limitBytes,
      loadTimeoutMs: options.loadTimeoutMs ?? 60_000,
      stats: this.stats,
      unused: () => this.#queue.open === 0,
      log: options.log ?? (() => {}),
    })
    this.#queue = new ModelQueue({
      spec,
      residence: this.#residence,
      stats: this.stats,
      maxRunMs: options.maxRunMs ?? 30_000,
      onIdle: () => scheduler.budget.becameIdle(),
    })
  }

  get state(): ResidenceState | 'quarantined' {
    return this.quarantined === undefined ? this.#residence.state : 'quarantined'
  }

  /** Whether it can be asked: it passed its self-test on this node and nothing has kept it out since. Asleep is fine: it wakes on use. */
  get servable(): boolean {
    return this.#residence.verified && this.state !== 'failed' && this.state !== 'quarantined'
  }

  /** Whether nobody offers it, asks it or loads it, and it has no process. */
  get unneeded(): boolean {
    const { state } = this.#residence
    return this.holders === 0 && this.outstanding === 0 && state !== 'ready' && state !== 'loading'
  }

  /** Why it cannot be asked at present. */
  get trouble(): OgError | undefined {
    return this.quarantined ?? this.#residence.failure
  }

  get quarantined(): OgError | undefined {
    try {
      this.#scheduler.quarantine.check(this.spec.sha256)
      return undefined
    } catch (error) {
      return error as OgError
    }
  }

  get stackable(): boolean {
    return this.#residence.stackable
  }

  get waiting(): number {
    return this.#queue.waiting
  }

  /** Process of the model while it is loaded. */
  get pid(): number | undefined {
    return this.#residence.model?.pid
  }

  get residentBytes(): number {
    return this.#residence.model?.residentBytes() ?? 0
  }

  /** Monotonic milliseconds of its last use, while it is loaded and nobody uses it. */
  get idleSince(): number | undefined {
    return this.#residence.idle && this.outstanding === 0 ? this.#residence.lastUsed : undefined
  }

  /**
   * Takes a place in the line for a request of `bytes` bytes.
   * @throws OgError `ENGINE_QUEUE_FULL`, `ENGINE_QUARANTINED`, `NODE_DRAINING`, each with `details.retryAfterMs`
   */
  place(bytes: number): Place {
    try {
      this.#scheduler.quarantine.check(this.spec.sha256)
      if (this.outstanding >= this.#maxQueue) throw this.#full()
      this.#scheduler.take(bytes)
    } catch (error) {
      this.stats.refused++
      throw error
    }
    this.outstanding++
    return new HeldPlace(this.#queue, () => {
      this.outstanding--
      this.#scheduler.give(bytes)
    })
  }

  /** Loads and self-tests the model. @throws OgError why it cannot be served */
  async warm(): Promise<void> {
    await this.#residence.acquire()
  }

  measure(): void {
    this.#residence.measure()
  }

  /** Ends its process after its running calls. */
  sleep(): Promise<void> {
    return this.#residence.evict()
  }

  #full(): OgError {
    const { compute } = this.stats
    const meanMs = compute.count === 0 ? 10 : (compute.sum / compute.count) * 1000
    const retryAfterMs = Math.min(60_000, Math.max(1_000, Math.ceil(meanMs * this.outstanding)))
    return new OgError(
      'ENGINE_QUEUE_FULL',
      `${this.outstanding} requests already wait for this model. Try again in ${Math.ceil(retryAfterMs / 1000)} s.`,
      {
        details: { retryAfterMs, waiting: this.outstanding },
      },
    )
  }
}

class HeldPlace implements Place {
  readonly #queue: ModelQueue
  #giveBack: (() => void) | undefined

  constructor(queue: ModelQueue, giveBack: () => void) {
    this.#queue = queue
    this.#giveBack = giveBack
  }

  run(inputs: readonly Tensor[], options: JobOptions): Promise<JobResult> {
    return this.#queue.run(inputs, options)
  }

  release(): void {
    const giveBack = this.#giveBack
    this.#giveBack = undefined
    giveBack?.()
  }
}
