import type { ChainBlock, PoolFactory, PoolHost, TransactionPool } from './chain.ts'
import { Application } from './consensus/application.ts'
import { FairBlock } from './consensus/fairness.ts'
import type { Crypto } from './crypto/crypto.ts'
import type { BlockExecutor } from './executor/blockExecutor.ts'
import type { FixedCommon } from './executor/common.ts'
import { decodeTransaction } from './executor/decode.ts'
import { nextBaseFee } from './executor/environment.ts'
import { type LocalExecutorParts, localExecutor } from './executor/local.ts'
import { BLOCK_GAS_LIMIT, chainCommon } from './executor/rules.ts'
import { authoritiesOf } from './executor/transaction/authorizations.ts'
import { eachAuthorization } from './executor/transaction/fields.ts'
import type { Genesis } from './genesis/genesis.ts'
import type { Ledger } from './ledger/ledger.ts'
import { type Engine, engineOf, openLedger } from './open.ts'
import { createPool } from './pool/index.ts'
import { type Readers, readersOf } from './reads.ts'
import { Share } from './share.ts'
import { FlatBase, senderAccount } from './state/base.ts'
import type { Store } from './state/store.ts'

/** A node without an engine: what every consensus driver drives, and what everybody reads. */
export interface Core extends Omit<Readers, 'hashed'> {
  readonly common: FixedCommon
  readonly ledger: Ledger
  readonly pool: TransactionPool
  readonly host: PoolHost
  readonly application: Application
  readonly executor: BlockExecutor
  /** For the transactions of the block after the head. Between commits only: it reads the state of the head. */
  fairBlock(): FairBlock
  /** Begins anew on what is in the store now: a snapshot was restored there. */
  reopen(): void
}

export interface CoreOptions {
  readonly store: Store
  readonly genesis: Genesis
  readonly crypto: Crypto
  /** What makes blocks final; what the genesis says unless a test says otherwise. */
  readonly engine?: Engine
  readonly pool?: PoolFactory | undefined
  readonly pause: () => Promise<void>
  /** What runs and stores blocks; opened on the store once block 0 is in it. By default in this thread. */
  readonly executor?: (parts: LocalExecutorParts) => Promise<BlockExecutor>
  /** Told after each commit, once the pool knows. */
  readonly committed: (block: ChainBlock) => void
}

/** Opens the chain in a store, or begins it there, and puts the parts together. Errors: those of `openLedger`. */
export async function createCore(options: CoreOptions): Promise<Core> {
  const { store, genesis, crypto, engine = engineOf(genesis), pool: poolFactory = createPool, pause, committed } = options
  const { executor: openExecutor = localExecutor } = options
  const common = chainCommon(genesis, crypto)
  const ledger = await openLedger(store, genesis, common, crypto, engine)
  const { hashed, ...readers } = readersOf({ store, ledger, common, crypto, pause })
  const base = new FlatBase(store, hashed)
  const executor = await openExecutor({ store, common, crypto, pause })
  const share = new Share()
  const host: PoolHost = {
    chainId: genesis.chainId,
    common,
    blockGasLimit: BLOCK_GAS_LIMIT,
    minBaseFee: common.minBaseFee,
    head: () => ledger.head,
    account: (address) => senderAccount(base, address),
    nextBaseFee: () => nextBaseFee(ledger.head.block.header, common),
    decode: (raw) => decodeTransaction(raw, common, crypto),
    authorities: ({ raw }) => authoritiesOf(eachAuthorization(raw), genesis.chainId, crypto, (work) => share.through(work)),
  }
  const pool = poolFactory(host)
  const application = new Application({
    executor,
    base,
    common,
    crypto,
    ledger,
    pool,
    committed,
  })
  const fairBlock = () =>
    new FairBlock({
      baseFee: host.nextBaseFee(),
      rules: host,
      account: host.account,
    })
  const reopen = () => {
    ledger.reopen()
    base.reset()
    const { pending, queued } = pool.content()
    for (const sender of new Set([...pending, ...queued].map(({ sender }) => sender))) pool.review(sender)
  }
  return {
    common,
    ledger,
    pool,
    host,
    ...readers,
    application,
    executor,
    fairBlock,
    reopen,
  }
}
