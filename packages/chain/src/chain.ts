import type { Block, BlockHeader } from '@ethereumjs/block'
import type { Common } from '@ethereumjs/common'
import type { TypedTransaction } from '@ethereumjs/tx'
import type { VM } from '@ethereumjs/vm'
import type { Address, Commit, Hex } from '@opengradient/protocol'
import type { BlockTime } from './consensus/blockTime.ts'
import type { Fields } from './executor/transaction/fields.ts'
import type { Genesis } from './genesis/genesis.ts'
import type { SimulatedBlock, SimulationLimits, SimulationRequest } from './simulate/request.ts'
import type { Replay } from './trace/replay.ts'

/**
 * A running full node, as the transaction pool and the JSON-RPC server see it.
 *
 * Amounts are wei, times unix seconds, gas and heights bigint. A committed block is final: there are no forks and no
 * reorganisations, so `latest`, `safe` and `finalized` are the same block. Everything here is in one process and may be called at
 * any time; reads never wait for the block that is being executed.
 */
export interface Chain {
  readonly chainId: bigint
  readonly genesis: Genesis
  readonly genesisHash: Hex
  /** EthereumJS rule set (hardfork prague, this chain id, fast hashes); needed to decode and build transactions and blocks. */
  readonly common: Common
  readonly pool: TransactionPool
  /** Folder of the database, which other threads of this process may open to read; absent when it is in memory. */
  readonly dataDir?: string

  /** The last committed block. */
  head(): ChainBlock
  /** Height of the oldest block that is here: 0, or that of the snapshot with which the node began. It has no receipts of that one. */
  firstBlock(): bigint
  /** Height of the snapshot that is being restored; nothing can be read until it is. */
  restoring(): bigint | undefined
  blockByNumber(height: bigint): ChainBlock | undefined
  blockByHash(hash: Hex): ChainBlock | undefined
  /** A committed block without its transactions: much cheaper for old blocks, whose senders need not be recovered. */
  headerByNumber(height: bigint): ChainHeader | undefined
  /** The receipts of a committed block, in the order of its transactions. */
  receipts(height: bigint): readonly ChainReceipt[] | undefined
  /** The same one by one, each read when it is asked for. */
  eachReceipt(height: bigint): Iterable<StoredReceipt> | undefined
  /** What the transactions of a committed block paid for their gas, in their order: a hundredth of the work of its receipts. */
  payments(height: bigint): readonly GasPayment[] | undefined
  /** The 2,048-bit blooms alone, for scanning logs without decoding blocks. */
  logsBloom(height: bigint): Uint8Array | undefined
  /** Where a committed transaction is. */
  locate(transactionHash: Hex): { readonly height: bigint; readonly index: number } | undefined

  /** The validator's signature over a committed block; undefined for block 0, which the genesis hash pins instead. */
  commit(height: bigint): Commit | undefined
  /**
   * How `History` at block `atHeight` proves the hash of block `height` (< atHeight): which of its peaks, and the siblings from
   * the leaf up to it. Undefined when either block is unknown or `height >= atHeight`.
   */
  historyPath(height: bigint, atHeight: bigint): HistoryPath | undefined

  /** The state after a committed block. Recent blocks are read from the flat state, older ones from the tries. */
  state(height: bigint): StateReader
  /**
   * A throw-away EVM on the state after block `height`, in the environment of the next block (or of `env`). Nothing done to it
   * reaches the chain. For traces, simulations and anything else that `call` does not cover.
   */
  sandbox(height: bigint, options?: CallOptions): Promise<Sandbox>
  /** Runs a message on the state after `height` without keeping it. Gas defaults to the block gas limit, balances are not needed when no fee is named. */
  call(request: CallRequest, height: bigint, options?: CallOptions): Promise<CallResult>
  /** The smallest gas limit with which `call` succeeds; a result that is not `success` when none does. */
  estimateGas(request: CallRequest, height: bigint, options?: CallOptions): Promise<CallResult>

  /** A throw-away EVM on the state before a committed block but the first, for running its transactions again. */
  replay(height: bigint): Promise<Replay>
  /** Runs a message like `call`, on an EVM that `watch` is shown before it begins. */
  watchedCall(
    request: CallRequest,
    height: bigint,
    options: CallOptions,
    watch: (replay: Replay, block: Block) => void,
  ): Promise<CallResult>
  /**
   * Makes up blocks after `height` and runs messages in them, without keeping anything. Throws `SimulationRefusal` for what cannot be
   * run as asked, `LimitReached` when it takes too much.
   */
  simulate(request: SimulationRequest, height: bigint, limits: SimulationLimits): Promise<readonly SimulatedBlock[]>

  /** Checks a signed transaction and puts it in the pool. Throws OgError when it is refused. */
  submit(raw: Uint8Array): Promise<Hex>
  /** EIP-1559 base fee of the block after the head, wei per gas. */
  nextBaseFee(): bigint
  /** Called after each commit, in order of height. Returns how to stop listening. */
  onBlock(listener: (block: ChainBlock) => void): () => void
  /** Makes one block now, even an empty one. Only the embedded driver can; absent elsewhere. */
  mine?(): Promise<ChainBlock>
  /** Moves the time of blocks; only on development networks. */
  readonly blockTime?: Pick<BlockTime, 'increase' | 'setNext'>
  /** Why this node has halted (full disk, failed invariant); undefined while it runs. */
  halted(): Error | undefined
  /** Finishes the block being committed and closes the database. */
  close(): Promise<void>
}

/** A committed block. `block.header` and `block.transactions` are EthereumJS values, made and their senders recovered on demand. */
export interface ChainBlock {
  readonly height: bigint
  readonly hash: Hex
  readonly block: Block
  /** Of its transactions, in their order: cheaper than to ask each. */
  readonly hashes: readonly Hex[]
  /** Bytes of the block as RLP. */
  readonly size: number
  /** Its transactions as this chain reads them; absent of blocks that are not of it. */
  readonly included?: readonly ReadTransaction[]
}

/** A transaction of a block; what is more than bytes and hash is read when it is asked for. */
export type ReadTransaction = Pick<Transaction, 'raw' | 'hash' | 'sender' | 'fields'>

/** A committed block without its transactions. */
export interface ChainHeader {
  readonly height: bigint
  readonly hash: Hex
  readonly header: BlockHeader
}

/** One log of a receipt. `index` counts in the block. */
export interface ChainLog {
  readonly address: Address
  readonly topics: readonly Hex[]
  readonly data: Hex
  readonly index: number
}

/** What a transaction did. `gasUsed` is its own, `cumulativeGasUsed` the block's so far. */
export interface ChainReceipt {
  readonly transactionHash: Hex
  readonly transactionIndex: number
  readonly type: number
  readonly from: Address
  readonly to: Address | undefined
  readonly contractAddress: Address | undefined
  readonly status: 0 | 1
  /** In receipts of Ethereum's blocks before Byzantium instead of the status. None of this chain's has one. */
  readonly stateRoot?: Hex
  readonly gasUsed: bigint
  readonly cumulativeGasUsed: bigint
  readonly effectiveGasPrice: bigint
  readonly logsBloom: Hex
  readonly logs: readonly ChainLog[]
}

/** A receipt whose logs are read one by one: there may be a hundred thousand of them. */
export interface StoredReceipt extends Omit<ChainReceipt, 'logs' | 'logsBloom'> {
  /** Number in the block of its first log. */
  readonly firstLog: number
  /** The list of its logs as the receipt has it. */
  readonly logsRlp: Uint8Array
  logs(): Iterable<readonly [address: Uint8Array, topics: readonly Uint8Array[], data: Uint8Array]>
}

/** What a transaction paid for its gas. */
export type GasPayment = Pick<ChainReceipt, 'gasUsed' | 'effectiveGasPrice'>

/** A path in the Merkle mountain range of block hashes: the peak (its height in the range, 0..63) and the siblings, leaf first. */
export interface HistoryPath {
  readonly peak: number
  readonly path: readonly Hex[]
}

/** An account as the state trie holds it. */
export interface AccountView {
  readonly nonce: bigint
  readonly balance: bigint
  readonly storageRoot: Hex
  readonly codeHash: Hex
}

/** Merkle-Patricia proof of one account and some of its slots, EIP-1186. Absent accounts and slots have proofs too. */
export interface AccountProof {
  readonly account: AccountView
  readonly accountProof: readonly Hex[]
  readonly storage: readonly { readonly slot: Hex; readonly value: bigint; readonly proof: readonly Hex[] }[]
}

/** The state after one block. Slots are 32-byte hex. */
export interface StateReader {
  readonly height: bigint
  account(address: Address): Promise<AccountView | undefined>
  code(address: Address): Promise<Uint8Array>
  storage(address: Address, slot: Hex): Promise<bigint>
  proof(address: Address, slots: readonly Hex[]): Promise<AccountProof>
}

/** EIP-2930 access list. */
export type AccessList = readonly { readonly address: Address; readonly storageKeys: readonly Hex[] }[]

/** A message to run: a transaction without a signature. */
export interface CallRequest {
  readonly from?: Address
  readonly to?: Address
  readonly gas?: bigint
  readonly gasPrice?: bigint
  readonly maxFeePerGas?: bigint
  readonly maxPriorityFeePerGas?: bigint
  readonly value?: bigint
  readonly data?: Uint8Array
  readonly accessList?: AccessList
  readonly authorizationList?: readonly {
    readonly chainId: bigint
    readonly address: Address
    readonly nonce: bigint
    readonly yParity: bigint
    readonly r: bigint
    readonly s: bigint
  }[]
}

/** Changes to one account for the time of a call. `state` replaces the whole storage, `stateDiff` single slots. */
export interface AccountOverride {
  readonly balance?: bigint
  readonly nonce?: bigint
  readonly code?: Uint8Array
  readonly state?: ReadonlyMap<Hex, Hex>
  readonly stateDiff?: ReadonlyMap<Hex, Hex>
  /** In simulations: the precompile at this address answers there instead. */
  readonly movePrecompileTo?: Address
}

/** The block environment that code sees. What is absent is as in the block after the state's. */
export interface BlockOverride {
  readonly number?: bigint
  readonly time?: bigint
  readonly gasLimit?: bigint
  readonly feeRecipient?: Address
  readonly prevRandao?: Hex
  readonly baseFeePerGas?: bigint
}

/** How a call differs from a transaction in the next block. */
export interface CallOptions {
  readonly overrides?: ReadonlyMap<Address, AccountOverride>
  readonly block?: BlockOverride
  /** Run in the environment of the state's own block instead of the next one. */
  readonly sameBlock?: boolean
  /** Collect the accounts and slots that were touched (`eth_createAccessList`). */
  readonly accessList?: boolean
}

/** `revert`: the code said no, `returnData` holds why. `halt`: an EVM fault, `error` names it. Either way the gas is known. */
export interface CallResult {
  readonly status: 'success' | 'revert' | 'halt'
  readonly gasUsed: bigint
  readonly returnData: Uint8Array
  readonly error?: string
  readonly logs: readonly Omit<ChainLog, 'index'>[]
  readonly accessList?: AccessList
}

/** A throw-away EVM (`runTx(vm, { tx, block })`, `vm.evm.runCall`) and the block it believes to be in. */
export interface Sandbox {
  readonly vm: VM
  readonly block: Block
}

/** A decoded, correctly signed transaction. `hash` is keccak256 of `raw`. */
export interface Transaction {
  readonly hash: Hex
  readonly sender: Address
  readonly nonce: bigint
  readonly raw: Uint8Array
  readonly fields: Fields
  /** As EthereumJS has it. Made when first asked for, which takes as long as everything else that is done to a transaction on its way. */
  readonly inner: TypedTransaction
}

/** What may go into one block. `baseFee` in wei per gas. */
export interface BlockLimits {
  readonly gas: bigint
  readonly bytes: number
  readonly baseFee: bigint
}

/** Where consensus takes transactions from. */
export interface TransactionSource {
  /** The best transactions that fit, each sender's in nonce order without gaps. Picking removes nothing. */
  pick(limits: BlockLimits): readonly Transaction[]
  /** A block was committed: `included` are in it; `dropped` were picked and could not run. Called before `onBlock` listeners. */
  settled(
    block: ChainBlock,
    included: readonly Pick<Transaction, 'sender' | 'nonce'>[],
    dropped: readonly { readonly hash: Hex; readonly reason: string }[],
  ): void
  /** Calls back whenever something that `pick` would return arrives. Returns how to stop listening. */
  onWaiting(listener: () => void): () => void
}

/** The transaction pool: a source for consensus, and the pending side of JSON-RPC. */
export interface TransactionPool extends TransactionSource {
  /** Validates against the head's state and keeps the transaction. Throws OgError when refused; answers its hash when already held. */
  add(raw: Uint8Array): Promise<Hex>
  get(hash: Hex): Transaction | undefined
  /** Reads a sender's account again, because it has changed, or what was picked of it could not be used, and gives up what can no longer run. */
  review(sender: Address): void
  /** The nonce after the sender's last executable pooled transaction; undefined when it has none. */
  nextNonce(sender: Address): bigint | undefined
  /** Everything held: runnable now, and waiting for an earlier nonce. */
  content(): { readonly pending: readonly Transaction[]; readonly queued: readonly Transaction[] }
  /** What is held of one sender. */
  contentFrom(sender: Address): { readonly pending: readonly Transaction[]; readonly queued: readonly Transaction[] }
  /** How many `content` would answer. */
  count(): { readonly pending: number; readonly queued: number }
  /** Called for each newly accepted executable transaction. Returns how to stop listening. */
  onTransaction(listener: (transaction: Transaction) => void): () => void
}

/** What the pool looks at of an account. `balance` in wei; `code` is empty for all but contracts and EIP-7702 delegations. */
export interface SenderAccount {
  readonly nonce: bigint
  readonly balance: bigint
  readonly code: Uint8Array
}

/** Who has authorized that its account have the code of another, if the account's nonce is this when its turn comes (EIP-7702). */
export interface Authority {
  readonly address: Address
  readonly nonce: bigint
}

/** What a pool may ask of its chain. `decode` refuses malformed, wrongly signed, foreign-chain and blob transactions with OgError. */
export interface PoolHost {
  readonly chainId: bigint
  readonly common: Common
  readonly blockGasLimit: bigint
  /** The base fee never falls below this, wei per gas. */
  readonly minBaseFee: bigint
  head(): ChainBlock
  /** An account after the head, read at once; undefined when the state does not know it. */
  account(address: Address): SenderAccount | undefined
  nextBaseFee(): bigint
  decode(raw: Uint8Array): Transaction
  /** Those whose authorizations in the transaction may count on this chain. Recovers the key of each: as dear as to decode so many transactions, though the thread does other things meanwhile. */
  authorities(transaction: Transaction): Promise<readonly Authority[]>
}

/** Makes the pool of a chain; given to `createChain`. */
export type PoolFactory = (host: PoolHost) => TransactionPool
