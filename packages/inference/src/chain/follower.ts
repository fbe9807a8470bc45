import { ADDRESSES } from '@opengradient/contracts'
import type { NodeLog } from '../log.ts'
import { Loop } from '../settlement/loop.ts'
import type { GasMoney } from './gasMoney.ts'
import type { Rpc } from './rpc.ts'
import type { ChainView } from './view.ts'

export interface FollowerOptions {
  rpc: Rpc
  view: ChainView
  money: Pick<GasMoney, 'look'>
  /**
   * Something changed in `Models` or `Nodes`, or is to be tried again: offers are to be looked at.
   * @param full whatever failed before is to be tried
   * @returns milliseconds after which there is something to try again; infinite if there is nothing
   */
  changed: (height: number, full: boolean) => Promise<number>
  log: NodeLog
  /** Milliseconds between looks at the head. Default 1,000. */
  pollMs?: number
}

/** With nothing new on chain, offers are looked at this often all the same: a store may have come back. */
const FULL_LOOK_MS = 60_000

/**
 * Keeps the node's view of the chain fresh: the head every second, the money for gas with each block, models and prices when a block says that they
 * changed. An idle
 * chain costs one small question a second.
 */
export class Follower {
  readonly #options: FollowerOptions
  readonly #loop: Loop
  #seen = -1n
  /** When to look again though nothing changed on chain, monotonic milliseconds. */
  #lookAt = Number.NEGATIVE_INFINITY

  constructor(options: FollowerOptions) {
    this.#options = options
    const { log, pollMs = 1000 } = options
    this.#loop = new Loop({ name: 'following the chain', work: () => this.look(), idleMs: pollMs, retryMs: pollMs, log })
  }

  start(): void {
    this.#loop.start()
  }

  async stop(): Promise<void> {
    await this.#loop.stop()
  }

  /** Looks once. @param full looks at models and prices in any case */
  async look(full = false): Promise<false> {
    const { view, money, changed } = this.#options
    const { number } = await view.refreshHead()
    if (number > this.#seen) await view.refreshBalance()
    money.look()
    const stale = performance.now() >= this.#lookAt
    if (full || stale || (number > this.#seen && (await this.#touched(this.#seen + 1n, number)))) {
      // What fails is looked at again as soon as can be.
      this.#lookAt = Number.NEGATIVE_INFINITY
      const againMs = await changed(Number(number), full)
      this.#lookAt = performance.now() + Math.min(FULL_LOOK_MS, againMs)
    }
    this.#seen = number
    return false
  }

  async #touched(from: bigint, to: bigint): Promise<boolean> {
    const filter = { address: [ADDRESSES.models, ADDRESSES.nodes], fromBlock: `0x${from.toString(16)}`, toBlock: `0x${to.toString(16)}` }
    const logs = (await this.#options.rpc.call('eth_getLogs', [filter])) as unknown[]
    return logs.length > 0
  }
}
