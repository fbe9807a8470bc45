import type { Chain, ChainBlock, ChainReceipt, PoolFactory } from './chain.ts'
import { BlockTime } from './consensus/blockTime.ts'
import { type CometbftConsensus, checkConsensus, driverOf, type EmbeddedConsensus } from './consensus/choice.ts'
import { type ConsensusDriver, systemClock } from './consensus/port.ts'
import { type Core, createCore } from './core.ts'
import { type Crypto, loadCrypto } from './crypto/crypto.ts'
import { BLOCK_GAS_LIMIT, MAX_BLOCK_BYTES } from './executor/rules.ts'
import { chainOf } from './facade.ts'
import type { Genesis } from './genesis/genesis.ts'
import { type DataPlace, openStore } from './open.ts'
import type { Store } from './state/store.ts'

/** Where the node tells what happens to it; a pino logger fits. */
export interface ChainLogger {
  info(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** `cometbft` makes a node of a network of many validators; `validatorKey` one that is a network by itself. */
export type ChainOptions = DataPlace &
  (EmbeddedConsensus | CometbftConsensus) & {
    readonly genesis: Genesis
    readonly log?: ChainLogger
    readonly pool?: PoolFactory
  }

const SILENT: ChainLogger = { info: () => {}, error: () => {} }

/**
 * Starts a full node: opens or makes the database, and begins to make blocks, or to wait for CometBFT to drive it. Errors: `CHAIN_DATA_*`,
 * `CHAIN_GENESIS_INVALID`, `CONFIG_INVALID`, `KEY_INVALID`, `KEY_NOT_ALLOWED`, `DISK_FULL`; those of listening for CometBFT as they come.
 */
export async function createChain(options: ChainOptions): Promise<Chain> {
  checkConsensus(options)
  const crypto = await loadCrypto()
  if (!crypto.native) options.log?.info({}, 'signatures are checked in JavaScript: no native secp256k1 for this machine')
  const store = await openStore(options)
  try {
    return await startNode(options, store, crypto)
  } catch (error) {
    await store.close()
    throw error
  }
}

async function startNode(options: ChainOptions, store: Store, crypto: Crypto): Promise<Chain> {
  const { genesis, log = SILENT } = options
  const listeners = new Set<(block: ChainBlock, receipts: readonly ChainReceipt[]) => void>()
  let failure: Error | undefined
  let closed: Promise<void> | undefined

  const engine = options.cometbft ? 'cometbft' : 'embedded'
  const core: Core = await createCore({ store, genesis, crypto, engine, pool: options.pool, pause, committed })
  const { ledger, pool, host } = core
  const clock = options.clock ?? systemClock
  const blockTime = options.development ? new BlockTime(clock, () => ledger.head.block.header.timestamp) : undefined
  const driver: ConsensusDriver = driverOf(options, { core, crypto, log, blockTime, onHalt })

  function onHalt(error: unknown): void {
    failure = error instanceof Error ? error : new Error(String(error))
    log.error({ err: failure, height: Number(ledger.head.height) }, 'the chain has halted; no block can be made')
  }

  function committed(block: ChainBlock, receipts: readonly ChainReceipt[]): void {
    log.info({ height: Number(block.height), transactions: receipts.length, hash: block.hash }, 'block')
    if (driver.wake && pool.pick({ gas: BLOCK_GAS_LIMIT, bytes: MAX_BLOCK_BYTES, baseFee: host.nextBaseFee() }).length > 0) driver.wake()
    for (const listener of listeners) {
      try {
        listener(block, receipts)
      } catch (err) {
        log.error({ err }, 'a listener failed; the chain goes on')
      }
    }
  }

  const close = () => {
    closed ??= driver.stop().then(() => store.close())
    return closed
  }
  await driver.start(core.application)
  pool.onWaiting(() => driver.wake?.())
  return chainOf({ core, genesis, driver, blockTime, listeners, halted: () => failure, close })
}

/** Lets timers and sockets have their turn. */
const pause = () => new Promise<void>((resolve) => setImmediate(resolve))
