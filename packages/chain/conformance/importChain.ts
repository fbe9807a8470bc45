import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Block, type BlockBytes, createBlock, createBlockFromBytesArray } from '@ethereumjs/block'
import { type Common, createCommonFromGethGenesis, type GethGenesis, parseGethGenesisState } from '@ethereumjs/common'
import { createMPT } from '@ethereumjs/mpt'
import { RLP } from '@ethereumjs/rlp'
import { MerkleStateManager } from '@ethereumjs/statemanager'
import { createVM, type RunBlockResult, runBlock } from '@ethereumjs/vm'
import { type Address, bytesToHex } from '@opengradient/protocol'
import type { ChainBlock, ChainReceipt } from '../src/chain.ts'
import type { Crypto } from '../src/crypto/crypto.ts'
import { createContractAddress } from '../src/executor/contractAddress.ts'
import { positioned, type RawLog } from '../src/executor/receipt.ts'
import { wholeBlock } from '../src/ledger/chainBlock.ts'
import type { Store } from '../src/state/store.ts'
import { NodeStore } from './nodeStore.ts'

/** Somebody else's chain, run block by block by the reference implementation: what our node is then asked about. */
export interface ImportedChain {
  readonly chainId: bigint
  readonly blocks: readonly ChainBlock[]
  /** By height. */
  readonly receipts: readonly (readonly ChainReceipt[])[]
  /** Every state of the chain as trie nodes and code, in the layout of our own store. */
  readonly store: Store
}

/** Imports `genesis.json` and `chain.rlp`; throws when a block does not give the roots in its header. */
export async function importChain(folder: string, crypto: Crypto): Promise<ImportedChain> {
  const genesis = JSON.parse(readFileSync(join(folder, 'genesis.json'), 'utf8')) as GethGenesis
  const common = commonOf(genesis, crypto)
  const database = new NodeStore()
  const trie = await createMPT({ db: database as never, useKeyHashing: true, common, valueEncoding: 'view' })
  const stateManager = new MerkleStateManager({ trie, common })
  await stateManager.generateCanonicalGenesis(parseGethGenesisState(genesis))

  const first = genesisBlock(genesis, await stateManager.getStateRoot(), common)
  const blocks: ChainBlock[] = [wholeBlock(first)]
  const receipts: ChainReceipt[][] = [[]]
  const blockchain = {
    getBlock: async (height: number) => blocks[height]!.block,
    putBlock: async () => {},
    shallowCopy: () => blockchain,
  }
  const vm = await createVM({ common, stateManager, blockchain: blockchain as never })
  for (const block of readBlocks(folder, common)) {
    const parent = blocks.at(-1)!.block
    const result = await runBlock(vm, {
      block,
      root: parent.header.stateRoot,
      setHardfork: true,
      skipHeaderValidation: true,
      skipBlockValidation: true,
    })
    blocks.push(wholeBlock(block))
    receipts.push(receiptsOf(block, result, crypto))
  }
  return { chainId: common.chainId(), blocks, receipts, store: database.store }
}

/** The blobs of this chain are never looked at, only their hashes. */
const NO_BLOBS = new Proxy({}, { get: () => () => false })

function commonOf(genesis: GethGenesis, crypto: Crypto): Common {
  const customCrypto = { keccak256: crypto.keccak, ecrecover: crypto.recover, sha256: crypto.sha256, kzg: NO_BLOBS as never }
  return createCommonFromGethGenesis(genesis, { chain: 'execution-apis', customCrypto })
}

function genesisBlock(genesis: GethGenesis, stateRoot: Uint8Array, common: Common): Block {
  const { nonce, timestamp, extraData, gasLimit, difficulty, mixHash, coinbase } = genesis
  const header = {
    nonce: nonce.replace(/^0x/, '0x').padEnd(18, '0'),
    timestamp,
    extraData,
    gasLimit,
    difficulty,
    mixHash,
    coinbase,
    stateRoot,
  }
  return createBlock({ header: header as never }, { common, setHardfork: true })
}

function* readBlocks(folder: string, common: Common): Generator<Block> {
  let rest: Uint8Array = readFileSync(join(folder, 'chain.rlp'))
  while (rest.length > 0) {
    const { data, remainder } = RLP.decode(rest, true)
    yield createBlockFromBytesArray(data as BlockBytes, { common, setHardfork: true })
    rest = remainder
  }
}

function receiptsOf(block: Block, { receipts }: RunBlockResult, crypto: Crypto): ChainReceipt[] {
  const baseFee = block.header.baseFeePerGas ?? 0n
  const records = receipts.map((receipt, index) => {
    const transaction = block.transactions[index]!
    const from = transaction.getSenderAddress()
    return {
      transactionHash: bytesToHex(transaction.hash()),
      type: transaction.type,
      ...('status' in receipt ? { status: receipt.status } : { status: 1 as const, stateRoot: bytesToHex(receipt.stateRoot) }),
      cumulativeGasUsed: receipt.cumulativeBlockGasUsed,
      from: from.toString() as Address,
      to: transaction.to?.toString() as Address | undefined,
      contractAddress: transaction.to ? undefined : createContractAddress(from.toString() as Address, transaction.nonce),
      effectiveGasPrice: baseFee + transaction.getEffectivePriorityFee(baseFee),
      logs: receipt.logs as readonly RawLog[],
    }
  })
  return positioned(records, crypto.keccak)
}
