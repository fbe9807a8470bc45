import { addressOf, type Hex, OgError } from '@opengradient/protocol'
import { Caller } from './call/caller.ts'
import type { Chain, ChainBlock, ChainReceipt, PoolFactory, PoolHost } from './chain.ts'
import { Application } from './consensus/application.ts'
import { type EmbeddedTiming, embeddedDriver } from './consensus/embedded.ts'
import { type Clock, systemClock } from './consensus/port.ts'
import { loadCrypto } from './crypto/crypto.ts'
import { decodeTransaction } from './executor/decode.ts'
import { nextBaseFee } from './executor/environment.ts'
import { vmOn } from './executor/execute.ts'
import { cacheJumpDestinations } from './executor/jumpCache.ts'
import { BLOCK_GAS_LIMIT, chainCommon, MAX_BLOCK_BYTES } from './executor/rules.ts'
import type { Genesis } from './genesis/genesis.ts'
import { type DataPlace, openLedger, openStore } from './open.ts'
import { createPool } from './pool/index.ts'
import { FlatBase } from './state/base.ts'
import { HashedStore } from './state/nodes.ts'
import { Overlay } from './state/overlay.ts'
import { stateReader } from './state/reader.ts'

/** Where the node tells what happens to it; a pino logger fits. */
export interface ChainLog {
  info(fields: object, message: string): void
  error(fields: object, message: string): void
}

export type ChainOptions = DataPlace & {
  readonly genesis: Genesis
  /** The embedded validator's key, 32 bytes; its address must be the genesis validator. */
  readonly validatorKey: Uint8Array
  readonly clock?: Clock
  readonly timing?: EmbeddedTiming
  readonly log?: ChainLog
  readonly pool?: PoolFactory
}

const SILENT: ChainLog = { info: () => {}, error: () => {} }

/**
 * Starts a full node with the embedded driver: opens or makes the database, and begins to make blocks. Errors: `CHAIN_DATA_*`,
 * `CHAIN_GENESIS_INVALID`, `KEY_INVALID`, `KEY_NOT_ALLOWED`, `DISK_FULL`.
 */
export async function createChain(options: ChainOptions): Promise<Chain> {
  const { genesis, validatorKey, clock = systemClock, log = SILENT } = options
  checkKey(genesis, validatorKey)
  const crypto = await loadCrypto()
  if (!crypto.native) log.info({}, 'signatures are checked in JavaScript: no native secp256k1 for this machine')
  const common = chainCommon(genesis.chainId, crypto)
  const { keccak } = crypto
  await cacheJumpDestinations(common)
  const store = await openStore(options)
  const ledger = await openLedger(store, genesis, common, crypto).catch(async (error: unknown) => {
    await store.close()
    throw error
  })
  const hashed = new HashedStore(store, keccak)
  const base = new FlatBase(store, hashed)
  const overlay = new Overlay(base, keccak)
  const blockHash = (height: bigint) => ledger.blockHash(height)
  const vm = await vmOn(overlay, common, blockHash)
  const caller = new Caller({ common, crypto, hashed, blockHash })
  const listeners = new Set<(block: ChainBlock, receipts: readonly ChainReceipt[]) => void>()
  let failure: Error | undefined
  let closed: Promise<void> | undefined

  const need = (height: bigint): ChainBlock => {
    const block = ledger.block(height)
    if (!block) throw new OgError('INTERNAL', `There is no block ${height}.`)
    return block
  }
  const host: PoolHost = {
    chainId: genesis.chainId,
    common,
    blockGasLimit: BLOCK_GAS_LIMIT,
    head: () => ledger.head,
    state: (height) => stateReader(height, need(height).block.header.stateRoot, hashed, keccak),
    nextBaseFee: () => nextBaseFee(ledger.head.block.header),
    decode: (raw) => decodeTransaction(raw, common, crypto),
  }
  const pool = (options.pool ?? createPool)(host)
  const driver = embeddedDriver({
    chainId: genesis.chainId,
    validatorKey,
    clock,
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

  const pause = () => new Promise<void>((resolve) => setImmediate(resolve))
  driver.start(new Application({ base, store, hashed, keccak, overlay, common, crypto, blockHash, pause, vm, ledger, pool, committed }))
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
    sandbox: (height, callOptions) => caller.sandbox(need(height), callOptions),
    call: (request, height, callOptions) => caller.call(request, need(height), callOptions),
    estimateGas: (request, height, callOptions) => caller.estimateGas(request, need(height), callOptions),
    async submit(raw): Promise<Hex> {
      if (failure) throw failure
      return pool.add(raw)
    },
    nextBaseFee: host.nextBaseFee,
    onBlock(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    ...(driver.mine && { mine: driver.mine }),
    halted: () => failure,
    close: () => (closed ??= driver.stop().then(() => store.close())),
  }
}

function checkKey(genesis: Genesis, validatorKey: Uint8Array): void {
  const address = addressOf(validatorKey)
  if (address === genesis.validator) return
  throw new OgError(
    'KEY_NOT_ALLOWED',
    `The validator key is of ${address}, but the genesis names ${genesis.validator}. Use the key of the network.`,
  )
}
