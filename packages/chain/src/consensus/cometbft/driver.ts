import type { OgError } from '@opengradient/protocol'
import { Turnstile } from '../../call/turnstile.ts'
import type { Transaction, TransactionPool } from '../../chain.ts'
import type { Genesis } from '../../genesis/genesis.ts'
import type { FairBlock } from '../fairness.ts'
import type { ConsensusApplication, ConsensusDriver, Proposal } from '../port.ts'
import type { AbciApplication } from './application.ts'
import { Broadcaster } from './broadcaster.ts'
import { consensusMethods } from './consensus.ts'
import { broadcastOver } from './engineRpc.ts'
import type { GenesisValidator } from './genesis.ts'
import { infoResponse, initChainResponse } from './handshake.ts'
import { mempoolMethods } from './mempool.ts'
import { Outbox } from './outbox.ts'
import { type AbciServer, startAbciServer } from './server.ts'
import { NO_SNAPSHOTS, type SnapshotSource, snapshotMethods } from './snapshots.ts'

export interface CometbftOptions {
  /** Where CometBFT finds this node, as in its `proxy_app`: `unix:///path` or `tcp://127.0.0.1:port`. */
  readonly listen: string
  /** CometBFT's RPC, which gets the transactions that come to this node: `http://127.0.0.1:26657`. */
  readonly rpc: string
  /** Those of the genesis file; CometBFT must begin with the same. */
  readonly validators?: readonly GenesisValidator[]
  /** Blocks that CometBFT keeps for peers who replay; all of them unless said. The node itself keeps every block. */
  readonly retainBlocks?: bigint
  readonly snapshots?: SnapshotSource
}

export interface CometbftParts extends CometbftOptions {
  readonly genesis: Genesis
  readonly pool: TransactionPool
  readonly decode: (raw: Uint8Array) => Transaction
  readonly fairBlock: () => FairBlock
  readonly keccak: (bytes: Uint8Array) => Uint8Array
  /** Told once when no block can be made any more. */
  readonly onHalt: (error: unknown) => void
  /** Told why a connection of CometBFT was ended; the node waits for the next. */
  readonly onFault: (error: OgError) => void
  /** Told when CometBFT does not take transactions. They wait, and go on when it does. */
  readonly onUndelivered: (why: string) => void
  /** Told why a proposal of another validator was refused. */
  readonly onRefused: (proposal: Proposal, why: string) => void
}

/**
 * Consensus by CometBFT, which connects here and drives the chain. One call at a time changes the chain, whichever connection it comes
 * from. When CometBFT goes, the node answers reads and waits for it; when the node fails, it halts, and CometBFT is told why and ends.
 */
export function cometbftDriver(parts: CometbftParts): ConsensusDriver {
  const { listen, genesis, validators, pool, keccak, onFault, onHalt, onRefused, snapshots = NO_SNAPSHOTS } = parts
  const turnstile = new Turnstile(1, Number.POSITIVE_INFINITY)
  const outbox = new Outbox(pool)
  let broadcaster: Broadcaster | undefined
  let server: AbciServer | undefined
  let ended: { readonly reason: unknown } | undefined

  function abci(application: ConsensusApplication): AbciApplication {
    const exclusive = <T>(work: () => Promise<T>) => turnstile.through(() => unlessEnded(work))
    return {
      // In turn: a block that the last connection left in the middle of its commit counts once it is stored.
      info: () =>
        turnstile.through(async () => {
          if (ended) throw ended.reason
          outbox.restart()
          return infoResponse(application)
        }),
      initChain: (request) => turnstile.through(async () => initChainResponse(request, genesis, validators, application)),
      query: () => ({ code: 1, log: 'This node answers questions over its Ethereum JSON-RPC.', height: application.info().height }),
      ...mempoolMethods({ pool, outbox, keccak, height: () => application.info().height }),
      ...snapshotMethods(snapshots, exclusive),
      ...consensusMethods({
        application,
        exclusive,
        decode: parts.decode,
        fairBlock: parts.fairBlock,
        refused: onRefused,
        unusable: (senders) => void Promise.all([...senders].map((sender) => pool.review(sender))),
        committed: (height) => outbox.committed(height),
        retainHeight: (height) => retainHeight(height, parts.retainBlocks),
      }),
    }
  }

  /** After a failure nothing may go on: what the node has in memory may not be what is stored. */
  async function unlessEnded<T>(work: () => Promise<T>): Promise<T> {
    if (ended) throw ended.reason
    try {
      return await work()
    } catch (reason) {
      ended = { reason }
      onHalt(reason)
      throw reason
    }
  }

  return {
    async start(application) {
      const height = () => application.info().height
      broadcaster = new Broadcaster({ outbox, height, broadcast: broadcastOver(parts.rpc), onFailing: parts.onUndelivered })
      server = await startAbciServer({ address: listen, application: abci(application), onFault })
    },
    async stop() {
      ended ??= { reason: new Error('the node has stopped') }
      outbox.close()
      await broadcaster?.stop()
      await server?.close()
      await turnstile.through(async () => {})
    },
  }
}

/** The lowest block that CometBFT keeps; 0 keeps all. */
export const retainHeight = (height: bigint, keep: bigint | undefined): bigint =>
  keep === undefined || height < keep ? 0n : height - keep + 1n
