import type { Address, Commit, Hex } from '@opengradient/protocol'
import type { ChainBlock } from '../chain.ts'
import type { TransactionOutcome } from './outcome.ts'
import type { ConsensusReport, ValidatorUpdate } from './report.ts'

/** A block as it is proposed: what goes in, before anything has run. `time` is unix seconds. */
export interface Proposal {
  readonly height: bigint
  readonly parentHash: Hex
  readonly time: bigint
  /** Who proposes, and gets the tips. */
  readonly proposer: Address
  /** EIP-2718 bytes, in the order in which they run. */
  readonly transactions: readonly Uint8Array[]
  /** About the block before; absent: nothing is reported. */
  readonly report?: ConsensusReport
}

/** A block that has run and waits to be committed. Its hash is the app hash. */
export interface FinalizedBlock {
  readonly height: bigint
  readonly appHash: Hex
  /** Changes of the validator set, in effect from the second block after this one. */
  readonly validatorUpdates: readonly ValidatorUpdate[]
  /** What became of each transaction of the proposal, in their order. */
  readonly outcomes: readonly TransactionOutcome[]
}

/**
 * What a consensus engine drives: the four functions of ABCI 2.0. Called one at a time, in this order for each height (`process` and
 * `finalize` may be repeated for other proposals before `commit`). Nothing is stored before `commit`, and all of it then.
 */
export interface ConsensusApplication {
  /** The last committed height and app hash: where the engine goes on. */
  info(): { readonly height: bigint; readonly appHash: Hex; readonly time: bigint }
  /** The account of the validator with CometBFT's address `consensusAddress` (20 bytes), in the committed state; undefined when nobody ever used it. */
  validatorAccount(consensusAddress: Hex): Address | undefined
  /** A block worth proposing next, at about `now` (unix seconds). */
  prepare(now: bigint, proposer: Address): Proposal
  /** Undefined when the proposal follows from the head by the rules; otherwise what is wrong with it. */
  process(proposal: Proposal): string | undefined
  /** Runs the proposal. Transactions that turn out not to be able to run are left out of the block. */
  finalize(proposal: Proposal): Promise<FinalizedBlock>
  /** Stores the block that was finalized last, and what makes it final if that is known yet, in one atomic write. */
  commit(commit: Commit | undefined): Promise<ChainBlock>
}

/** An engine that decides which blocks become final. */
export interface ConsensusDriver {
  /** Begins to drive; resolves when it can. */
  start(application: ConsensusApplication): void | Promise<void>
  /** Called when transactions wait; absent where blocks come by themselves. */
  wake?(): void
  /** Height of the snapshot with which the node is beginning at the moment. */
  restoring?(): bigint | undefined
  /** Makes one block now; absent where one node alone cannot. */
  mine?(): Promise<ChainBlock>
  /** Lets the block in progress finish, then stops. */
  stop(): Promise<void>
}

/** Time as it is passed in. `now` is unix milliseconds; `after` calls back once and answers how to cancel. */
export interface Clock {
  now(): number
  after(milliseconds: number, callback: () => void): () => void
}

/** The machine's clock. Its timers keep the process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(milliseconds, callback) {
    const timer = setTimeout(callback, milliseconds)
    return () => clearTimeout(timer)
  },
}
