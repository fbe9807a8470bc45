import { installFastCrypto } from '@opengradient/protocol/node'
import type { Chain, PoolFactory } from './chain.ts'
import { type CometbftConsensus, checkConsensus, type EmbeddedConsensus } from './consensus/choice.ts'
import { loadCrypto } from './crypto/crypto.ts'
import type { Genesis } from './genesis/genesis.ts'
import { type DataPlace, openStore } from './open.ts'
import { startNode } from './start.ts'
import type { BlockTiming } from './timed.ts'

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
    /** Told how long the steps of each block took. */
    readonly onStep?: BlockTiming
  }

/**
 * Starts a full node: opens or makes the database, and begins to make blocks, or to wait for CometBFT to drive it. Errors: `CHAIN_DATA_*`,
 * `CHAIN_GENESIS_INVALID`, `CONFIG_INVALID`, `KEY_INVALID`, `KEY_NOT_ALLOWED`, `DISK_FULL`; those of listening for CometBFT as they come.
 */
export async function createChain(options: ChainOptions): Promise<Chain> {
  checkConsensus(options)
  await installFastCrypto()
  const crypto = await loadCrypto()
  if (!crypto.native) options.log?.info({}, 'signatures are checked in JavaScript: no native secp256k1 for this machine')
  const store = await openStore(options)
  try {
    return await startNode(options, { store, crypto })
  } catch (error) {
    await store.close()
    throw error
  }
}
