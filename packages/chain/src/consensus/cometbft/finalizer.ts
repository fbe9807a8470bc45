import { setImmediate as nextTurn } from 'node:timers/promises'
import { bytesToHex, type Hex } from '@opengradient/protocol'
import type { ConsensusApplication, FinalizedBlock, Proposal } from '../port.ts'
import type { Exclusive } from './exclusive.ts'

/**
 * Runs blocks, each once: a proposal that was accepted runs while the validators still vote on it, and when it is decided its result is
 * there. CometBFT's hash of a block covers everything that goes into ours.
 */
export class Finalizer {
  readonly #application: ConsensusApplication
  readonly #exclusive: Exclusive
  /** The block that ran last, which `commit` would store. */
  #ran: { readonly hash: Hex; readonly finalized: FinalizedBlock } | undefined

  constructor(application: ConsensusApplication, exclusive: Exclusive) {
    this.#application = application
    this.#exclusive = exclusive
  }

  /** Runs an accepted proposal in its turn, after the answer has left. Should it fail, it will fail again if it is decided, and then halt the node. */
  ahead(hash: Uint8Array, proposal: Proposal): void {
    const running = this.#exclusive.look(async () => {
      await nextTurn()
      if (this.#application.info().height + 1n === proposal.height) await this.finalize(hash, proposal)
    })
    running.catch(() => {})
  }

  /** The result of a block. To be called in turn. */
  async finalize(hash: Uint8Array, proposal: Proposal): Promise<FinalizedBlock> {
    const id = bytesToHex(hash)
    if (this.#ran?.hash === id) return this.#ran.finalized
    this.#ran = undefined
    const finalized = await this.#application.finalize(proposal)
    this.#ran = { hash: id, finalized }
    return finalized
  }

  /** Stores the block that ran last. What makes it final is CometBFT's own commit, which is in its next block. */
  async commit(): Promise<bigint> {
    this.#ran = undefined
    return (await this.#application.commit(undefined)).height
  }
}
