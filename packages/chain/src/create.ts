import { addressOf, OgError } from '@opengradient/protocol'
import type { Chain, ChainBlock, ChainReceipt, PoolFactory } from './chain.ts'
import { BlockTime } from './consensus/blockTime.ts'
import { type EmbeddedTiming, embeddedDriver } from './consensus/embedded.ts'
import { type Clock, systemClock } from './consensus/port.ts'
import { createCore } from './core.ts'
import { loadCrypto } from './crypto/crypto.ts'
import { BLOCK_GAS_LIMIT, MAX_BLOCK_BYTES } from './executor/rules.ts'
import type { Genesis } from './genesis/genesis.ts'
import { type DataPlace, openStore } from './open.ts'
import { simulate } from './simulate/simulate.ts'

/** Where the node tells what happens to it; a pino logger fits. */
export interface ChainLogger {
  info(fields: object, message: string): void
  error(fields: object, message: string): void
}

export type ChainOptions = DataPlace & {
  readonly genesis: Genesis
  /** The embedded validator's key, 32 bytes; its address must be the genesis validator. */
  readonly validatorKey: Uint8Array
  readonly clock?: Clock
  readonly timing?: EmbeddedTiming
  readonly log?: ChainLogger
  readonly pool?: PoolFactory
  /** Lets clients make blocks and move their time forward (`evm_mine` and the like). Only where genesis gave money to faucets. */
  readonly development?: boolean
}

const SILENT: ChainLogger = { info: () => {}, error: () => {} }

/**
 * Starts a full node with the embedded driver: opens or makes the database, and begins to make blocks. Errors: `CHAIN_DATA_*`,
 * `CHAIN_GENESIS_INVALID`, `CONFIG_INVALID`, `KEY_INVALID`, `KEY_NOT_ALLOWED`, `DISK_FULL`.
 */
export async function createChain(options: ChainOptions): Promise<Chain> {
  const { genesis, validatorKey, clock = systemClock, log = SILENT } = options
  checkKey(genesis, validatorKey)
  checkDevelopment(options)
  const crypto = await loadCrypto()
  if (!crypto.native) log.info({}, 'signatures are checked in JavaScript: no native secp256k1 for this machine')
  const listeners = new Set<(block: ChainBlock, receipts: readonly ChainReceipt[]) => void>()
  let failure: Error | undefined
  let closed: Promise<void> | undefined

  const store = await openStore(options)
  const core = await createCore({ store, genesis, crypto, pool: options.pool, pause, committed }).catch(async (error: unknown) => {
    await store.close()
    throw error
  })
  const { common, ledger, pool, host, caller, need } = core
  const blockTime = options.development ? new BlockTime(clock, () => ledger.head.block.header.timestamp) : undefined
  const driver = embeddedDriver({
    chainId: genesis.chainId,
    validatorKey,
    clock,
    ...(blockTime && { blockTime: () => blockTime.take() }),
    ...(options.timing && { timing: options.timing }),
    onHalt(error) {
      failure = error instanceof Error ? error : new Error(String(error))
      log.error({ err: failure, height: Number(ledger.head.height) }, 'the chain has halted; no block can be made')
    },
  })

  function committed(block: ChainBlock, receipts: readonly ChainReceipt[]): void {
    log.info({ height: Number(block.height), transactions: receipts.length, hash: block.hash }, 'block')
    const left = pool.pick({ gas: BLOCK_GAS_LIMIT, bytes: MAX_BLOCK_BYTES, baseFee: host.nextBaseFee() })
    if (left.length > 0) driver.wake()
    for (const listener of listeners) {
      try {
        listener(block, receipts)
      } catch (err) {
        log.error({ err }, 'a listener failed; the chain goes on')
      }
    }
  }

  driver.start(core.application)
  pool.onWaiting(() => driver.wake())

  return {
    chainId: genesis.chainId,
    genesis,
    genesisHash: genesis.hash,
    common,
    pool,
    head: () => ledger.head,
    blockByNumber: (height) => ledger.block(height),
    blockByHash: (hash) => ledger.blockByHash(hash),
    headerByNumber: (height) => ledger.header(height),
    receipts: (height) => ledger.receipts(height),
    logsBloom: (height) => ledger.logsBloom(height),
    locate: (hash) => ledger.locate(hash),
    commit: (height) => ledger.commit(height),
    historyPath: (height, atHeight) => ledger.historyPath(height, atHeight),
    state: host.state,
    sandbox: async (height, callOptions) => caller.sandbox(need(height), callOptions),
    call: async (request, height, callOptions) => caller.call(request, need(height), callOptions),
    estimateGas: async (request, height, callOptions) => caller.estimateGas(request, need(height), callOptions),
    replay: async (height) => caller.replay(need(height - 1n)),
    watchedCall: async (request, height, callOptions, watch) => caller.watchedCall(request, need(height), callOptions, watch),
    simulate: async (request, height, limits) => simulate(core.simulator, need(height), request, limits),
    async submit(raw) {
      if (failure) throw failure
      return pool.add(raw)
    },
    nextBaseFee: host.nextBaseFee,
    onBlock(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    ...(driver.mine && { mine: driver.mine }),
    ...(blockTime && { blockTime }),
    halted: () => failure,
    close() {
      closed ??= driver.stop().then(() => store.close())
      return closed
    },
  }
}

/** Lets timers and sockets have their turn. */
const pause = () => new Promise<void>((resolve) => setImmediate(resolve))

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
