import { setImmediate } from 'node:timers/promises'
import { bytesToHex, type Hex, OgError, ZERO_ADDRESS } from '@opengradient/protocol'
import { Caller } from '../src/call/caller.ts'
import type { Chain, ChainBlock, PoolHost } from '../src/chain.ts'
import type { Crypto } from '../src/crypto/crypto.ts'
import { decodeTransaction } from '../src/executor/decode.ts'
import { type BlockHashes, vmOn } from '../src/executor/execute.ts'
import { storedReceipt } from '../src/executor/receipt.ts'
import { chainCommon } from '../src/executor/rules.ts'
import { authoritiesOf } from '../src/executor/transaction/authorizations.ts'
import { eachAuthorization } from '../src/executor/transaction/fields.ts'
import { LOCAL_BENEFICIARIES } from '../src/genesis/genesis.ts'
import { createPool } from '../src/pool/index.ts'
import { type SimulatorParts, simulate } from '../src/simulate/simulate.ts'
import { senderAccount, trieBase } from '../src/state/base.ts'
import { HashedStore } from '../src/state/nodes.ts'
import { Overlay } from '../src/state/overlay.ts'
import { stateReader } from '../src/state/reader.ts'
import type { ImportedChain } from './importChain.ts'

/** An imported chain behind the interface that our JSON-RPC serves. State, proofs, calls and the pool are our own code; blocks stand still. */
export function chainOf({ chainId, blocks, receipts, store }: ImportedChain, crypto: Crypto): Chain {
  const common = chainCommon({ chainId }, crypto)
  const hashed = new HashedStore(store, crypto.keccak)
  const at = (height: bigint): ChainBlock | undefined => blocks[Number(height)]
  const need = (height: bigint): ChainBlock => {
    const block = at(height)
    if (!block) throw new OgError('INTERNAL', `There is no block ${height}.`)
    return block
  }
  const head = () => blocks.at(-1)!
  const nextBaseFee = () => head().block.header.calcNextBaseFee()
  const state = (height: bigint) => stateReader(height, need(height).block.header.stateRoot, hashed, crypto.keccak)
  const blockHash = (height: bigint) => at(height)?.block.hash()
  const caller = new Caller({ common, crypto, hashed, blockHash })
  const simulator: SimulatorParts = {
    common,
    crypto,
    store,
    blockHash,
    collector: undefined,
    now: () => performance.now(),
    pause: () => setImmediate(),
  }
  const host: PoolHost = {
    chainId,
    common,
    minBaseFee: common.minBaseFee,
    blockGasLimit: head().block.header.gasLimit,
    head,
    account: (address) => senderAccount(trieBase(head().block.header.stateRoot, hashed, crypto.keccak), address),
    nextBaseFee,
    decode: (raw) => decodeTransaction(raw, common, crypto),
    authorities: ({ raw }) => authoritiesOf(eachAuthorization(raw), chainId, crypto, async (work) => work()),
  }
  const pool = createPool(host)
  const indexed = new Map<Hex, { height: bigint; index: number }>()
  for (const { height, block } of blocks) {
    for (const [index, transaction] of block.transactions.entries()) indexed.set(bytesToHex(transaction.hash()), { height, index })
  }

  return {
    chainId,
    genesis: { chainId, validator: ZERO_ADDRESS, faucets: [], time: 0n, beneficiaries: LOCAL_BENEFICIARIES, hash: blocks[0]!.hash },
    genesisHash: blocks[0]!.hash,
    common,
    pool,
    head,
    firstBlock: () => 0n,
    restoring: () => undefined,
    blockByNumber: at,
    blockByHash: (hash) => blocks.find((block) => block.hash === hash),
    headerByNumber: (height) => {
      const found = at(height)
      return found && { height, hash: found.hash, header: found.block.header }
    },
    receipts: (height) => receipts[Number(height)],
    eachReceipt: (height) => receipts[Number(height)]?.map(storedReceipt),
    payments: (height) => receipts[Number(height)],
    logsBloom: (height) => at(height)?.block.header.logsBloom,
    locate: (hash) => indexed.get(hash),
    commit: () => undefined,
    historyPath: () => undefined,
    state,
    sandbox: (height, options) => caller.sandbox(headOf(need(height)), options),
    call: (request, height, options) => caller.call(request, headOf(need(height)), options),
    estimateGas: (request, height, options) => caller.estimateGas(request, headOf(need(height)), options),
    replay: (height) => replayable(need(height), need(height - 1n), hashed, crypto, blockHash),
    watchedCall: (request, height, options, watch) => caller.watchedCall(request, headOf(need(height)), options, watch),
    simulate: async (request, height, limits) => simulate(simulator, headOf(need(height)), request, limits),
    submit: (raw) => pool.add(raw),
    nextBaseFee,
    onBlock: () => () => {},
    halted: () => undefined,
    close: () => store.close(),
  }
}

const headOf = ({ height, hash, block }: ChainBlock) => ({ height, hash, header: block.header })

/** Old blocks are run again by the rules of their own fork, some of which put the state root in receipts. */
async function replayable({ block }: ChainBlock, parent: ChainBlock, hashed: HashedStore, { keccak }: Crypto, blockHash: BlockHashes) {
  const state = new Overlay(trieBase(parent.block.header.stateRoot, hashed, keccak), keccak)
  state.getStateRoot = async () => new Uint8Array(32)
  return { vm: await vmOn(state, block.common, blockHash), state }
}
