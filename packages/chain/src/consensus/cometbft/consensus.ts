import type { Transaction } from '../../chain.ts'
import type { FairBlock } from '../fairness.ts'
import type { ConsensusApplication, Proposal } from '../port.ts'
import type { AbciApplication } from './application.ts'
import type { Exclusive } from './exclusive.ts'
import { Finalizer } from './finalizer.ts'
import type { Interlude } from './interlude.ts'
import type { OwnVotes } from './ownVotes.ts'
import { blockTime, type EngineBlock, proposalOf, proposerAccount } from './proposal.ts'
import { finalizedResponse, framedBytes } from './results.ts'

export interface ConsensusParts {
  readonly application: ConsensusApplication
  readonly decode: (raw: Uint8Array) => Transaction
  readonly fairBlock: () => FairBlock
  readonly exclusive: Exclusive
  readonly interlude: Interlude
  /** Told which senders' transactions the proposer could not use. */
  readonly unusable: (senders: ReadonlySet<Transaction['sender']>) => void
  /** Told why a proposal of another validator was refused. */
  readonly refused: (proposal: Proposal, why: string) => void
  readonly committed: (height: bigint) => void
  /** Throws when the network has votes of this node's key that it does not know of. */
  readonly ownVotes: OwnVotes
  readonly retainHeight: (height: bigint) => bigint
  /** Resolves when a block of this unix second may be proposed. */
  readonly due: (second: bigint) => Promise<void>
}

type ConsensusMethods = Pick<
  AbciApplication,
  'prepareProposal' | 'processProposal' | 'finalizeBlock' | 'commit' | 'extendVote' | 'verifyVoteExtension'
>

/** The consensus connection: what CometBFT asks of a block, in terms of the four functions. */
export function consensusMethods(parts: ConsensusParts): ConsensusMethods {
  const { application, exclusive, interlude, refused, committed, ownVotes, retainHeight, due } = parts
  const finalizer = new Finalizer(application, exclusive)
  return {
    prepareProposal: async ({ time, maxTxBytes, proposerAddress }) => {
      await due(application.info().time + 1n)
      return exclusive.change(async () => {
        const now = blockTime(time, application.info().time)
        const { transactions } = application.prepare(now, proposerAccount(proposerAddress, application))
        return { txs: fairPart(transactions, Number(maxTxBytes), parts) }
      })
    },
    processProposal: ({ proposedLastCommit, ...block }) =>
      exclusive.change(async () => {
        const proposed: EngineBlock = { ...block, votes: proposedLastCommit.votes }
        ownVotes(proposed)
        const proposal = proposalOf(proposed, application)
        const problem = application.process(proposal) ?? unfairness(proposal.transactions, parts)
        if (problem === undefined) {
          finalizer.ahead(block.hash, proposal)
          return { status: 'accept' }
        }
        refused(proposal, problem)
        return { status: 'reject' }
      }),
    finalizeBlock: ({ decidedLastCommit, ...block }) =>
      exclusive.change(async () => {
        const decided: EngineBlock = { ...block, votes: decidedLastCommit.votes }
        ownVotes(decided)
        const finalized = await finalizer.finalize(block.hash, proposalOf(decided, application))
        interlude.begin()
        return finalizedResponse(finalized)
      }),
    commit: () =>
      exclusive.change(async () => {
        interlude.end()
        const height = await finalizer.commit()
        committed(height)
        return { retainHeight: retainHeight(height) }
      }),
    // Vote extensions are not enabled in the parameters: CometBFT never asks.
    extendVote: () => ({}),
    verifyVoteExtension: () => ({ status: 'reject' }),
  }
}

/** Those of the prepared transactions that every validator will accept in this order, as many as fit. */
function fairPart(raws: readonly Uint8Array[], maxBytes: number, { fairBlock, decode, unusable }: ConsensusParts): Uint8Array[] {
  const block = fairBlock()
  const left = new Set<Transaction['sender']>()
  let room = maxBytes
  const fair = raws.filter((raw) => {
    const transaction = decode(raw)
    const size = framedBytes(raw)
    // After one that is left out, the rest of its sender would have the wrong nonces.
    if (left.has(transaction.sender) || size > room || block.take(transaction) !== undefined) {
      left.add(transaction.sender)
      return false
    }
    room -= size
    return true
  })
  if (left.size > 0) unusable(left)
  return fair
}

function unfairness(raws: readonly Uint8Array[], { fairBlock, decode }: ConsensusParts): string | undefined {
  const block = fairBlock()
  for (const [index, raw] of raws.entries()) {
    const problem = block.take(decode(raw))
    if (problem !== undefined) return `transaction ${index}: ${problem}`
  }
  return undefined
}
