import { ADDRESSES } from '@opengradient/contracts/addresses'
import { bytesToHex, OgError } from '@opengradient/protocol'
import { MAX_BLOCK_TRANSACTIONS } from '../../executor/rules.ts'
import type { ConsensusApplication, Proposal } from '../port.ts'
import type { ConsensusReport, Misbehaviour } from '../report.ts'
import type { RequestOf } from './envelope.ts'
import type { Timestamp } from './types.ts'

type Votes = RequestOf<'finalizeBlock'>['decidedLastCommit']['votes']
type Evidence = RequestOf<'finalizeBlock'>['misbehavior']

/** What `processProposal` and `finalizeBlock` say of a block alike. */
export interface EngineBlock {
  readonly height: bigint
  readonly time: Timestamp
  readonly txs: readonly Uint8Array[]
  readonly proposerAddress: Uint8Array
  readonly votes: Votes
  readonly misbehavior: Evidence
}

/**
 * A block of CometBFT as our proposal: the same height. Its parent is the head, which CometBFT has checked by its app hash. Everything
 * comes from the block and the committed state, so all nodes make the same of it.
 */
export function proposalOf(block: EngineBlock, application: ConsensusApplication): Proposal {
  const { appHash, time } = application.info()
  return {
    height: block.height,
    parentHash: appHash,
    time: blockTime(block.time, time),
    proposer: proposerAccount(block.proposerAddress, application),
    transactions: copied(block.txs),
    report: reportOf(block.votes, block.misbehavior),
  }
}

/**
 * What is remembered of one transaction must not keep the whole message in memory, or a proposer could fill it. Of more than fit into a block,
 * which may be millions, nothing is remembered.
 */
function copied(txs: readonly Uint8Array[]): readonly Uint8Array[] {
  return txs.length > MAX_BLOCK_TRANSACTIONS ? txs : txs.map((tx) => tx.slice())
}

/** Ethereum's time has whole seconds and always moves on: the later of CometBFT's (the median of the votes) cut short, and a second after the parent. */
export function blockTime({ seconds }: Timestamp, parent: bigint): bigint {
  return seconds > parent ? seconds : parent + 1n
}

/** Who gets the tips: the account of the validator. `Rewards`, which shares them among all, while a key belongs to none. */
export function proposerAccount(address: Uint8Array, application: Pick<ConsensusApplication, 'validatorAccount'>): Proposal['proposer'] {
  return application.validatorAccount(bytesToHex(address)) ?? ADDRESSES.rewards
}

/** Who took part in the block before: a vote for nothing (`nil`) is one, too; only an absent one counts as missed, as in the Cosmos SDK. */
export function reportOf(votes: Votes, misbehavior: Evidence): ConsensusReport {
  return {
    votes: votes.map(({ validator, blockIdFlag }) => {
      if (blockIdFlag === 'unknown') throw unknown('vote')
      return { validator: bytesToHex(validator.address), power: validator.power, signed: blockIdFlag !== 'absent' }
    }),
    misbehaviour: misbehavior.map(({ type, validator, height }) => ({
      kind: misbehaviourKind(type),
      validator: bytesToHex(validator.address),
      height,
    })),
  }
}

function misbehaviourKind(type: Evidence[number]['type']): Misbehaviour['kind'] {
  if (type === 'unknown') throw unknown('misbehaviour')
  return type === 'duplicateVote' ? 'doubleSign' : type
}

const unknown = (what: string) =>
  new OgError(
    'CONSENSUS_MESSAGE_INVALID',
    `CometBFT reports a ${what} of a kind that this node does not know. Run the version that it pins.`,
  )
