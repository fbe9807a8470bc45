import { OgError } from '@opengradient/protocol'
import { Caller } from './call/caller.ts'
import type { Chain, ChainHeader, StateReader } from './chain.ts'
import type { Crypto } from './crypto/crypto.ts'
import type { FixedCommon } from './executor/common.ts'
import { REWARDS } from './executor/execute.ts'
import type { Ledger } from './ledger/ledger.ts'
import { type SimulatorParts, simulate } from './simulate/simulate.ts'
import { HashedStore } from './state/nodes.ts'
import { stateReader } from './state/reader.ts'
import type { Store } from './state/store.ts'

export interface ReaderParts {
  readonly store: Store
  readonly ledger: Ledger
  readonly common: FixedCommon
  readonly crypto: Crypto
  /** Lets the rest of the thread run. */
  readonly pause: () => Promise<void>
}

/** What runs code on committed states, and reads them. */
export interface Readers {
  readonly hashed: HashedStore
  readonly caller: Caller
  readonly simulator: SimulatorParts
  /** The state after a committed block. */
  state(height: bigint): StateReader
  /** The header of a block that must be there. */
  need(height: bigint): ChainHeader
}

export function readersOf({ store, ledger, common, crypto, pause }: ReaderParts): Readers {
  const hashed = new HashedStore(store, crypto.keccak)
  const blockHash = (height: bigint) => ledger.blockHash(height)
  const need = (height: bigint): ChainHeader => {
    const found = ledger.header(height)
    if (!found) throw new OgError('INTERNAL', `There is no block ${height}.`)
    return found
  }
  return {
    hashed,
    caller: new Caller({ common, crypto, hashed, blockHash }),
    simulator: { common, crypto, store, blockHash, collector: REWARDS, now: () => performance.now(), pause },
    state: (height) => stateReader(height, need(height).header.stateRoot, hashed, crypto.keccak),
    need,
  }
}

/** What can be asked of committed blocks alone, without a pool, in any thread that has the database open. */
export type ChainReads = Pick<
  Chain,
  | 'chainId'
  | 'head'
  | 'firstBlock'
  | 'blockByNumber'
  | 'blockByHash'
  | 'headerByNumber'
  | 'locate'
  | 'state'
  | 'sandbox'
  | 'call'
  | 'estimateGas'
  | 'replay'
  | 'watchedCall'
  | 'simulate'
>

export function readsOf(chainId: bigint, ledger: Ledger, { caller, simulator, state, need }: Omit<Readers, 'hashed'>): ChainReads {
  return {
    chainId,
    head: () => ledger.head,
    firstBlock: () => ledger.first,
    blockByNumber: (height) => ledger.block(height),
    blockByHash: (hash) => ledger.blockByHash(hash),
    headerByNumber: (height) => ledger.header(height),
    locate: (hash) => ledger.locate(hash),
    state,
    sandbox: async (height, options) => caller.sandbox(need(height), options),
    call: async (request, height, options) => caller.call(request, need(height), options),
    estimateGas: async (request, height, options) => caller.estimateGas(request, need(height), options),
    replay: async (height) => ({ ...(await caller.replay(need(height - 1n))), report: ledger.report(height) }),
    watchedCall: async (request, height, options, watch) => caller.watchedCall(request, need(height), options, watch),
    simulate: async (request, height, limits) => simulate(simulator, need(height), request, limits),
  }
}
