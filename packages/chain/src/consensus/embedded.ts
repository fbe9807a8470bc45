import { addressOf, signCommit } from '@opengradient/protocol'
import type { ChainBlock } from '../chain.ts'
import type { Clock, ConsensusApplication, ConsensusDriver } from './port.ts'

/** Milliseconds. */
export interface EmbeddedTiming {
  /** From one block to the next, at least. */
  readonly blockInterval: number
  /** From one block to an empty one, when no transaction waits. */
  readonly idleInterval: number
  /** Between the first waiting transaction and its block, so that those sent together go together. */
  readonly gather: number
}

/** Milliseconds between blocks, between empty ones, and in which transactions gather. */
export const EMBEDDED_TIMING: EmbeddedTiming = { blockInterval: 1_000, idleInterval: 10_000, gather: 10 }

export interface EmbeddedOptions {
  readonly chainId: bigint
  /** 32 bytes. Signs every block. */
  readonly validatorKey: Uint8Array
  readonly clock: Clock
  /** The time of the block that is made now, unix seconds; the clock's unless something else is said. */
  readonly blockTime?: () => bigint
  readonly timing?: EmbeddedTiming
  /** Told once when no block can be made any more. */
  readonly onHalt: (error: unknown) => void
}

/** Consensus of one: makes a block as soon as a transaction waits, though at most one a second, and an empty one every ten. */
export function embeddedDriver(options: EmbeddedOptions): Required<ConsensusDriver> {
  const { chainId, validatorKey, clock, timing = EMBEDDED_TIMING, onHalt } = options
  const blockTime = options.blockTime ?? (() => BigInt(Math.floor(clock.now() / 1_000)))
  const validator = addressOf(validatorKey)
  let application: ConsensusApplication | undefined
  let lastBlock = Number.NEGATIVE_INFINITY
  let waiting = false
  let stopped = false
  let cancelTimer = () => {}
  /** The block being made; blocks are made one after the other. */
  let work: Promise<unknown> = Promise.resolve()

  async function produce(): Promise<ChainBlock> {
    cancelTimer()
    waiting = false
    lastBlock = clock.now()
    const proposal = application!.prepare(blockTime(), validator)
    const { height, appHash } = await application!.finalize(proposal)
    const block = await application!.commit(signCommit(Number(chainId), { height: Number(height), blockHash: appHash }, validatorKey))
    schedule()
    return block
  }

  /** Every block goes through here: one at a time, and none after a failure. */
  function enqueue(): Promise<ChainBlock> {
    const next = work.then(() => {
      if (stopped) throw new Error('the chain has stopped')
      return produce()
    })
    work = next.catch((error) => {
      if (stopped) return
      stopped = true
      cancelTimer()
      onHalt(error)
    })
    return next
  }

  function schedule(): void {
    cancelTimer()
    if (stopped || !application) return
    const interval = waiting ? timing.blockInterval : timing.idleInterval
    // A clock that was set back must not make the chain wait for it.
    const left = Math.min(lastBlock + interval - clock.now(), interval)
    cancelTimer = clock.after(Math.max(left, waiting ? timing.gather : 0), () => void enqueue().catch(() => {}))
  }

  return {
    start(app) {
      application = app
      schedule()
    },
    wake() {
      if (waiting) return
      waiting = true
      schedule()
    },
    mine: () => enqueue(),
    restoring: () => undefined,
    async stop() {
      stopped = true
      cancelTimer()
      await work
    },
  }
}
