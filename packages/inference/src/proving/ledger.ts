import type { Hex } from '@opengradient/protocol'
import type { ProofJob } from './job.ts'
import { byUrgency } from './order.ts'

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

/** One proof: whose it is, and how far. */
export interface Entry {
  readonly requestId: Hex
  readonly modelId: Hex
  readonly zkModelId: Hex
  state: ProofState
  challenged: boolean
  /** Unix milliseconds. */
  deadline: number
  attempts: number
  /** Unix milliseconds before which it is not tried again. */
  notBefore: number
  /** Why the last attempt failed. */
  reason: string | undefined
  /** The job, while it is not certain that it is on disk; a proof that is begun before is made from it. */
  job: ProofJob | undefined
  told: ((proof: Uint8Array | undefined) => void) | undefined
}

/** Where nothing is known of a model's proofs. */
const GUESS_MS = 1_000

/** Which proofs there are and in which state, how long those that are owed will take, and which comes next. */
export class ProofLedger {
  readonly #entries = new Map<Hex, Entry>()
  /** Those that are queued or being proved. */
  readonly #owed = new Set<Entry>()
  /** Proofs for which places are taken and that are not handed in. */
  readonly #places = new Set<{ zkModelId: Hex }>()
  readonly #expectedMs: (zkModelId: Hex) => number | undefined

  /** @param expectedMs milliseconds that a proof of an integer model takes, if that is known */
  constructor(expectedMs: (zkModelId: Hex) => number | undefined) {
    this.#expectedMs = expectedMs
  }

  get(requestId: Hex): Entry | undefined {
    return this.#entries.get(requestId)
  }

  /** Whether this very entry is still there: a proof may be taken back while it is made. */
  holds(entry: Entry): boolean {
    return this.#entries.get(entry.requestId) === entry
  }

  all(): Iterable<Entry> {
    return this.#entries.values()
  }

  /** Proofs that are queued or being proved. */
  get owed(): number {
    return this.#owed.size
  }

  /** Those, and the places for more. */
  get promised(): number {
    return this.#owed.size + this.#places.size
  }

  counts(): Record<ProofState, number> {
    const counts = { queued: 0, proving: 0, proved: 0, failed: 0 }
    for (const { state } of this.#entries.values()) counts[state]++
    return counts
  }

  enter({ requestId, modelId, zkModelId, deadline }: ProofJob, state: ProofState): Entry {
    const never = { attempts: 0, notBefore: 0, reason: undefined, job: undefined, told: undefined }
    const entry: Entry = { requestId, modelId, zkModelId, state, challenged: false, deadline, ...never }
    this.#entries.set(requestId, entry)
    if (isOwed(state)) this.#owed.add(entry)
    return entry
  }

  /** Forgets a proof; who waits for it is told that there is none. */
  drop(entry: Entry): void {
    if (!this.holds(entry)) return
    this.#entries.delete(entry.requestId)
    this.#owed.delete(entry)
    entry.told?.(undefined)
  }

  move(entry: Entry, to: ProofState): void {
    entry.state = to
    if (isOwed(to) && this.holds(entry)) this.#owed.add(entry)
    else this.#owed.delete(entry)
  }

  /** Keeps room for one proof of a model; call what it gives to free it. */
  reserve(zkModelId: Hex): () => void {
    const place = { zkModelId }
    this.#places.add(place)
    return () => void this.#places.delete(place)
  }

  /** Milliseconds that one proof of this model takes, about. */
  expectedMs(zkModelId: Hex): number {
    return this.#expectedMs(zkModelId) ?? GUESS_MS
  }

  /** Milliseconds until everything that is promised is made. */
  waitMs(): number {
    let ms = 0
    for (const { zkModelId } of this.#places) ms += this.expectedMs(zkModelId)
    for (const { zkModelId } of this.#owed) ms += this.expectedMs(zkModelId)
    return ms
  }

  /** Where a proof is, and when it may be there. */
  progress(entry: Entry): Progress & { reason?: string } {
    const { state, reason } = entry
    if (!isOwed(state)) return { state, position: 0, expectedMs: 0, ...(reason !== undefined && { reason }) }
    const proving = state === 'proving'
    const before = [...this.#owed].filter((other) => other !== entry && (other.state === 'proving' || byUrgency(other, entry) < 0))
    const wait = proving ? 0 : before.reduce((sum, { zkModelId }) => sum + this.expectedMs(zkModelId), 0)
    return { state, position: proving ? 0 : before.length, expectedMs: Math.ceil(wait + this.expectedMs(entry.zkModelId)) }
  }

  /** The queued proof that comes first of those that are due at `now`; if none is, when the first will be (both unix milliseconds). */
  next(now: number): { readonly due?: Entry; readonly soonest?: number } {
    const queued = [...this.#owed].filter(({ state }) => state === 'queued')
    const [due] = queued.filter(({ notBefore }) => notBefore <= now).sort(byUrgency)
    if (due !== undefined) return { due }
    return queued.length === 0 ? {} : { soonest: Math.min(...queued.map(({ notBefore }) => notBefore)) }
  }
}

const isOwed = (state: ProofState): boolean => state === 'queued' || state === 'proving'
