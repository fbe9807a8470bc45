import { OgError } from '@opengradient/protocol'
import type { LoadedModel } from '../engine/engine.ts'
import { checkAgreement } from './agree.ts'
import { canStack } from './batch.ts'
import type { MemoryBudget, Tenant } from './budget.ts'
import { selfTest, stacksInvariantly } from './golden.ts'
import type { Quarantine } from './quarantine.ts'
import type { ModelSpec } from './spec.ts'
import type { DeathReason, ModelStats } from './stats.ts'

/** Measured: what a child holds before any model is in it; and how often runtimes keep the file's bytes while they load. */
const BASE_BYTES = { onnx: 90e6, 'onnx-exact': 130e6 } as Readonly<Record<string, number>>
const FILE_FACTOR = 3
/** A failed load is not tried again for this long: the answer would be the same. */
const FAILURE_MS = 10_000
/** The same for what is wrong with the file, which no time mends: twice as long after each failure, up to this. Files are long to look through. */
const MOST_FAILURE_MS = 600_000
const OF_THE_FILE = new Set<string>(['MODEL_INVALID', 'ENGINE_LOAD_FAILED', 'ENGINE_GOLDEN_MISMATCH'])

export type ResidenceState = 'asleep' | 'loading' | 'ready' | 'failed'

export interface ResidenceOptions {
  readonly budget: MemoryBudget
  readonly quarantine: Quarantine
  readonly memoryLimitBytes: number
  readonly loadTimeoutMs: number
  readonly stats: ModelStats
  /** Whether no request is using the model. */
  readonly unused: () => boolean
  readonly log: (message: string, details: Record<string, unknown>) => void
  /** Monotonic milliseconds (the system's). */
  readonly now?: () => number
}

/** A model's being in memory: loaded once for however many ask at the same time, self-tested before it is `ready`, evicted when idle. */
export class Residence implements Tenant {
  readonly #spec: ModelSpec
  readonly #options: ResidenceOptions
  #model: LoadedModel | undefined
  #loading: Promise<LoadedModel> | undefined
  #leaving: Promise<void> | undefined
  #failure: { error: OgError; until: number } | undefined
  /** Loads in a row that failed for what is wrong with the file. */
  #failures = 0
  readonly #now: () => number
  /** Whether this node may run several requests at once: declared, possible, and confirmed by the self-test. */
  stackable = false
  /** Whether the self-test passed at least once since the node started. */
  verified = false
  lastUsed = 0

  constructor(spec: ModelSpec, options: ResidenceOptions) {
    this.#spec = spec
    this.#options = options
    this.#now = options.now ?? (() => performance.now())
  }

  /** The model if it is ready now. */
  get model(): LoadedModel | undefined {
    return this.#model?.alive ? this.#model : undefined
  }

  get state(): ResidenceState {
    if (this.model !== undefined) return 'ready'
    if (this.#loading !== undefined) return 'loading'
    return this.failure === undefined ? 'asleep' : 'failed'
  }

  /** Why the last load failed, while that still counts. */
  get failure(): OgError | undefined {
    return this.#failure !== undefined && this.#failure.until > this.#now() ? this.#failure.error : undefined
  }

  get idle(): boolean {
    return this.model !== undefined && this.#options.unused()
  }

  /** The model, loaded if need be. Everybody who asks during a load gets its outcome. */
  acquire(): Promise<LoadedModel> {
    if (this.model !== undefined) return Promise.resolve(this.model)
    // A process that is dying or being ended still holds its memory: the next one starts when it is gone.
    const gone = this.#leaving ?? this.#model?.ended ?? Promise.resolve()
    this.#loading ??= gone
      .then(() => this.#load())
      .finally(() => {
        this.#loading = undefined
      })
    return this.#loading
  }

  /** Corrects what the budget counts: a process grows with the inputs that it sees. */
  measure(): void {
    const { model } = this
    if (model !== undefined) this.#options.budget.resize(this, model.residentBytes())
  }

  /** Ends the process after its running calls. */
  evict(): Promise<void> {
    const model = this.#model
    if (model === undefined) return this.#leaving ?? Promise.resolve()
    this.#model = undefined
    this.#options.stats.unloads++
    this.#leaving = model.unload().then(() => {
      this.#leaving = undefined
      this.#options.budget.leave(this)
    })
    return this.#leaving
  }

  async #load(): Promise<LoadedModel> {
    const { quarantine, budget, stats } = this.#options
    const { sha256, size, engine } = this.#spec
    quarantine.check(sha256)
    if (this.failure !== undefined) throw this.failure
    await pause(quarantine.backOff(sha256))
    const started = performance.now()
    await budget.enter(this, (BASE_BYTES[engine.name] ?? BASE_BYTES['onnx-exact']!) + FILE_FACTOR * size)
    let model: LoadedModel | undefined
    try {
      stats.loads++
      model = await this.#start()
      await this.#test(model)
    } catch (error) {
      stats.loadFailures++
      await model?.unload()
      budget.leave(this)
      throw this.#failed(error)
    }
    stats.load.observe((performance.now() - started) / 1000)
    budget.resize(this, model.residentBytes())
    this.lastUsed = performance.now()
    this.#model = model
    this.#failure = undefined
    this.#failures = 0
    this.verified = true
    void model.ended.then((error) => this.#ended(model, error))
    return model
  }

  async #start(): Promise<LoadedModel> {
    const { memoryLimitBytes, loadTimeoutMs } = this.#options
    return this.#spec.engine.load(await this.#spec.open(), { memoryLimitBytes, timeoutMs: loadTimeoutMs })
  }

  async #test(model: LoadedModel): Promise<void> {
    const { golden, closeness, batch, inputs, outputs, modelId } = this.#spec
    checkAgreement({ inputs, outputs }, model.signature)
    await selfTest(model, golden, closeness)
    this.stackable = batch.invariant && batch.max > 1 && canStack(inputs, outputs) && (await stacksInvariantly(model, golden))
    if (batch.invariant && batch.max > 1 && !this.stackable) {
      this.#options.log('the manifest calls the model batch-invariant, but it is not on this machine: running requests one at a time', {
        modelId,
      })
    }
  }

  /** Nobody asked for it: the process died, and whoever was running is told by the engine. */
  #ended(model: LoadedModel, error: Error | undefined): void {
    if (this.#model !== model) return
    this.#model = undefined
    this.#options.budget.leave(this)
    // The engine was closed: nothing happened to the model.
    if (error === undefined) return
    const reason: DeathReason =
      error instanceof OgError && error.code === 'ENGINE_OUT_OF_MEMORY'
        ? 'memory'
        : error instanceof OgError && error.code === 'ENGINE_DEADLINE'
          ? 'timeout'
          : 'crash'
    this.#options.stats.deaths[reason]++
    const quarantined = this.#options.quarantine.strike(this.#spec.sha256)
    this.#options.log('the process of a model ended', { modelId: this.#spec.modelId, reason, quarantined, message: error.message })
  }

  #failed(cause: unknown): OgError {
    const error = cause instanceof OgError ? cause : new OgError('ENGINE_LOAD_FAILED', 'The model could not be loaded.', { cause })
    const { modelId, sha256 } = this.#spec
    this.#options.log('a model could not be loaded', {
      modelId,
      code: error.code,
      message: error.message,
      ...(error.cause instanceof Error && { cause: error.cause.message }),
    })
    // A process that died says something about the model's code; the rest would fail in the same way at once, so the answer is kept a while.
    if (error.code === 'ENGINE_CRASHED' || error.code === 'ENGINE_DEADLINE' || error.code === 'ENGINE_OUT_OF_MEMORY')
      this.#options.quarantine.strike(sha256)
    else if (error.code !== 'ENGINE_CLOSED') this.#failure = { error, until: this.#now() + this.#pauseAfter(error) }
    return error
  }

  #pauseAfter({ code }: OgError): number {
    if (!OF_THE_FILE.has(code)) return FAILURE_MS
    return Math.min(MOST_FAILURE_MS, FAILURE_MS * 2 ** this.#failures++)
  }
}

function pause(ms: number): Promise<void> {
  return ms <= 0 ? Promise.resolve() : new Promise((resolve) => setTimeout(resolve, ms))
}
