import { writeBundle } from './bundle.ts'
import { type Broadcast, RPC_BATCH, RPC_BATCH_BYTES } from './engineRpc.ts'
import type { Outbox } from './outbox.ts'

/** Milliseconds in which transactions gather that come one after the other: a bundle costs all nodes about as much as one alone. */
const GATHER = 20

/** Milliseconds between two attempts after a failure: at first, and at most. */
const FIRST_PAUSE = 100
const LONGEST_PAUSE = 5_000

export interface BroadcasterParts {
  readonly outbox: Outbox
  readonly broadcast: Broadcast
  readonly height: () => bigint
  /** Told once when CometBFT does not take transactions, and again only after it did. */
  readonly onFailing: (why: string) => void
}

/** Hands the outbox to CometBFT in bundles, some at a time in order of arrival, for as long as it takes. */
export class Broadcaster {
  readonly #parts: BroadcasterParts
  #running: Promise<void> | undefined
  #stopped = false
  #failing = false
  #wake = () => {}

  constructor(parts: BroadcasterParts) {
    this.#parts = parts
    parts.outbox.onWaiting(() => this.#start())
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#wake()
    await this.#running
  }

  #start(): void {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined
      if (!this.#stopped && !this.#parts.outbox.empty) this.#start()
    })
  }

  async #run(): Promise<void> {
    await this.#sleep(GATHER)
    for (let pause = FIRST_PAUSE; !this.#stopped && !this.#parts.outbox.empty; ) {
      const problem = await this.#sendBatch().catch((error: unknown) => (error instanceof Error ? error.message : String(error)))
      if (problem === undefined) {
        this.#failing = false
        pause = FIRST_PAUSE
        continue
      }
      if (!this.#failing && !this.#stopped) this.#parts.onFailing(problem)
      this.#failing = true
      await this.#sleep(pause)
      pause = Math.min(2 * pause, LONGEST_PAUSE)
    }
  }

  /** Undefined when CometBFT has all of the batch; what it did not take waits where it was. */
  async #sendBatch(): Promise<string | undefined> {
    const { outbox, broadcast, height } = this.#parts
    const bundles = outbox.next(RPC_BATCH, RPC_BATCH_BYTES)
    if (bundles.length === 0) return undefined
    const problems = await broadcast(bundles.map((bundle) => writeBundle(bundle.map(({ raw }) => raw))))
    for (const [index, bundle] of bundles.entries()) {
      if (problems[index] === undefined) for (const { hash } of bundle) outbox.delivered(hash, height())
    }
    return problems.find((problem) => problem !== undefined)
  }

  #sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
      if (this.#stopped) this.#wake()
    })
  }
}
