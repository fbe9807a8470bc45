import { OgError } from '@opengradient/protocol'
import type { Clock } from './port.ts'

/** Seconds by which a development network may be ahead of the clock: 100 years. */
const MOST_AHEAD = 100n * 365n * 24n * 3_600n

/**
 * The time that a development network gives its blocks: the clock's, moved forward on request. Never backward: each block is later than
 * the one before it. What was moved is kept by the blocks, so a network that is opened again goes on from its head.
 */
export class BlockTime {
  readonly #clock: Clock
  readonly #head: () => bigint
  #ahead: bigint
  #next: bigint | undefined

  /** `head` is the time of the last block, unix seconds. */
  constructor(clock: Clock, head: () => bigint) {
    this.#clock = clock
    this.#head = head
    const ahead = head() - this.#now()
    this.#ahead = ahead > 0n ? ahead : 0n
  }

  /** Moves all later blocks forward; answers by how many seconds they are ahead of the clock. Throws `CONFIG_INVALID`. */
  increase(seconds: bigint): bigint {
    if (this.#ahead + seconds > MOST_AHEAD) throw refused(`at most ${MOST_AHEAD} seconds (100 years) ahead of the clock`)
    this.#ahead += seconds
    return this.#ahead
  }

  /** The time of the next block, from which those after it go on. Throws `CONFIG_INVALID` unless it is later than the head. */
  setNext(time: bigint): void {
    if (time <= this.#head()) throw refused(`the next block must be later than the last one, at ${this.#head()}`)
    if (time - this.#now() > MOST_AHEAD) throw refused(`at most ${MOST_AHEAD} seconds (100 years) ahead of the clock`)
    this.#next = time
  }

  /** The time of the block that is made now. */
  take(): bigint {
    if (this.#next !== undefined) this.#ahead = this.#next - this.#now()
    this.#next = undefined
    return this.#now() + this.#ahead
  }

  #now(): bigint {
    return BigInt(Math.floor(this.#clock.now() / 1_000))
  }
}

const refused = (why: string) => new OgError('CONFIG_INVALID', `The time of blocks cannot be set so: ${why}.`)
