import type { OgError } from '@opengradient/protocol'
import type { SnapshotsOptions } from '../../snapshot/index.ts'
import type { ConsensusDriver } from '../port.ts'
import { type AbciParts, abciApplication } from './abci.ts'
import { Broadcaster } from './broadcaster.ts'
import { broadcastOver } from './engineRpc.ts'
import { Exclusive } from './exclusive.ts'
import { Outbox } from './outbox.ts'
import { ownVotes } from './ownVotes.ts'
import { untilSecond } from './pace.ts'
import { type AbciServer, startAbciServer } from './server.ts'

/** How node and CometBFT find each other. */
export interface CometbftOptions {
  /** Where CometBFT finds this node, as in its `proxy_app`: `unix:///path` or `tcp://127.0.0.1:port`. */
  readonly listen: string
  /** CometBFT's RPC, which gets the transactions that come to this node: `http://127.0.0.1:26657`. */
  readonly rpc: string
  /** CometBFT's home, if this node can read it: the node halts before a key votes whose record lacks votes that the network has. */
  readonly home?: string
  /** Blocks that CometBFT keeps for peers who replay; all of them unless said. The node itself keeps every block. */
  readonly retainBlocks?: bigint
  /** Makes at most one block a second as proposer, so that their times do not run ahead of the clock. True unless said: only tests are in a hurry. */
  readonly paced?: boolean
  /** Makes snapshots for nodes that join, in a folder of their own. Every node can begin with one that it is offered. */
  readonly snapshots?: Pick<SnapshotsOptions, 'folder' | 'interval' | 'keep'>
}

export interface CometbftParts
  extends Omit<CometbftOptions, 'snapshots'>,
    Pick<AbciParts, 'genesis' | 'pool' | 'decode' | 'fairBlock' | 'keccak' | 'snapshots' | 'onRefused'> {
  /** Told once when no block can be made any more. */
  readonly onHalt: (error: unknown) => void
  /** Told why a connection of CometBFT was ended; the node waits for the next. */
  readonly onFault: (error: OgError) => void
  /** Told when CometBFT does not take transactions. They wait, and go on when it does. */
  readonly onUndelivered: (why: string) => void
}

/**
 * Consensus by CometBFT, which connects here and drives the chain. When CometBFT goes, the node answers reads and waits for it; when the
 * node fails, it halts, and CometBFT is told why and ends.
 */
export function cometbftDriver(parts: CometbftParts): ConsensusDriver {
  const { listen, rpc, home, pool, onFault, retainBlocks, paced = true } = parts
  const exclusive = new Exclusive(parts.onHalt)
  const outbox = new Outbox(pool)
  let arrived = false
  const isNewcomer = () => {
    const newcomer = arrived
    arrived = false
    return newcomer
  }
  let broadcaster: Broadcaster | undefined
  let server: AbciServer | undefined
  return {
    async start(application) {
      const height = () => application.info().height
      broadcaster = new Broadcaster({ outbox, height, broadcast: broadcastOver(rpc), onFailing: parts.onUndelivered })
      const due = paced ? untilSecond : async () => {}
      const votes = home === undefined ? {} : { ownVotes: ownVotes(home) }
      const abci = abciApplication({ ...parts, ...votes, application, exclusive, outbox, isNewcomer, retainBlocks, due })
      const onNewcomer = () => {
        arrived = true
      }
      server = await startAbciServer({ address: listen, application: abci, onNewcomer, onFault })
    },
    restoring: () => parts.snapshots?.restoring(),
    async stop() {
      const ended = exclusive.end()
      outbox.close()
      await Promise.all([ended, broadcaster?.stop(), server?.close()])
    },
  }
}
