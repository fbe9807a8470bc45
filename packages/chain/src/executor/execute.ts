import type { Block, BlockHeader } from '@ethereumjs/block'
import type { Common } from '@ethereumjs/common'
import { createVM, type VM } from '@ethereumjs/vm'
import { ADDRESSES } from '@opengradient/contracts/addresses'
import { bytesToHex, hexToBytes, isOgError, OgError } from '@opengradient/protocol'
import type { Transaction } from '../chain.ts'
import { NO_ROOM } from '../consensus/outcome.ts'
import { type ConsensusReport, NOTHING_REPORTED, type ValidatorUpdate } from '../consensus/report.ts'
import type { Crypto } from '../crypto/crypto.ts'
import { Bls } from '../kernels/bls.ts'
import { Bn254 } from '../kernels/bn254.ts'
import { OWN_PRECOMPILES, PRAGUE_PRECOMPILES } from '../precompiles/index.ts'
import { NEW_ACCOUNT } from '../state/account.ts'
import type { Changes, Overlay } from '../state/overlay.ts'
import { type StateParts, type Transition, transition } from '../state/root.ts'
import { keyBytes } from '../state/store.ts'
import { listRoot } from '../trie/list.ts'
import type { FixedCommon } from './common.ts'
import { createContractAddress } from './contractAddress.ts'
import { type Environment, environmentBlock, headerOf } from './environment.ts'
import { makeQuick } from './interpreter/install.ts'
import { bloomOf, encodeReceipt, mergeBloom, type ReceiptRecord } from './receipt.ts'
import { beginBlockData } from './stakingCalls.ts'
import { blockEnd, blockStart, systemCall } from './systemCalls.ts'
import type { Fields } from './transaction/fields.ts'
import { InvalidTransaction, runTransaction, type TransactionResult } from './transaction/run.ts'

/** A transaction that was decoded and found signed by its sender. */
export interface Runnable extends Pick<Transaction, 'raw' | 'hash' | 'sender'> {
  readonly fields: Fields
}

/** A block that has run and is not yet committed. Nothing of it is stored. */
export interface ExecutedBlock {
  readonly header: BlockHeader
  readonly hash: Uint8Array
  readonly receipts: readonly ReceiptRecord[]
  readonly transition: Transition
  readonly included: readonly Runnable[]
  /** Transactions that could not run; they are not in the block. */
  readonly dropped: readonly { readonly hash: Transaction['hash']; readonly reason: string }[]
  /** The call of `Staking` with which it began, if there was something to report: without it the block cannot be run again. */
  readonly report: Uint8Array | undefined
  readonly validatorUpdates: readonly ValidatorUpdate[]
}

/** Hashes of committed blocks, for BLOCKHASH. */
export type BlockHashes = (height: bigint) => Uint8Array | undefined

export interface ExecutorParts extends StateParts {
  readonly overlay: Overlay
  readonly common: FixedCommon
  readonly crypto: Crypto
  readonly blockHash: BlockHashes
  /** Lets the rest of the process run; asked between transactions. */
  readonly pause: () => Promise<void>
}

/** Gas after which a block in execution lets the rest of the process run: about 10 ms of work. */
const GAS_BETWEEN_PAUSES = 1_000_000n

/** Who gets the base fees. */
export const REWARDS: Uint8Array = hexToBytes(ADDRESSES.rewards)

/** An EVM on a state. Expensive to make (half a millisecond); give it another state by resetting the overlay. */
export async function vmOn(overlay: Overlay, common: FixedCommon | Common, blockHash: BlockHashes): Promise<VM> {
  const blockchain = {
    getBlock: async (number: number) => ({ hash: () => blockHash(BigInt(number)) ?? new Uint8Array(32) }),
    putBlock: async () => {},
    shallowCopy: () => blockchain,
  }
  const fixed = 'detached' in common
  const vm = await createVM({
    common: fixed ? common.detached() : common.copy(),
    stateManager: overlay,
    blockchain,
    evmOpts: {
      // Other rules than those of this chain price modular powers differently: they are EthereumJS' own matter.
      customPrecompiles: fixed ? [...OWN_PRECOMPILES, ...PRAGUE_PRECOMPILES] : OWN_PRECOMPILES,
      bls: new Bls(),
    },
  })
  // The option of this name is overwritten by EthereumJS.
  Object.assign(vm.evm, { _bn254: new Bn254() })
  if (fixed) await makeQuick(vm.evm, overlay, common)
  return vm
}

/**
 * Runs a block: system calls, transactions, system calls, then the fees and the roots. The result depends on the state under `parentRoot`,
 * the environment, the transactions and the report, and on nothing else.
 */
export async function executeBlock(
  vm: VM,
  parts: ExecutorParts,
  parentRoot: Uint8Array,
  env: Environment,
  transactions: readonly Runnable[],
  reported: ConsensusReport = NOTHING_REPORTED,
): Promise<ExecutedBlock> {
  const { overlay, common, crypto } = parts
  overlay.reset(parts.base)
  // A block that was given up halfway leaves warm addresses behind.
  vm.evm.journal.cleanJournal()
  const block = environmentBlock(env, common)
  const report = beginBlockData(reported)
  for (const call of blockStart(block, report)) await systemCall(vm, block, call)
  const ran = await runTransactions(vm, parts, block, transactions)
  const validatorUpdates = await blockEnd(vm, block)
  collectFees(overlay, parts, env.baseFee * ran.gasUsed)
  const next = await transition(parentRoot, overlay.changes(), parts)
  const blooms = ran.receipts.map((receipt) => bloomOf(receipt.logs, crypto.keccak))
  const logsBloom = new Uint8Array(256)
  for (const bloom of blooms) mergeBloom(logsBloom, bloom)
  const header = headerOf(env, common, {
    stateRoot: next.root,
    transactionsRoot: listRoot(
      ran.included.map(({ raw }) => raw),
      crypto.keccak,
    ),
    receiptsRoot: listRoot(
      ran.receipts.map((receipt, i) => encodeReceipt(receipt, blooms[i]!)),
      crypto.keccak,
    ),
    logsBloom,
    gasUsed: ran.gasUsed,
  })
  const { receipts, included, dropped } = ran
  // What was looked at need not be held until the next block.
  overlay.reset(parts.base)
  return { header, hash: header.hash(), transition: next, receipts, included, dropped, report, validatorUpdates }
}

interface Ran {
  readonly gasUsed: bigint
  readonly receipts: ReceiptRecord[]
  readonly included: Runnable[]
  readonly dropped: { hash: Transaction['hash']; reason: string }[]
}

async function runTransactions(vm: VM, parts: ExecutorParts, block: Block, transactions: readonly Runnable[]): Promise<Ran> {
  const { gasLimit } = block.header
  const surroundings = { evm: vm.evm, state: parts.overlay, block, crypto: parts.crypto }
  const receipts: ReceiptRecord[] = []
  const included: Runnable[] = []
  const dropped: Ran['dropped'] = []
  /** Senders of which a transaction had no room: those behind it would have the wrong nonces. */
  const crowded = new Set<Transaction['sender']>()
  let gasUsed = 0n
  let pausedAt = 0n
  for (const transaction of transactions) {
    const { hash, sender, fields } = transaction
    if (crowded.has(sender) || fields.gasLimit > gasLimit - gasUsed) {
      crowded.add(sender)
      dropped.push({ hash, reason: NO_ROOM })
      continue
    }
    try {
      const result = await runTransaction(surroundings, fields, hexToBytes(sender))
      gasUsed += result.gasUsed
      included.push(transaction)
      receipts.push(receiptOf(transaction, result, gasUsed))
    } catch (error) {
      if (!(error instanceof InvalidTransaction)) throw unable(hash, error)
      dropped.push({ hash, reason: error.message })
    }
    if (gasUsed - pausedAt >= GAS_BETWEEN_PAUSES) {
      pausedAt = gasUsed
      await parts.pause()
    }
  }
  return { gasUsed, receipts, included, dropped }
}

/**
 * What kept this machine from running a transaction: its disk, its memory, a fault of the software. Its peers may have got on, and a block
 * without the transaction would be another than theirs: the node has to stop.
 */
function unable(hash: Transaction['hash'], cause: unknown): OgError {
  if (isOgError(cause)) return cause
  const why = cause instanceof Error ? cause.message : String(cause)
  const message = `Transaction ${hash} could not be run on this machine: ${why}. No block can follow here. Give the node more memory, or report the fault with this message, and start it again.`
  return new OgError('INTERNAL', message, { cause })
}

function receiptOf({ hash, sender, fields }: Runnable, result: TransactionResult, cumulativeGasUsed: bigint): ReceiptRecord {
  const { type, to, nonce } = fields
  return {
    transactionHash: hash,
    type,
    from: sender,
    to: to && bytesToHex(to),
    contractAddress: to ? undefined : createContractAddress(sender, nonce),
    status: result.failed ? 0 : 1,
    cumulativeGasUsed,
    effectiveGasPrice: result.gasPrice,
    logs: result.logs,
  }
}

/**
 * Credits `Rewards` with every wei that the EVM took out of circulation: the base fees, and what contracts destroyed with themselves.
 * So the supply stays what genesis made it; and an error that made money would show here as less missing than was burned, and stop the node.
 */
function collectFees(overlay: Overlay, parts: ExecutorParts, baseFees: bigint): void {
  const missing = missingWei(overlay.changes(), parts)
  if (missing < baseFees) {
    throw new OgError('CHAIN_BLOCK_INVALID', `The block creates ${baseFees - missing} wei from nothing. This is a fault of the executor.`)
  }
  if (missing > 0n) overlay.credit(REWARDS, missing)
}

/** How much less the changed accounts hold than before, in wei. */
export function missingWei(changes: Changes, { base }: Pick<StateParts, 'base'>): bigint {
  let missing = 0n
  for (const [id, after] of changes.accounts) {
    missing += (base.account(keyBytes(id)) ?? NEW_ACCOUNT).balance - (after ?? NEW_ACCOUNT).balance
  }
  return missing
}
