import { equalBytes, type Hex, OgError } from '@opengradient/protocol'
import type { NodeLog } from '../log.ts'
import { Histogram, SECONDS } from '../metrics/histogram.ts'
import type { ProofJob } from './job.ts'
import { type Entry, type Progress, ProofLedger, type ProofState } from './ledger.ts'
import type { ProvableModel, Provers } from './provers.ts'
import type { Found, ProofShelf } from './shelf.ts'

export type { Progress, ProofState } from './ledger.ts'

export interface ProofQueueOptions {
  readonly shelf: ProofShelf
  readonly provers: Pick<Provers, 'prove' | 'expectedMs'>
  /** The model of a job, also if the node no longer offers it. @throws OgError */
  readonly modelOf: (modelId: Hex) => Promise<ProvableModel>
  /** Proofs owed at once, at most. */
  readonly maxJobs: number
  /** Milliseconds from an answer to its proof, at most. */
  readonly deadlineMs: number
  /** Unix milliseconds. */
  readonly now: () => number
  readonly log: NodeLog
  /** Milliseconds before the second and further attempts. Default 1,000 and 10,000. */
  readonly retryMs?: readonly number[]
  /** Told when a proof is on the shelf, or given up. */
  readonly onChange?: (requestId: Hex, state: ProofState) => void
}

/** Room for one proof, taken before anything is paid for. */
export interface ProofPlace {
  /** Idempotent. */
  release(): void
}

/** A proof that was handed in. */
export interface Submitted {
  /** The job is on disk: the answer may go out. */
  readonly kept: Promise<void>
  /** The proof, when it is made; undefined if the first attempt failed. */
  readonly proved: Promise<Uint8Array | undefined>
}

const RETRY_MS = [1_000, 10_000]
/** A challenged proof is never given up before its deadline. */
const CHALLENGED_RETRY_MS = 60_000
const SOONEST_RETRY_MS = 1_000

/**
 * The proofs that this node owes, made one after the other: those challenged on chain first, then by deadline. Every job is on disk before its
 * answer is released and every proof before it counts as made, so whenever the node is killed, the queue goes on where it was.
 */
export class ProofQueue {
  readonly seconds = new Histogram(SECONDS)
  /** Attempts that gave no proof. */
  failures = 0
  readonly #options: ProofQueueOptions
  readonly #ledger: ProofLedger
  #running: Promise<void> | undefined
  /** Proofs that are made and not on disk yet. */
  readonly #writing = new Set<Promise<void>>()
  #timer: NodeJS.Timeout | undefined
  #stopped = false

  constructor(options: ProofQueueOptions) {
    this.#options = options
    this.#ledger = new ProofLedger((zkModelId) => options.provers.expectedMs(zkModelId))
  }

  /** Takes up what an earlier run left on the shelf, and begins. */
  start(found: readonly Found[]): void {
    for (const { job, proved } of found) this.#ledger.enter(job, proved ? 'proved' : 'queued')
    this.#pump()
  }

  /** What waits: number of proofs by state. */
  counts(): Record<ProofState, number> {
    return this.#ledger.counts()
  }

  /** Whether a proof of this model, for which a place is taken, would be there within `ms`, with all that come before it. */
  isQuick(zkModelId: Hex, ms: number): boolean {
    return this.#options.provers.expectedMs(zkModelId) !== undefined && this.#ledger.waitMs() < ms
  }

  /**
   * Takes room for one proof of this model.
   * @throws OgError `ZK_QUEUE_FULL` with `details.retryAfterMs`, `DISK_FULL`
   */
  place(zkModelId: Hex): ProofPlace {
    const { shelf, maxJobs, deadlineMs } = this.#options
    if (!shelf.hasRoom)
      throw new OgError('DISK_FULL', 'the node keeps as many bytes of proofs as it may; it takes no new request at level zk')
    const waitMs = this.#ledger.waitMs()
    const late = waitMs + this.#ledger.expectedMs(zkModelId) - deadlineMs
    if (this.#ledger.promised >= maxJobs || late > 0) {
      const retryAfterMs = Math.max(SOONEST_RETRY_MS, late > 0 ? late : this.#ledger.expectedMs(zkModelId))
      throw new OgError('ZK_QUEUE_FULL', `${this.#ledger.owed} proofs wait; one more could not be made within ${deadlineMs / 1000} s.`, {
        details: { retryAfterMs, waiting: this.#ledger.owed },
      })
    }
    return { release: this.#ledger.reserve(zkModelId) }
  }

  /** By when a proof that is handed in now is to be there; unix milliseconds. */
  get nextDeadline(): number {
    return this.#options.now() + this.#options.deadlineMs
  }

  /** Hands in a job. Proving begins at once if nothing else is to be proved; the answer waits for `kept`. */
  submit(job: ProofJob): Submitted {
    const entry = this.#ledger.enter(job, 'queued')
    entry.job = job
    const proved = new Promise<Uint8Array | undefined>((resolve) => {
      entry.told = resolve
    })
    const kept = this.#options.shelf.keep(job).then(
      () => {
        entry.job = undefined
      },
      (error) => {
        this.#ledger.drop(entry)
        throw error
      },
    )
    this.#pump()
    return { kept, proved }
  }

  /** The answer of a job was not released, or nobody can ask for it any more: its files go. */
  async forget(requestId: Hex): Promise<void> {
    const entry = this.#ledger.get(requestId)
    if (entry !== undefined) this.#ledger.drop(entry)
    await this.#options.shelf.remove(requestId)
  }

  /** A payer demands the proof on chain until `deadline` (unix milliseconds): it comes before all others, and is tried until then. */
  demand(requestId: Hex, deadline: number): ProofState | undefined {
    const entry = this.#ledger.get(requestId)
    if (entry === undefined) return undefined
    entry.challenged = true
    entry.deadline = deadline
    if (entry.state === 'failed') this.#ledger.move(entry, 'queued')
    if (entry.state === 'queued') entry.notBefore = Math.min(entry.notBefore, this.#options.now())
    this.#pump()
    return entry.state
  }

  /** Where a proof is, and when it may be there; undefined if there is no such job. */
  progress(requestId: Hex): (Progress & { reason?: string }) | undefined {
    const entry = this.#ledger.get(requestId)
    return entry && this.#ledger.progress(entry)
  }

  /** A proof that is made, from the shelf. */
  async proof(requestId: Hex): Promise<Uint8Array | undefined> {
    return this.#ledger.get(requestId)?.state === 'proved' ? this.#options.shelf.proof(requestId) : undefined
  }

  async job(requestId: Hex): Promise<ProofJob | undefined> {
    return this.#options.shelf.job(requestId)
  }

  /** The proof on the shelf is of no use (the chain refused it): it is made again. */
  async again(requestId: Hex): Promise<void> {
    const entry = this.#ledger.get(requestId)
    if (entry?.state !== 'proved') return
    await this.#options.shelf.unprove(requestId)
    this.#ledger.move(entry, 'queued')
    this.#pump()
  }

  /** Requests with a job or proof here. */
  requests(): { requestId: Hex; state: ProofState; deadline: number }[] {
    return [...this.#ledger.all()].map(({ requestId, state, deadline }) => ({ requestId, state, deadline }))
  }

  /** Waits for the proof under way and stops; what is left is made after the next start. */
  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    await this.#running
    await Promise.all(this.#writing)
  }

  #pump(): void {
    if (this.#running !== undefined || this.#stopped) return
    const now = this.#options.now()
    const { due: entry, soonest } = this.#ledger.next(now)
    if (soonest !== undefined) {
      clearTimeout(this.#timer)
      this.#timer = setTimeout(() => this.#pump(), Math.max(1, soonest - now)).unref()
    }
    if (entry === undefined) return
    this.#ledger.move(entry, 'proving')
    this.#running = this.#attempt(entry)
      .catch((error: unknown) => this.#failed(entry, error))
      .finally(() => {
        this.#running = undefined
        this.#pump()
      })
  }

  async #attempt(entry: Entry): Promise<void> {
    const { shelf, provers, modelOf, now, log } = this.#options
    const { requestId } = entry
    entry.attempts++
    const job = entry.job ?? (await shelf.job(requestId))
    if (job === undefined) throw new OgError('ZK_PROOF_UNKNOWN', `there is no job for the proof of ${requestId}`)
    const started = now()
    const { y, proof, computeUs } = await provers.prove(await modelOf(entry.modelId), job.x, job.ctx)
    if (!equalBytes(y, job.y))
      throw new OgError('ZK_WITNESS', 'the prover computes other outputs than the engine answered: the files on this node differ')
    this.seconds.observe(computeUs / 1e6)
    // The answer was taken back meanwhile.
    if (!this.#ledger.holds(entry)) return
    entry.told?.(proof)
    entry.told = undefined
    const writing = this.#finish(entry, proof)
      .catch((error: unknown) => this.#failed(entry, error))
      .finally(() => {
        this.#writing.delete(writing)
        this.#pump()
      })
    this.#writing.add(writing)
    log.info(
      { requestId, bytes: proof.length, ms: Math.round(computeUs / 1000), waitedMs: Math.max(0, Math.round(now() - started)) },
      'proved',
    )
  }

  /** Puts a proof on the shelf; the next one is made meanwhile. */
  async #finish(entry: Entry, proof: Uint8Array): Promise<void> {
    const { shelf, onChange } = this.#options
    const { requestId } = entry
    await shelf.finish(requestId, proof)
    if (!this.#ledger.holds(entry)) return shelf.remove(requestId)
    entry.job = undefined
    entry.reason = undefined
    this.#ledger.move(entry, 'proved')
    onChange?.(requestId, 'proved')
  }

  #failed(entry: Entry, error: unknown): void {
    const { retryMs = RETRY_MS, now, log, onChange } = this.#options
    const { requestId } = entry
    // Ended with the node: the next start goes on.
    if (this.#stopped) {
      this.#ledger.move(entry, 'queued')
      return
    }
    this.failures++
    entry.told?.(undefined)
    entry.told = undefined
    entry.reason = error instanceof Error ? error.message : String(error)
    const wait =
      entry.challenged && entry.deadline > now() ? (retryMs[entry.attempts - 1] ?? CHALLENGED_RETRY_MS) : retryMs[entry.attempts - 1]
    const facts = { requestId, zkModelId: entry.zkModelId, attempt: entry.attempts, reason: entry.reason }
    if (wait === undefined) {
      this.#ledger.move(entry, 'failed')
      log.error(facts, 'a proof cannot be made; it is given up, and its payment may be challenged')
      onChange?.(requestId, 'failed')
      return
    }
    this.#ledger.move(entry, 'queued')
    entry.notBefore = now() + wait
    log.warn({ ...facts, retryMs: wait }, 'a proof could not be made and will be tried again')
  }
}
