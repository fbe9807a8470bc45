import { OgError } from '@opengradient/protocol'
import type { LoadedModel } from '../engine/engine.ts'
import type { Tensor } from '../engine/tensor.ts'
import { rowsOf, sameBut, stack, unstack } from './batch.ts'
import { Deadlines } from './deadlines.ts'
import type { Job, JobOptions, JobResult } from './job.ts'
import type { Residence } from './residence.ts'
import type { ModelSpec } from './spec.ts'
import type { ModelStats } from './stats.ts'

/**
 * Runs in the hands of a child: at least, at most, and else as much work as takes this long. It need not wait for us between two of them, and we
 * take several answers in one turn when we were busy meanwhile. What is in its hands runs, though its caller may be gone. It gets more when half of
 * them are left: several at a time, which are one write and one read, where each alone wakes both sides.
 */
const MIN_DEPTH = 2
const MAX_DEPTH = 16
const WORK_IN_HAND_US = 8_000
/** How often a request may be run again after a process died under it. */
const MAX_ATTEMPTS = 3

export interface QueueOptions {
  readonly spec: ModelSpec
  readonly residence: Pick<Residence, 'model' | 'stackable' | 'acquire' | 'lastUsed'>
  readonly stats: ModelStats
  /** Milliseconds one run may take. */
  readonly maxRunMs: number
  /** Called when the last job is done. */
  readonly onIdle: () => void
}

/**
 * The line in front of one model. The caller's deadline and going-away settle a job at once, wherever it is; a run that has begun goes on
 * and its result is dropped, since it cannot be interrupted. A job whose process died under another's run is run again: inference has no
 * side effects.
 */
export class ModelQueue {
  readonly #options: QueueOptions
  readonly #deadlines: Deadlines<Job>
  #waiting: Job[] = []
  #head = 0
  #running = 0
  #waking = false
  /** Jobs without an answer yet. */
  open = 0

  constructor(options: QueueOptions) {
    this.#options = options
    this.#deadlines = new Deadlines((job) => this.#expire(job))
  }

  /** Jobs that wait for their turn, those already given up included. */
  get waiting(): number {
    return this.#waiting.length - this.#head
  }

  run(inputs: readonly Tensor[], { outputs, deadlineMs, cancellation, alone = false }: JobOptions): Promise<JobResult> {
    if (cancellation?.cancelled) return Promise.reject(cancelled())
    return new Promise((resolve, reject) => {
      const now = performance.now()
      const job: Job = {
        inputs,
        outputs,
        enqueuedAt: now,
        deadlineAt: now + deadlineMs,
        startedAt: 0,
        slot: -1,
        attempts: 0,
        solo: alone,
        done: false,
        resolve,
        reject,
      }
      this.open++
      this.#deadlines.add(job)
      cancellation?.onCancel(() => {
        if (job.done) return
        this.#options.stats.cancelled++
        this.#settle(job, cancelled())
      })
      this.#waiting.push(job)
      this.#pump()
    })
  }

  #pump(): void {
    const { residence, stats } = this.#options
    const model = residence.model
    if (model === undefined) {
      if (this.waiting > 0) this.#wakeModel()
      return
    }
    const depth = this.#depth()
    if (this.#running > depth / 2) return
    while (this.#running < depth) {
      const job = this.#next()
      if (job === undefined) return
      this.#running++
      stats.executions++
      if (residence.stackable && !job.solo && this.waiting > 0) {
        const jobs = this.#gather(job)
        if (jobs.length > 1) {
          void this.#runTogether(model, jobs)
          continue
        }
      }
      void this.#runAlone(model, job)
    }
  }

  #depth(): number {
    const { residence, stats } = this.#options
    const { count, sum } = stats.compute
    if (residence.stackable || count === 0) return MIN_DEPTH
    return Math.min(MAX_DEPTH, Math.max(MIN_DEPTH, Math.ceil(WORK_IN_HAND_US / ((sum / count) * 1e6))))
  }

  /** Loads the model for those who wait; if that fails, it fails for all of them. */
  #wakeModel(): void {
    if (this.#waking) return
    this.#waking = true
    this.#options.residence.acquire().then(
      () => {
        this.#waking = false
        this.#pump()
      },
      (error: OgError) => {
        this.#waking = false
        for (let job = this.#next(); job !== undefined; job = this.#next()) this.#fail(job, error)
      },
    )
  }

  /** Takes the first job that still wants an answer. */
  #next(): Job | undefined {
    const job = this.#peek()
    if (job !== undefined) this.#advance()
    return job
  }

  /** The first job that still wants an answer; those before it are dropped. */
  #peek(): Job | undefined {
    while (this.#head < this.#waiting.length) {
      const job = this.#waiting[this.#head]!
      if (!job.done) return job
      this.#advance()
    }
    return undefined
  }

  #advance(): void {
    this.#head++
    if (this.#head === this.#waiting.length || this.#head >= 1024) {
      this.#waiting.splice(0, this.#head)
      this.#head = 0
    }
  }

  /** The jobs behind `first` that may run with it: same shapes but for the rows, same outputs, in order, up to the manifest's maximum. */
  #gather(first: Job): Job[] {
    const { max } = this.#options.spec.batch
    const jobs = [first]
    let rows = rowsOf(first.inputs)
    if (rows === 0) return jobs
    for (let job = this.#peek(); job !== undefined; job = this.#peek()) {
      const more = rowsOf(job.inputs)
      const fits = !job.solo && more > 0 && rows + more <= max && sameOutputs(first, job) && sameBut(first.inputs, job.inputs)
      if (!fits) break
      jobs.push(job)
      rows += more
      this.#advance()
    }
    return jobs
  }

  async #runAlone(model: LoadedModel, job: Job): Promise<void> {
    const started = performance.now()
    job.startedAt = started
    try {
      const { outputs, computeUs } = await model.run(
        job.inputs,
        job.outputs === undefined ? { timeoutMs: this.#options.maxRunMs } : { outputs: job.outputs, timeoutMs: this.#options.maxRunMs },
      )
      this.#observe(1, computeUs)
      this.#succeed(job, outputs, started, computeUs, job.inputs[0]?.shape[0] ?? 1)
    } catch (error) {
      this.#failedRun([job], error)
    }
    this.#ran()
  }

  async #runTogether(model: LoadedModel, jobs: readonly Job[]): Promise<void> {
    const started = performance.now()
    for (const job of jobs) job.startedAt = started
    const rows = jobs.map(({ inputs }) => rowsOf(inputs))
    const total = rows.reduce((sum, n) => sum + n, 0)
    const { outputs: wanted } = jobs[0]!
    try {
      const inputs = stack(jobs.map((job) => job.inputs))
      const { outputs, computeUs } = await model.run(
        inputs,
        wanted === undefined ? { timeoutMs: this.#options.maxRunMs } : { outputs: wanted, timeoutMs: this.#options.maxRunMs },
      )
      this.#observe(jobs.length, computeUs)
      const parts = unstack(outputs, rows)
      if (parts === undefined) this.#again(jobs)
      else for (const [i, job] of jobs.entries()) this.#succeed(job, parts[i]!, started, computeUs, total)
    } catch (error) {
      this.#failedRun(jobs, error)
    }
    this.#ran()
  }

  #observe(requests: number, computeUs: number): void {
    const { stats } = this.#options
    stats.compute.observe(computeUs / 1e6)
    stats.batch.observe(requests)
  }

  #succeed(job: Job, outputs: readonly Tensor[], started: number, computeUs: number, rows: number): void {
    if (job.done) return
    const queueMs = started - job.enqueuedAt
    this.#options.stats.queue.observe(queueMs / 1000)
    this.#options.stats.succeeded++
    this.#options.stats.lastInferenceMs = Date.now()
    this.#settle(job)
    job.resolve({ outputs, queueUs: queueMs * 1000, computeUs, rows })
  }

  /** A run failed. Those who may be innocent run again: those who had not started, and those who ran together with others. */
  #failedRun(jobs: readonly Job[], cause: unknown): void {
    const error = cause instanceof OgError ? cause : new OgError('ENGINE_FAILED', 'The engine failed.', { cause })
    const notStarted = error.details.started === false || error.code === 'ENGINE_CLOSED'
    // What a run of several failed with may quote any of them.
    const told = jobs.length > 1 ? new OgError(error.code, 'The model could not be run together with other requests.') : error
    if (notStarted || jobs.length > 1) this.#again(jobs, told, !notStarted)
    else for (const job of jobs) this.#fail(job, error)
  }

  /** Back to the front of the line, among others that are back behind those who came earlier. */
  #again(jobs: readonly Job[], error?: OgError, solo = true): void {
    const retry: Job[] = []
    for (const job of jobs) {
      if (job.done) continue
      job.solo ||= solo
      if (++job.attempts >= MAX_ATTEMPTS) this.#fail(job, error ?? new OgError('ENGINE_FAILED', 'The model could not be run.'))
      else retry.push(job)
    }
    this.#options.stats.retried += retry.length
    const [first] = retry
    if (first === undefined) return
    const waiting = this.#waiting.slice(this.#head)
    const later = waiting.findIndex(({ enqueuedAt }) => enqueuedAt > first.enqueuedAt)
    waiting.splice(later === -1 ? waiting.length : later, 0, ...retry)
    this.#waiting = waiting
    this.#head = 0
  }

  #ran(): void {
    this.#running--
    this.#options.residence.lastUsed = performance.now()
    this.#pump()
  }

  #expire(job: Job): void {
    this.#fail(
      job,
      new OgError(
        'ENGINE_DEADLINE',
        `The model did not answer within ${Math.round(job.deadlineAt - job.enqueuedAt)} ms${job.startedAt === 0 ? '; the request was still waiting for its turn' : ''}.`,
      ),
    )
  }

  #fail(job: Job, error: OgError): void {
    if (job.done) return
    this.#options.stats.failed++
    this.#settle(job, error)
  }

  #settle(job: Job, error?: OgError): void {
    job.done = true
    this.#deadlines.delete(job)
    this.open--
    if (error !== undefined) job.reject(error)
    if (this.open === 0) this.#options.onIdle()
  }
}

function sameOutputs(a: Job, b: Job): boolean {
  return a.outputs === b.outputs || a.outputs?.join() === b.outputs?.join()
}

function cancelled(): OgError {
  return new OgError('ENGINE_CANCELLED', 'The caller left before the model answered.')
}
