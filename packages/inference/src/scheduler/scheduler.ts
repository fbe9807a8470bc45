import { type Hex, OgError } from '@opengradient/protocol'
import type { Tensor } from '../engine/tensor.ts'
import { MemoryBudget } from './budget.ts'
import { Quarantine, type QuarantineOptions } from './quarantine.ts'
import { type JobOptions, type JobResult, ModelQueue } from './queue.ts'
import { Residence, type ResidenceState } from './residence.ts'
import type { ModelSpec } from './spec.ts'
import { ModelStats } from './stats.ts'

export interface SchedulerOptions {
  /** Memory for all models together. Default 2 GiB. */
  readonly memoryBudgetBytes?: number
  /** Private memory that one model's process may have. Default: the whole budget. */
  readonly modelMemoryBytes?: number
  /** Requests admitted per model and not answered yet. Default 256. */
  readonly maxQueue?: number
  /** Bytes of all requests admitted and not answered yet. Default 512 MiB. */
  readonly maxQueuedBytes?: number
  /** Milliseconds one run may take before its process is ended. Default 30,000. */
  readonly maxRunMs?: number
  readonly loadTimeoutMs?: number
  /** Milliseconds after its last use until a model's process is ended. Default 30,000; 0: never. */
  readonly idleMs?: number
  readonly quarantine?: QuarantineOptions
  readonly log?: (message: string, details: Record<string, unknown>) => void
}

/** A place in a model's line: taken before anything is paid for, given back whatever happens. */
export interface Place {
  run(inputs: readonly Tensor[], options: JobOptions): Promise<JobResult>
  /** Idempotent. */
  release(): void
}

/** Every model of the node: who may be in memory, who may wait, who runs. */
export class Scheduler {
  readonly quarantine: Quarantine
  readonly budget: MemoryBudget
  readonly #options: SchedulerOptions
  readonly #models = new Map<Hex, ScheduledModel>()
  readonly #sweeper: NodeJS.Timeout | undefined
  #draining = false
  /** Bytes of admitted requests. */
  queuedBytes = 0

  constructor(options: SchedulerOptions = {}) {
    this.#options = options
    this.quarantine = new Quarantine(options.quarantine)
    this.budget = new MemoryBudget(options.memoryBudgetBytes ?? 2 * 2 ** 30)
    const idleMs = options.idleMs ?? 30_000
    if (idleMs > 0) this.#sweeper = setInterval(() => void this.#sweep(idleMs), Math.max(10, idleMs / 4)).unref()
  }

  get draining(): boolean {
    return this.#draining
  }

  /** Makes a model known; nothing is loaded yet. The same modelId gives the same object. */
  add(spec: ModelSpec): ScheduledModel {
    const known = this.#models.get(spec.modelId)
    if (known !== undefined) return known
    const model = new ScheduledModel(spec, this, this.#options)
    this.#models.set(spec.modelId, model)
    return model
  }

  get(modelId: Hex): ScheduledModel | undefined {
    return this.#models.get(modelId)
  }

  models(): Iterable<ScheduledModel> {
    return this.#models.values()
  }

  /** @throws OgError `NODE_DRAINING`, or `ENGINE_QUEUE_FULL` if the node holds as many bytes of requests as it may. */
  take(bytes: number): void {
    if (this.#draining)
      throw new OgError('NODE_DRAINING', 'The node is shutting down and takes no new requests.', { details: { retryAfterMs: 5_000 } })
    const maxBytes = this.#options.maxQueuedBytes ?? 512 * 2 ** 20
    if (this.queuedBytes + bytes > maxBytes) {
      throw new OgError('ENGINE_QUEUE_FULL', 'The node holds as many bytes of waiting requests as it may. Try again shortly.', {
        details: { retryAfterMs: 1_000 },
      })
    }
    this.queuedBytes += bytes
  }

  give(bytes: number): void {
    this.queuedBytes -= bytes
  }

  /** Takes no new requests, lets the admitted ones finish (at most `timeoutMs`), then ends every process. */
  async drain(timeoutMs = 30_000): Promise<void> {
    this.#draining = true
    clearInterval(this.#sweeper)
    const giveUpAt = performance.now() + timeoutMs
    while (this.#busy() && performance.now() < giveUpAt) await new Promise((resolve) => setTimeout(resolve, 5))
    const engines = new Set([...this.#models.values()].map(({ spec }) => spec.engine))
    if (!this.#busy()) await Promise.all([...this.#models.values()].map((model) => model.sleep()))
    await Promise.all([...engines].map((engine) => engine.close()))
  }

  #busy(): boolean {
    for (const model of this.#models.values()) if (model.outstanding > 0) return true
    return false
  }

  async #sweep(idleMs: number): Promise<void> {
    const now = performance.now()
    for (const model of this.#models.values()) {
      if (model.idleSince !== undefined && now - model.idleSince >= idleMs) await model.sleep()
      else model.measure()
    }
  }
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
