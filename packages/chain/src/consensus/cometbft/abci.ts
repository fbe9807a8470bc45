import type { Transaction, TransactionPool } from '../../chain.ts'
import type { Genesis } from '../../genesis/genesis.ts'
import type { Share } from '../../share.ts'
import type { FairBlock } from '../fairness.ts'
import type { ConsensusApplication, Proposal } from '../port.ts'
import type { AbciApplication } from './application.ts'
import { consensusMethods } from './consensus.ts'
import type { Exclusive } from './exclusive.ts'
import { infoResponse, initChainResponse } from './handshake.ts'
import { Interlude } from './interlude.ts'
import { mempoolMethods } from './mempool.ts'
import type { Outbox } from './outbox.ts'
import type { OwnVotes } from './ownVotes.ts'
import { type SnapshotSource, snapshotMethods } from './snapshots.ts'

export interface AbciParts {
  readonly application: ConsensusApplication
  readonly genesis: Genesis
  readonly pool: TransactionPool
  readonly outbox: Outbox
  readonly exclusive: Exclusive
  readonly snapshots: SnapshotSource
  readonly decode: (raw: Uint8Array) => Transaction
  readonly fairBlock: () => FairBlock
  readonly keccak: (bytes: Uint8Array) => Uint8Array
  /** Whether a CometBFT has come since this was asked last. */
  readonly isNewcomer: () => boolean
  /** Told why a proposal of another validator was refused. */
  readonly onRefused: (proposal: Proposal, why: string) => void
  /** Blocks that CometBFT keeps; undefined keeps all. */
  readonly retainBlocks: bigint | undefined
  /** Told the votes in each block; throws when one of this node's key is not on its record. Looks at none unless said. */
  readonly ownVotes?: OwnVotes
  /** Resolves when a block of this unix second may be proposed. */
  readonly due: (second: bigint) => Promise<void>
  /** Milliseconds, of any beginning; the machine's unless said. */
  readonly now?: () => number
  /** What transactions of peers have of this thread; one of their own unless said. */
  readonly share?: Share
}

/** The node as CometBFT sees it: every method of ABCI in terms of the four functions and the pool. */
export function abciApplication(parts: AbciParts): AbciApplication {
  const { application, genesis, pool, outbox, exclusive, snapshots, decode, fairBlock, keccak, isNewcomer, onRefused, retainBlocks, due } =
    parts
  const interlude = new Interlude(parts.now ?? (() => performance.now()))
  return {
    // In turn: a block that the last connection left in the middle of its commit counts once it is stored.
    info: () =>
      exclusive.look(async () => {
        // CometBFT asks also when somebody asks it (`abci_info` of its RPC).
        if (isNewcomer()) {
          outbox.restart()
          // It was gone: it waits for no commit.
          interlude.end()
        }
        return infoResponse(application)
      }),
    initChain: (request) => exclusive.look(async () => initChainResponse(request, genesis, application)),
    query: () => ({ code: 1, log: 'This node answers questions over its Ethereum JSON-RPC.', height: application.info().height }),
    ...mempoolMethods({ pool, outbox, interlude, share: parts.share, keccak, height: () => application.info().height }),
    ...snapshotMethods(snapshots, exclusive),
    ...consensusMethods({
      application,
      exclusive,
      interlude,
      decode,
      fairBlock,
      refused: onRefused,
      unusable: (senders) => {
        for (const sender of senders) pool.review(sender)
      },
      committed: (height) => outbox.committed(height),
      ownVotes: parts.ownVotes ?? (() => {}),
      retainHeight: (height) => retainHeight(height, retainBlocks),
      due,
    }),
  }
}

/** The lowest block that CometBFT keeps; 0 keeps all. */
const retainHeight = (height: bigint, keep: bigint | undefined): bigint => (keep === undefined || height < keep ? 0n : height - keep + 1n)
