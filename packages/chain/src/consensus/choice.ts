import { addressOf, OgError } from '@opengradient/protocol'
import type { Core } from '../core.ts'
import type { ChainLogger, ChainOptions } from '../create.ts'
import type { Crypto } from '../crypto/crypto.ts'
import type { Genesis } from '../genesis/genesis.ts'
import { Restorer, type Snapshots } from '../snapshot/index.ts'
import type { Database } from '../state/store.ts'
import type { BlockTime } from './blockTime.ts'
import { type CometbftOptions, cometbftDriver } from './cometbft/driver.ts'
import { validatorsOf } from './cometbft/genesis.ts'
import { snapshotSource } from './cometbft/snapshots.ts'
import { type EmbeddedTiming, embeddedDriver } from './embedded.ts'
import { type Clock, type ConsensusDriver, systemClock } from './port.ts'

/** One validator inside the node: for a network on one machine. */
export interface EmbeddedConsensus {
  /** The embedded validator's key, 32 bytes; its address must be the genesis validator. */
  readonly validatorKey: Uint8Array
  readonly clock?: Clock
  readonly timing?: EmbeddedTiming
  /** Lets clients make blocks and move their time forward (`evm_mine` and the like). Only where genesis gave money to faucets. */
  readonly development?: boolean
  readonly cometbft?: never
}

/** Validators that do not trust each other: CometBFT beside the node, connected over a socket. */
export interface CometbftConsensus {
  readonly cometbft: CometbftOptions
  readonly validatorKey?: never
  readonly development?: never
  readonly clock?: never
}

/** Refuses what the options contradict: `KEY_INVALID`, `KEY_NOT_ALLOWED`, `CONFIG_INVALID`, `CHAIN_GENESIS_INVALID`. */
export function checkConsensus(options: ChainOptions): void {
  if (options.cometbft) {
    validatorsOf(options.genesis)
    return
  }
  if (options.genesis.validators) {
    throw new OgError('CONFIG_INVALID', 'The genesis names validators: its network is driven by CometBFT, not by an embedded validator.')
  }
  checkKey(options.genesis, options.validatorKey)
  checkDevelopment(options)
}

export interface DriverParts {
  readonly core: Core
  readonly store: Database
  readonly crypto: Crypto
  /** What makes snapshots, if the node does. */
  readonly snapshots: Snapshots | undefined
  readonly log: ChainLogger
  readonly blockTime: BlockTime | undefined
  readonly pause: () => Promise<void>
  readonly onHalt: (error: unknown) => void
}

/** The driver that the options ask for. */
export function driverOf(options: ChainOptions, parts: DriverParts): ConsensusDriver {
  const { genesis } = options
  const { core, store, crypto, snapshots, log, blockTime, pause, onHalt } = parts
  if (!options.cometbft) {
    const { validatorKey, clock = systemClock, timing } = options
    const { chainId } = genesis
    const time = blockTime && { blockTime: () => blockTime.take() }
    return embeddedDriver({ chainId, validatorKey, clock, ...time, ...(timing && { timing }), onHalt })
  }
  const { application, pool, common, fairBlock } = core
  const { keccak } = crypto
  const onRestored = () => {
    core.reopen()
    log.info({ height: Number(core.ledger.head.height) }, 'the chain begins with a snapshot')
  }
  const restorer = new Restorer({ store, genesisHash: genesis.hash, common, keccak, log, pause, onRestored })
  return cometbftDriver({
    ...options.cometbft,
    genesis,
    pool,
    fairBlock,
    decode: (raw) => application.decode(raw),
    keccak,
    snapshots: snapshotSource(snapshots, restorer),
    onHalt,
    onFault: (err) => log.error({ err }, 'a connection of CometBFT was ended'),
    onUndelivered: (why) => log.error({ why }, 'CometBFT does not take transactions yet; they wait in the pool'),
    onRefused: ({ height, proposer }, why) => log.error({ height: Number(height), proposer, why }, 'a proposal was refused'),
  })
}

function checkKey(genesis: Genesis, validatorKey: Uint8Array): void {
  const address = addressOf(validatorKey)
  if (address === genesis.validator) return
  throw new OgError(
    'KEY_NOT_ALLOWED',
    `The validator key is of ${address}, but the genesis names ${genesis.validator}. Use the key of the network.`,
  )
}

/** A network whose tokens are worth something has no faucets; its time is nobody's to move. */
function checkDevelopment({ development, genesis }: ChainOptions): void {
  if (!development || genesis.faucets.length > 0) return
  throw new OgError('CONFIG_INVALID', 'The development option is only for networks with faucet accounts in their genesis. Leave it out.')
}
