import { equalBytes, type Hex, OgError } from '@opengradient/protocol'
import type { NodeLog } from '../log.ts'
import { Histogram, SECONDS } from '../metrics/histogram.ts'
import type { ProofJob } from './job.ts'
import { byUrgency } from './order.ts'
import type { ProvableModel, Provers } from './provers.ts'
import type { Found, ProofShelf } from './shelf.ts'

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

/** Where a proof is. `failed`: given up, unless a challenge asks for it again. */
export type ProofState = 'queued' | 'proving' | 'proved' | 'failed'

/** What a caller is told of a proof that is not there yet. */
export interface Progress {
  readonly state: ProofState
  /** Proofs that come before it; 0 is the next or the current one. */
  readonly position: number
  /** Milliseconds until it is there, about. */
  readonly expectedMs: number
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

interface Entry {
  readonly requestId: Hex
  readonly modelId: Hex
  readonly zkModelId: Hex
  state: ProofState
  challenged: boolean
  deadline: number
  attempts: number
  notBefore: number
  reason: string | undefined
  /** The job, while it is not certain that it is on disk; a proof that is begun before is made from it. */
  job: ProofJob | undefined
  told: ((proof: Uint8Array | undefined) => void) | undefined
}

/** Where nothing is known of a model's proofs. */
const GUESS_MS = 1_000
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
  readonly #entries = new Map<Hex, Entry>()
  /** Milliseconds of proofs for which places are taken and that are not handed in. */
  readonly #places = new Set<{ zkModelId: Hex }>()
  /** Those that are queued or being proved. */
  readonly #owed = new Set<Entry>()
  #running: Promise<void> | undefined
  /** Proofs that are made and not on disk yet. */
  readonly #writing = new Set<Promise<void>>()
  #timer: NodeJS.Timeout | undefined
  #stopped = false

  constructor(options: ProofQueueOptions) {
    this.#options = options
  }

  /** Takes up what an earlier run left on the shelf, and begins. */
  start(found: readonly Found[]): void {
    for (const { job, proved } of found) this.#enter(job, proved ? 'proved' : 'queued')
    this.#pump()
  }

  /** What waits: number of proofs by state. */
  counts(): Record<ProofState, number> {
    const counts = { queued: 0, proving: 0, proved: 0, failed: 0 }
    for (const { state } of this.#entries.values()) counts[state]++
    return counts
  }

  /** Whether a proof of this model, for which a place is taken, would be there within `ms`, with all that come before it. */
  isQuick(zkModelId: Hex, ms: number): boolean {
    return this.#options.provers.expectedMs(zkModelId) !== undefined && this.#waitMs() < ms
  }

  /**
   * Takes room for one proof of this model.
   * @throws OgError `ZK_QUEUE_FULL` with `details.retryAfterMs`, `DISK_FULL`
   */
  place(zkModelId: Hex): ProofPlace {
    const { shelf, maxJobs, deadlineMs } = this.#options
    if (!shelf.hasRoom)
      throw new OgError('DISK_FULL', 'the node keeps as many bytes of proofs as it may; it takes no new request at level zk')
    const waitMs = this.#waitMs()
    const late = waitMs + this.#expected(zkModelId) - deadlineMs
    if (this.#owed.size + this.#places.size >= maxJobs || late > 0) {
      const retryAfterMs = Math.max(SOONEST_RETRY_MS, late > 0 ? late : this.#expected(zkModelId))
      throw new OgError('ZK_QUEUE_FULL', `${this.#owed.size} proofs wait; one more could not be made within ${deadlineMs / 1000} s.`, {
        details: { retryAfterMs, waiting: this.#owed.size },
      })
    }
    const place = { zkModelId }
    this.#places.add(place)
    return { release: () => void this.#places.delete(place) }
  }

  /** By when a proof that is handed in now is to be there; unix milliseconds. */
  get nextDeadline(): number {
    return this.#options.now() + this.#options.deadlineMs
  }

  /** Hands in a job. Proving begins at once if nothing else is to be proved; the answer waits for `kept`. */
  submit(job: ProofJob): Submitted {
    const entry = this.#enter(job, 'queued')
    entry.job = job
    const proved = new Promise<Uint8Array | undefined>((resolve) => {
      entry.told = resolve
    })
    const kept = this.#options.shelf.keep(job).then(
      () => {
        entry.job = undefined
      },
      (error) => {
        this.#drop(entry)
        throw error
      },
    )
    this.#pump()
    return { kept, proved }
  }

  /** The answer of a job was not released, or nobody can ask for it any more: its files go. */
  async forget(requestId: Hex): Promise<void> {
    const entry = this.#entries.get(requestId)
    if (entry !== undefined) this.#drop(entry)
    await this.#options.shelf.remove(requestId)
  }

  /** A payer demands the proof on chain until `deadline` (unix milliseconds): it comes before all others, and is tried until then. */
  demand(requestId: Hex, deadline: number): ProofState | undefined {
    const entry = this.#entries.get(requestId)
    if (entry === undefined) return undefined
    entry.challenged = true
    entry.deadline = deadline
    if (entry.state === 'failed') this.#move(entry, 'queued')
    if (entry.state === 'queued') entry.notBefore = Math.min(entry.notBefore, this.#options.now())
    this.#pump()
    return entry.state
  }

  /** Where a proof is, and when it may be there; undefined if there is no such job. */
  progress(requestId: Hex): (Progress & { reason?: string }) | undefined {
    const entry = this.#entries.get(requestId)
    if (entry === undefined) return undefined
    const { state, reason } = entry
    if (state === 'proved' || state === 'failed') return { state, position: 0, expectedMs: 0, ...(reason !== undefined && { reason }) }
    const before = [...this.#owed].filter((other) => other !== entry && (other.state === 'proving' || byUrgency(other, entry) < 0))
    const wait = state === 'proving' ? 0 : before.reduce((sum, { zkModelId }) => sum + this.#expected(zkModelId), 0)
    return { state, position: state === 'proving' ? 0 : before.length, expectedMs: Math.ceil(wait + this.#expected(entry.zkModelId)) }
  }

  /** A proof that is made, from the shelf. */
  async proof(requestId: Hex): Promise<Uint8Array | undefined> {
    return this.#entries.get(requestId)?.state === 'proved' ? this.#options.shelf.proof(requestId) : undefined
  }

  async job(requestId: Hex): Promise<ProofJob | undefined> {
    return this.#options.shelf.job(requestId)
  }

  /** The proof on the shelf is of no use (the chain refused it): it is made again. */
  async again(requestId: Hex): Promise<void> {
    const entry = this.#entries.get(requestId)
    if (entry?.state !== 'proved') return
    await this.#options.shelf.unprove(requestId)
    this.#move(entry, 'queued')
    this.#pump()
  }

  /** Requests with a job or proof here. */
  requests(): { requestId: Hex; state: ProofState; deadline: number }[] {
    return [...this.#entries.values()].map(({ requestId, state, deadline }) => ({ requestId, state, deadline }))
  }

  /** Waits for the proof under way and stops; what is left is made after the next start. */
  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    await this.#running
    await Promise.all(this.#writing)
  }

  #enter({ requestId, modelId, zkModelId, deadline }: ProofJob, state: ProofState): Entry {
    const entry: Entry = {
      requestId,
      modelId,
      zkModelId,
      state,
      challenged: false,
      deadline,
      attempts: 0,
      notBefore: 0,
      reason: undefined,
      job: undefined,
      told: undefined,
    }
    this.#entries.set(requestId, entry)
    if (isOwed(state)) this.#owed.add(entry)
    return entry
  }

  #drop(entry: Entry): void {
    if (this.#entries.get(entry.requestId) !== entry) return
    this.#entries.delete(entry.requestId)
    this.#owed.delete(entry)
    entry.told?.(undefined)
  }

  #move(entry: Entry, to: ProofState): void {
    entry.state = to
    if (isOwed(to) && this.#entries.get(entry.requestId) === entry) this.#owed.add(entry)
    else this.#owed.delete(entry)
  }

  #expected(zkModelId: Hex): number {
    return this.#options.provers.expectedMs(zkModelId) ?? GUESS_MS
  }

  #waitMs(): number {
    let ms = 0
    for (const { zkModelId } of this.#places) ms += this.#expected(zkModelId)
    for (const { zkModelId } of this.#owed) ms += this.#expected(zkModelId)
    return ms
  }

  #next(): Entry | undefined {
    if (this.#owed.size === 0) return undefined
    const now = this.#options.now()
    const queued = [...this.#owed].filter(({ state }) => state === 'queued')
    const due = queued.filter(({ notBefore }) => notBefore <= now)
    if (due.length === 0 && queued.length > 0) {
      const soonest = Math.min(...queued.map(({ notBefore }) => notBefore))
      clearTimeout(this.#timer)
      this.#timer = setTimeout(() => this.#pump(), Math.max(1, soonest - now)).unref()
    }
    return due.sort(byUrgency)[0]
  }

  #pump(): void {
    if (this.#running !== undefined || this.#stopped) return
    const entry = this.#next()
    if (entry === undefined) return
    this.#move(entry, 'proving')
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
    if (this.#entries.get(requestId) !== entry) return
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
    if (this.#entries.get(requestId) !== entry) return shelf.remove(requestId)
    entry.job = undefined
    entry.reason = undefined
    this.#move(entry, 'proved')
    onChange?.(requestId, 'proved')
  }

  #failed(entry: Entry, error: unknown): void {
    const { retryMs = RETRY_MS, now, log, onChange } = this.#options
    const { requestId } = entry
    // Ended with the node: the next start goes on.
    if (this.#stopped) {
      this.#move(entry, 'queued')
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
      this.#move(entry, 'failed')
      log.error(facts, 'a proof cannot be made; it is given up, and its payment may be challenged')
      onChange?.(requestId, 'failed')
      return
    }
    this.#move(entry, 'queued')
    entry.notBefore = now() + wait
    log.warn({ ...facts, retryMs: wait }, 'a proof could not be made and will be tried again')
  }
}

const isOwed = (state: ProofState): boolean => state === 'queued' || state === 'proving'
