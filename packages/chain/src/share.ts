import { setImmediate } from 'node:timers/promises'

export interface ShareOptions {
  /** Milliseconds, of any beginning. */
  readonly now: () => number
  /** Lets the rest of the thread run. */
  readonly pause: () => Promise<void>
}

/** Milliseconds of each turn of the thread. */
const SHARE_MS = 10

/**
 * What strangers may have of a thread that has something better to do: in each turn of its event loop so many milliseconds, however many ask
 * at once; who asked first is served first. One piece of work may take longer, and then is the last of its turn.
 */
export class Share {
  readonly #options: ShareOptions
  readonly #waiting: (() => Promise<void>)[] = []
  #serving = false
  /** When the share of this turn is used up; undefined while nothing of it is. */
  #end: number | undefined

  constructor(options: ShareOptions = { now: () => performance.now(), pause: () => setImmediate() }) {
    this.#options = options
  }

  /** Begins the work when its turn has come, and answers what it comes to. */
  through<T>(work: () => T | Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#waiting.push(async () => {
        try {
          resolve(await work())
        } catch (error) {
          reject(error)
        }
      })
      if (!this.#serving) void this.#serve()
    })
  }

  async #serve(): Promise<void> {
    this.#serving = true
    while (this.#waiting.length > 0) {
      while (this.#usedUp()) await this.#options.pause()
      void this.#waiting.shift()!()
      await settled()
    }
    this.#serving = false
  }

  #usedUp(): boolean {
    const now = this.#options.now()
    if (this.#end !== undefined) return now >= this.#end
    this.#end = now + SHARE_MS
    void this.#options.pause().then(() => {
      this.#end = undefined
    })
    return false
  }
}

/** Resolves when what was begun waits for something else than itself. */
const settled = () => new Promise<void>((resolve) => process.nextTick(resolve))
