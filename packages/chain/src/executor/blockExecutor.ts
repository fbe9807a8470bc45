import type { Commit } from '@opengradient/protocol'
import type { Transaction } from '../chain.ts'
import type { TransactionOutcome } from '../consensus/outcome.ts'
import type { ConsensusReport, ValidatorUpdate } from '../consensus/report.ts'
import type { Environment } from './environment.ts'

/** A block to run on the committed state. */
export interface BlockOrder {
  readonly parentRoot: Uint8Array
  readonly env: Environment
  readonly transactions: readonly Pick<Transaction, 'raw' | 'hash' | 'sender'>[]
  readonly report?: ConsensusReport | undefined
}

/** What a block has come to. Its transactions are those of the order that were not left out. */
export interface BlockResult {
  /** RLP. */
  readonly header: Uint8Array
  readonly hash: Uint8Array
  /** One for each transaction of the order. */
  readonly outcomes: readonly TransactionOutcome[]
  readonly validatorUpdates: readonly ValidatorUpdate[]
}

/** Where the committed state has changed. */
export interface Touched {
  readonly accounts: readonly Uint8Array[]
  readonly slots: readonly (readonly [address: Uint8Array, slot: Uint8Array])[]
}

/** Runs blocks and stores them, one after the other. It alone writes to the chain's database while it is open. */
export interface BlockExecutor {
  /** Runs a block. It waits to be committed; running another one gives it up. */
  run(order: BlockOrder): Promise<BlockResult>
  /** Stores the block that ran last, and what makes it final if that is known yet, in one atomic write. */
  commit(commit: Commit | undefined): Promise<Touched>
  close(): Promise<void>
}
