import { createBlockHeaderFromRLP } from '@ethereumjs/block'
import { ADDRESSES } from '@opengradient/contracts/addresses'
import { decodeKeyOwner, keyOwnerSlot } from '@opengradient/contracts/slots'
import { type Address, bytesToHex, type Commit, type Hex, hexToBytes, OgError } from '@opengradient/protocol'
import type { ChainBlock, Transaction, TransactionPool } from '../chain.ts'
import type { Crypto } from '../crypto/crypto.ts'
import type { BlockExecutor, BlockResult } from '../executor/blockExecutor.ts'
import type { FixedCommon } from '../executor/common.ts'
import { decodeTransaction } from '../executor/decode.ts'
import { nextBaseFee, nextEnvironment } from '../executor/environment.ts'
import { MAX_BLOCK_BYTES, MAX_BLOCK_TRANSACTIONS } from '../executor/rules.ts'
import { intrinsicGas } from '../executor/transaction/intrinsicGas.ts'
import { lazyBlock } from '../ledger/chainBlock.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { FlatBase } from '../state/base.ts'
import { Lru } from '../state/lru.ts'
import { GasLimits } from './gasLimits.ts'
import { NO_ROOM } from './outcome.ts'
import type { ConsensusApplication, FinalizedBlock, Proposal } from './port.ts'

export interface ApplicationParts {
  readonly executor: BlockExecutor
  readonly base: FlatBase
  readonly crypto: Crypto
  readonly common: FixedCommon
  readonly ledger: Ledger
  readonly pool: Pick<TransactionPool, 'pick' | 'settled' | 'review' | 'get'>
  /** Told after each commit, once the pool knows. */
  readonly committed: (block: ChainBlock) => void
}

/** A block that has run and was not committed yet. */
interface PendingBlock {
  readonly transactions: readonly Transaction[]
  readonly result: BlockResult
}

/** Memory for decoded transactions between `prepare`, `process` and `finalize`, in bytes: enough for a block. */
const DECODED = 16 << 20

const STAKING = hexToBytes(ADDRESSES.staking)

/** The chain's side of consensus: what each of the four functions means here. */
export class Application implements ConsensusApplication {
  readonly #parts: ApplicationParts
  readonly #decoded = new Lru<Transaction>(DECODED, ({ raw }) => 2_000 + 3 * raw.length)
  /** What has been decoded since the last commit, by the bytes themselves: the same are asked for several times on their way to it. */
  #asked = new WeakMap<Uint8Array, Transaction>()
  #pending: PendingBlock | undefined
  readonly #gasLimits = new GasLimits()

  constructor(parts: ApplicationParts) {
    this.#parts = parts
  }

  info(): { height: bigint; appHash: `0x${string}`; time: bigint } {
    const { height, hash, block } = this.#parts.ledger.head
    return { height, appHash: hash, time: block.header.timestamp }
  }

  validatorAccount(consensusAddress: Hex): Address | undefined {
    const word = this.#parts.base.slot(STAKING, hexToBytes(keyOwnerSlot(consensusAddress)))
    return word.length === 0 ? undefined : decodeKeyOwner(BigInt(bytesToHex(word)))
  }

  prepare(now: bigint, proposer: Address): Proposal {
    const { height, hash, block } = this.#parts.ledger.head
    const limits = { gas: this.#gasLimits.allowed(), bytes: MAX_BLOCK_BYTES, baseFee: nextBaseFee(block.header, this.#parts.common) }
    const picked = this.#parts.pool.pick(limits).slice(0, MAX_BLOCK_TRANSACTIONS)
    for (const transaction of picked) this.#decoded.set(transaction.hash, transaction)
    const earliest = block.header.timestamp + 1n
    return {
      height: height + 1n,
      parentHash: hash,
      time: now > earliest ? now : earliest,
      proposer,
      transactions: picked.map(({ raw }) => raw),
    }
  }

  process(proposal: Proposal): string | undefined {
    const { height, hash, block } = this.#parts.ledger.head
    if (proposal.height !== height + 1n) return `its height is ${proposal.height}, not ${height + 1n}`
    if (proposal.parentHash !== hash) return `its parent is ${proposal.parentHash}, not the head ${hash}`
    if (proposal.time <= block.header.timestamp) return `its time ${proposal.time} is not after its parent's ${block.header.timestamp}`
    const count = proposal.transactions.length
    if (count > MAX_BLOCK_TRANSACTIONS) return `it has ${count} transactions, more than the ${MAX_BLOCK_TRANSACTIONS} that there is gas for`
    const bytes = proposal.transactions.reduce((sum, raw) => sum + raw.length, 0)
    if (bytes > MAX_BLOCK_BYTES) return `its transactions have ${bytes} bytes, more than ${MAX_BLOCK_BYTES}`
    return this.#problemWith(proposal.transactions)
  }

  async finalize(proposal: Proposal): Promise<FinalizedBlock> {
    const problem = this.process(proposal)
    if (problem) throw new OgError('CHAIN_BLOCK_INVALID', `The proposed block ${proposal.height} was refused: ${problem}.`)
    const { ledger, executor, common } = this.#parts
    const parent = ledger.head.block.header
    const env = nextEnvironment(parent, common, proposal.time, hexToBytes(proposal.proposer))
    const transactions = proposal.transactions.map((raw) => this.decode(raw))
    this.#pending = undefined
    const result = await executor.run({ parentRoot: parent.stateRoot, env, transactions, report: proposal.report })
    this.#pending = { transactions, result }
    const { hash, validatorUpdates, outcomes } = result
    return { height: proposal.height, appHash: bytesToHex(hash), validatorUpdates, outcomes }
  }

  async commit(commit: Commit | undefined): Promise<ChainBlock> {
    const pending = this.#pending
    if (!pending) throw new OgError('INTERNAL', 'There is no finalized block to commit.')
    const { executor, base, common, ledger, pool, committed } = this.#parts
    const { accounts, slots } = await executor.commit(commit)
    this.#pending = undefined
    base.changed(accounts, slots)
    const { included, dropped, tried } = sorted(pending)
    const header = createBlockHeaderFromRLP(pending.result.header, { common })
    const block = ledger.advance(lazyBlock(header, bytesToHex(pending.result.hash), included, common))
    this.#gasLimits.settled(tried, header.gasUsed)
    for (const { hash } of included) this.#decoded.delete(hash)
    this.#asked = new WeakMap()
    pool.settled(block, included, dropped)
    // Others may have emptied them, or a transaction have come from elsewhere: what cannot be paid would take the place of what can.
    for (const address of accounts) pool.review(bytesToHex(address))
    committed(block)
    return block
  }

  /** The first transaction that cannot be part of any block: malformed, wrongly signed, repeated, or out of its sender's order. */
  #problemWith(transactions: readonly Uint8Array[]): string | undefined {
    const nonces = new Map<Address, bigint>()
    for (const [index, raw] of transactions.entries()) {
      try {
        const { sender, nonce, fields } = this.decode(raw)
        const before = nonces.get(sender)
        if (before !== undefined && nonce <= before) return `transaction ${index} has nonce ${nonce} after ${before} of the same sender`
        if (fields.gasLimit < intrinsicGas(fields).intrinsic) return `transaction ${index} has less gas than it costs to send`
        nonces.set(sender, nonce)
      } catch (error) {
        if (error instanceof OgError && error.code === 'CHAIN_TX_REJECTED') return `transaction ${index}: ${error.message}`
        throw error
      }
    }
    return undefined
  }

  /** The transaction in `raw`, whose sender is recovered once, wherever it is needed. Throws `CHAIN_TX_REJECTED`. */
  decode(raw: Uint8Array): Transaction {
    const asked = this.#asked.get(raw)
    if (asked) return asked
    const { crypto, common, pool } = this.#parts
    const hash = bytesToHex(crypto.keccak(raw))
    let transaction = this.#decoded.get(hash) ?? pool.get(hash)
    if (!transaction) {
      transaction = decodeTransaction(raw, common, crypto)
      this.#decoded.set(hash, transaction)
    }
    this.#asked.set(raw, transaction)
    return transaction
  }
}

/** Which transactions had their turn: those in the block, and those that are not and why. The others may be in another. */
function sorted({ transactions, result: { outcomes } }: PendingBlock) {
  const included: Transaction[] = []
  const dropped: { hash: Hex; reason: string }[] = []
  const tried: Transaction[] = []
  for (const [index, transaction] of transactions.entries()) {
    const outcome = outcomes[index]!
    const reason = outcome.kind === 'leftOut' ? outcome.reason : undefined
    if (reason === NO_ROOM) continue
    tried.push(transaction)
    if (reason === undefined) included.push(transaction)
    else dropped.push({ hash: transaction.hash, reason })
  }
  return { included, dropped, tried }
}
