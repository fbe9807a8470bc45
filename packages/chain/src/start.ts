import type { Chain, ChainBlock } from './chain.ts'
import { BlockTime } from './consensus/blockTime.ts'
import { driverOf } from './consensus/choice.ts'
import { type ConsensusApplication, type ConsensusDriver, systemClock } from './consensus/port.ts'
import { type Core, createCore } from './core.ts'
import type { ChainLogger, ChainOptions } from './create.ts'
import type { Crypto } from './crypto/crypto.ts'
import type { BlockExecutor } from './executor/blockExecutor.ts'
import { type LocalExecutorParts, localExecutor } from './executor/local.ts'
import { BLOCK_GAS_LIMIT, MAX_BLOCK_BYTES, rulesOf } from './executor/rules.ts'
import { threadExecutor } from './executor/thread/thread.ts'
import { chainOf } from './facade.ts'
import { forgetKept, keepPool, takeKept } from './pool/index.ts'
import { Snapshots } from './snapshot/index.ts'
import type { Database } from './state/store.ts'
import { timedExecutor } from './timed.ts'

const SILENT: ChainLogger = { info: () => {}, error: () => {} }

export interface NodeParts {
  /** Closed with the node. */
  readonly store: Database
  readonly crypto: Crypto
  /** What the driver drives instead of the application itself: where a test steps in. */
  readonly between?: (application: ConsensusApplication) => ConsensusApplication
}

/** Puts a node together on an open database, and starts it. What fails leaves the database to the caller. */
export async function startNode(options: ChainOptions, { store, crypto, between = (same) => same }: NodeParts): Promise<Chain> {
  const { genesis, log = SILENT } = options
  const listeners = new Set<(block: ChainBlock) => void>()
  let failure: Error | undefined
  let closed: Promise<void> | undefined

  const executor = (parts: LocalExecutorParts) => executorOf(options, parts)
  const core: Core = await createCore({ store, genesis, crypto, pool: options.pool, pause, committed, executor })
  const { ledger, pool, host } = core
  const clock = options.clock ?? systemClock
  const blockTime = options.development ? new BlockTime(clock, () => ledger.head.block.header.timestamp) : undefined
  const making = options.cometbft?.snapshots
  const snapshots = making && (await Snapshots.open({ ...making, store, keccak: crypto.keccak, log }))
  const driver: ConsensusDriver = driverOf(options, { core, store, crypto, snapshots, log, blockTime, pause, onHalt })

  function onHalt(error: unknown): void {
    failure = error instanceof Error ? error : new Error(String(error))
    log.error({ err: failure, height: Number(ledger.head.height) }, 'the chain has halted; no block can be made')
  }

  function committed(block: ChainBlock): void {
    log.info({ height: Number(block.height), transactions: block.hashes.length, hash: block.hash }, 'block')
    snapshots?.committed(block.height)
    if (driver.wake && pool.pick({ gas: BLOCK_GAS_LIMIT, bytes: MAX_BLOCK_BYTES, baseFee: host.nextBaseFee() }).length > 0) driver.wake()
    for (const listener of listeners) {
      try {
        listener(block)
      } catch (err) {
        log.error({ err }, 'a listener failed; the chain goes on')
      }
    }
  }

  const stop = async () => {
    await driver.stop()
    await snapshots?.close()
    await core.executor.close()
    await keepPool(pool, store).catch((err) =>
      log.error({ err }, 'what waits in the pool could not be kept; who sent it has to send it again'),
    )
    await store.close()
  }
  const close = () => {
    closed ??= stop()
    return closed
  }
  try {
    await takeKept(pool, store, pause)
    await driver.start(between(core.application))
  } catch (error) {
    await core.executor.close()
    throw error
  }
  await forgetKept(store).catch((err) => log.error({ err }, 'what was kept of the pool could not be removed'))
  pool.onWaiting(() => driver.wake?.())
  const dataDir = 'memory' in options ? undefined : options.dataDir
  return chainOf({ core, genesis, dataDir, driver, blockTime, listeners, halted: () => failure, close })
}

/** A database on disk is shared with a thread that runs the blocks; one in memory cannot be. */
async function executorOf(options: ChainOptions, parts: LocalExecutorParts): Promise<BlockExecutor> {
  const { genesis, onStep } = options
  const executor = 'memory' in options ? await localExecutor(parts) : threadExecutor({ folder: options.dataDir, rules: rulesOf(genesis) })
  return onStep ? timedExecutor(executor, onStep) : executor
}

/** Lets timers and sockets have their turn. */
const pause = () => new Promise<void>((resolve) => setImmediate(resolve))
