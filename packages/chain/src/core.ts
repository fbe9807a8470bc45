import { OgError } from '@opengradient/protocol'
import { Caller } from './call/caller.ts'
import type { ChainBlock, ChainHeader, ChainReceipt, PoolFactory, PoolHost, StateReader, TransactionPool } from './chain.ts'
import { Application } from './consensus/application.ts'
import { FairBlock } from './consensus/fairness.ts'
import type { Crypto } from './crypto/crypto.ts'
import type { FixedCommon } from './executor/common.ts'
import { decodeTransaction } from './executor/decode.ts'
import { nextBaseFee } from './executor/environment.ts'
import { REWARDS, vmOn } from './executor/execute.ts'
import { cacheJumpDestinations } from './executor/jumpCache.ts'
import { BLOCK_GAS_LIMIT, chainCommon } from './executor/rules.ts'
import type { Genesis } from './genesis/genesis.ts'
import type { Ledger } from './ledger/ledger.ts'
import { type Engine, openLedger } from './open.ts'
import { createPool } from './pool/index.ts'
import type { SimulatorParts } from './simulate/simulate.ts'
import { FlatBase, senderAccount } from './state/base.ts'
import { HashedStore } from './state/nodes.ts'
import { Overlay } from './state/overlay.ts'
import { stateReader } from './state/reader.ts'
import type { Store } from './state/store.ts'

/** A node without an engine: what every consensus driver drives, and what everybody reads. */
export interface Core {
  readonly common: FixedCommon
  readonly ledger: Ledger
  readonly pool: TransactionPool
  readonly host: PoolHost
  readonly caller: Caller
  /** The state after a committed block. */
  state(height: bigint): StateReader
  readonly simulator: SimulatorParts
  readonly application: Application
  /** For the transactions of the block after the head. Between commits only: it reads the state of the head. */
  fairBlock(): FairBlock
  /** The header of a block that must be there. */
  need(height: bigint): ChainHeader
}

export interface CoreOptions {
  readonly store: Store
  readonly genesis: Genesis
  readonly crypto: Crypto
  /** What makes blocks final; the embedded validator unless said. */
  readonly engine?: Engine
  readonly pool?: PoolFactory | undefined
  readonly pause: () => Promise<void>
  /** Told after each commit, once the pool knows. */
  readonly committed: (block: ChainBlock, receipts: readonly ChainReceipt[]) => void
}

/** Opens the chain in a store, or begins it there, and puts the parts together. Errors: those of `openLedger`. */
export async function createCore(options: CoreOptions): Promise<Core> {
  const { store, genesis, crypto, engine = 'embedded', pool: poolFactory = createPool, pause, committed } = options
  const { keccak } = crypto
  const common = chainCommon(genesis.chainId, crypto)
  await cacheJumpDestinations(common)
  const ledger = await openLedger(store, genesis, common, crypto, engine)
  const hashed = new HashedStore(store, keccak)
  const base = new FlatBase(store, hashed)
  const overlay = new Overlay(base, keccak)
  const blockHash = (height: bigint) => ledger.blockHash(height)
  const vm = await vmOn(overlay, common, blockHash)
  const need = (height: bigint): ChainHeader => {
    const found = ledger.header(height)
    if (!found) throw new OgError('INTERNAL', `There is no block ${height}.`)
    return found
  }
  const host: PoolHost = {
    chainId: genesis.chainId,
    common,
    blockGasLimit: BLOCK_GAS_LIMIT,
    head: () => ledger.head,
    account: (address) => senderAccount(base, address),
    nextBaseFee: () => nextBaseFee(ledger.head.block.header),
    decode: (raw) => decodeTransaction(raw, common, crypto),
  }
  const pool = poolFactory(host)
  const application = new Application({
    vm,
    base,
    overlay,
    store,
    hashed,
    keccak,
    common,
    crypto,
    blockHash,
    pause,
    ledger,
    pool,
    committed,
  })
  const fairBlock = () =>
    new FairBlock({
      baseFee: host.nextBaseFee(),
      gasLimit: BLOCK_GAS_LIMIT,
      account: host.account,
    })
  const now = () => performance.now()
  const simulator: SimulatorParts = { common, crypto, store, blockHash, collector: REWARDS, now, pause }
  const state = (height: bigint) => stateReader(height, need(height).header.stateRoot, hashed, keccak)
  return {
    common,
    ledger,
    pool,
    host,
    state,
    caller: new Caller({ common, crypto, hashed, blockHash }),
    simulator,
    application,
    fairBlock,
    need,
  }
}
