import { isOgError } from '@opengradient/protocol'
import type { NodeLog } from '../log.ts'

/** Work that is done again whenever there is reason to, one run at a time. */
export interface LoopOptions {
  /** Does what there is to do. @returns whether there may be more at once */
  work: () => Promise<boolean>
  /** Milliseconds after which it runs without a reason; it may have missed one. */
  idleMs: number
  /** Milliseconds before it runs again after a failure. */
  retryMs: number
  name: string
  log: NodeLog
}

/** Runs until it is stopped. A failure is logged, once while it stays the same, and tried again. */
export class Loop {
  readonly #options: LoopOptions
  #stopping = false
  #wake: () => void = () => {}
  #kicked = false
  #lastFailure = ''
  #unreachable = 0
  #done: Promise<void> | undefined

  constructor(options: LoopOptions) {
    this.#options = options
  }

  /** Runs in a row since the last kick, up to the last, that failed because no RPC answered. */
  get unreachable(): number {
    return this.#unreachable
  }

  start(): void {
    this.#done ??= this.#run()
  }

  /** There is a reason to work. After a failure there is none to try again sooner. */
  kick(): void {
    this.#kicked = true
    this.#unreachable = 0
    if (this.#lastFailure === '') this.#wake()
  }

  /** Resolves when the run under way, if any, is over. */
  async stop(): Promise<void> {
    this.#stopping = true
    this.#wake()
    await this.#done
  }

  async #run(): Promise<void> {
    const { work, idleMs, retryMs } = this.#options
    while (!this.#stopping) {
      this.#kicked = false
      try {
        const more = await work()
        this.#lastFailure = ''
        this.#unreachable = 0
        if (!more && !this.#kicked) await this.#sleep(idleMs)
      } catch (error) {
        this.#failed(error)
        await this.#sleep(retryMs)
      }
    }
  }

  #failed(error: unknown): void {
    const { name, log } = this.#options
    if (isOgError(error, 'INTERRUPTED')) return
    this.#unreachable = isOgError(error, 'CHAIN_UNREACHABLE') ? this.#unreachable + 1 : 0
    const message = error instanceof Error ? error.message : String(error)
    if (message === this.#lastFailure) return
    this.#lastFailure = message
    log.warn({ code: isOgError(error) ? error.code : undefined, message }, `${name} failed and will be tried again`)
  }

  #sleep(ms: number): Promise<void> {
    if (this.#stopping) return Promise.resolve()
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}
