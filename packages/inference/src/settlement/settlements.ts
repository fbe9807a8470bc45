import type { Hex } from '@opengradient/protocol'
import { OPEN_STATES, type State } from '../journal/entry.ts'
import type { Journal } from '../journal/journal.ts'
import type { NodeLog } from '../log.ts'
import type { Committer } from './committer.ts'
import { Loop } from './loop.ts'
import type { Settler } from './settler.ts'

export interface SettlementsOptions {
  journal: Journal
  settler: Settler
  committer: Committer
  /** Milliseconds from a receipt to the batch that takes it. */
  batchMs: number
  log: NodeLog
}

/** Also without a reason, now and then: whatever was missed is found. */
const IDLE_MS = 30_000
const RETRY_MS = 2_000

/** So often in a row, and the chain is gone: what waits for it is on disk, and settled after the next start. */
const GONE = 2

/**
 * Settles payments as they come and anchors receipts every few seconds, side by side. What expired is looked for apart from both, too: a
 * transaction that nobody takes, or that an RPC hides, is followed for as long as it takes, and that must hold up no payer's credit or turn.
 */
export class Settlements {
  readonly #options: SettlementsOptions
  readonly #settle: Loop
  readonly #commit: Loop
  readonly #expire: Loop
  readonly #waiting = new Map<Hex, (() => void)[]>()
  #batchTimer: NodeJS.Timeout | undefined
  #reconciled = false

  constructor(options: SettlementsOptions) {
    this.#options = options
    const { settler, committer, log } = options
    const settle = async () => {
      await settler.expire()
      if (!this.#reconciled) await settler.reconcile()
      this.#reconciled = true
      return (await settler.settle().catch(this.#unsure)) > 0
    }
    this.#settle = new Loop({ name: 'settlement', work: settle, idleMs: IDLE_MS, retryMs: RETRY_MS, log })
    const expire = async () => {
      await settler.expire()
      return false
    }
    this.#expire = new Loop({ name: 'expiry', work: expire, idleMs: IDLE_MS, retryMs: IDLE_MS, log })
    this.#commit = new Loop({
      name: 'anchoring',
      work: () => committer.commit(),
      idleMs: IDLE_MS,
      retryMs: RETRY_MS,
      log,
    })
  }

  /** Begins with what an earlier run left. */
  async start(): Promise<void> {
    await this.#options.committer.start()
    this.#settle.start()
    this.#expire.start()
    this.#commit.start()
  }

  /** A request's state has changed. */
  noted(state: State, requestId: Hex): void {
    if (state === 'queued') this.#settle.kick()
    if (state === 'queued' || state === 'free') this.#batchTimer ??= setTimeout(() => this.#anchor(), this.#options.batchMs)
    if (OPEN_STATES.has(state) && !(state === 'queued' && this.#isRefused(requestId))) return
    for (const tell of this.#waiting.get(requestId) ?? []) tell()
    this.#waiting.delete(requestId)
  }

  /** Resolves when a request's payment is settled or closed, or refused on chain, or after `timeoutMs`. */
  settledSoon(requestId: Hex, timeoutMs: number): Promise<void> {
    const known = this.#options.journal.find(requestId)
    if (!known || known.refused || !OPEN_STATES.has(known.state)) return Promise.resolve()
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, timeoutMs)
      const tell = () => {
        clearTimeout(timer)
        resolve()
      }
      this.#waiting.set(requestId, [...(this.#waiting.get(requestId) ?? []), tell])
    })
  }

  /** Anchors what waits, and waits until everything is settled and anchored, at most `timeoutMs`, and not for a chain that is gone. */
  async flush(timeoutMs: number): Promise<void> {
    const giveUpAt = performance.now() + timeoutMs
    this.#anchor()
    this.#settle.kick()
    while (this.#busy() && !this.#gone() && performance.now() < giveUpAt) await new Promise((resolve) => setTimeout(resolve, 20))
  }

  /** Stops all loops; what is under way is looked up at the next start. */
  async stop(): Promise<void> {
    clearTimeout(this.#batchTimer)
    await Promise.all([this.#settle, this.#expire, this.#commit].map((loop) => loop.stop()))
  }

  /** Asked of those only that somebody waits for. */
  #isRefused(requestId: Hex): boolean {
    return this.#waiting.has(requestId) && this.#options.journal.find(requestId)?.refused !== undefined
  }

  #anchor(): void {
    clearTimeout(this.#batchTimer)
    this.#batchTimer = undefined
    this.#commit.kick()
  }

  #busy(): boolean {
    const { journal } = this.#options
    const { queued, submitted, unbatched } = journal.counts()
    return queued + submitted + unbatched + journal.openBatches().length > 0
  }

  #gone(): boolean {
    return Math.max(this.#settle.unreachable, this.#commit.unreachable) >= GONE
  }

  /** After any failure the outcome of what was sent has to be found out before anything else is sent. */
  readonly #unsure = (error: unknown): never => {
    this.#reconciled = false
    throw error
  }
}
