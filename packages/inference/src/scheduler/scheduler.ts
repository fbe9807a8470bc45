import { type Hex, OgError } from '@opengradient/protocol'
import { MemoryBudget } from './budget.ts'
import { Quarantine, type QuarantineOptions } from './quarantine.ts'
import { ScheduledModel } from './scheduledModel.ts'
import type { ModelSpec } from './spec.ts'

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

/** Milliseconds between two looks at what is not needed any more, at most. */
const SWEEP_MS = 7_500

/** Every model of the node: who may be in memory, who may wait, who runs. */
export class Scheduler {
  readonly quarantine: Quarantine
  readonly budget: MemoryBudget
  readonly #options: SchedulerOptions
  readonly #models = new Map<Hex, ScheduledModel>()
  readonly #sweeper: NodeJS.Timeout
  #draining = false
  /** Bytes of admitted requests. */
  queuedBytes = 0

  constructor(options: SchedulerOptions = {}) {
    this.#options = options
    this.quarantine = new Quarantine(options.quarantine)
    this.budget = new MemoryBudget(options.memoryBudgetBytes ?? 2 * 2 ** 30)
    const idleMs = options.idleMs === 0 ? Number.POSITIVE_INFINITY : (options.idleMs ?? 30_000)
    this.#sweeper = setInterval(() => void this.#sweep(idleMs), Math.max(10, Math.min(SWEEP_MS, idleMs / 4))).unref()
  }

  get draining(): boolean {
    return this.#draining
  }

  /** Makes a model known until each that added it has retired it; nothing is loaded yet. The same modelId gives the same object. */
  add(spec: ModelSpec): ScheduledModel {
    const model = this.#models.get(spec.modelId) ?? new ScheduledModel(spec, this, this.#options)
    this.#models.set(spec.modelId, model)
    model.holders++
    return model
  }

  /** The counterpart of `add`: the process of a model that nobody holds ends after what runs, and the model is forgotten with its counters. */
  retire(model: ScheduledModel): void {
    if (--model.holders === 0) void model.sleep()
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
      if (model.idleSince !== undefined && (model.holders === 0 || now - model.idleSince >= idleMs)) await model.sleep()
      else model.measure()
      if (model.unneeded) this.#models.delete(model.spec.modelId)
    }
  }
}
