import type { OgError } from '@opengradient/protocol'
import type { ConsensusDriver } from '../port.ts'
import { type AbciParts, abciApplication } from './abci.ts'
import { Broadcaster } from './broadcaster.ts'
import { broadcastOver } from './engineRpc.ts'
import { Exclusive } from './exclusive.ts'
import type { GenesisValidator } from './genesis.ts'
import { Outbox } from './outbox.ts'
import { type AbciServer, startAbciServer } from './server.ts'
import { NO_SNAPSHOTS, type SnapshotSource } from './snapshots.ts'

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

export interface CometbftParts
  extends CometbftOptions,
    Pick<AbciParts, 'genesis' | 'pool' | 'decode' | 'fairBlock' | 'keccak' | 'onRefused'> {
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
  const { listen, rpc, pool, onFault, validators, retainBlocks, snapshots = NO_SNAPSHOTS } = parts
  const exclusive = new Exclusive(parts.onHalt)
  const outbox = new Outbox(pool)
  let broadcaster: Broadcaster | undefined
  let server: AbciServer | undefined
  return {
    async start(application) {
      const height = () => application.info().height
      broadcaster = new Broadcaster({ outbox, height, broadcast: broadcastOver(rpc), onFailing: parts.onUndelivered })
      const abci = abciApplication({ ...parts, application, exclusive, outbox, snapshots, validators, retainBlocks })
      server = await startAbciServer({ address: listen, application: abci, onFault })
    },
    async stop() {
      const ended = exclusive.end()
      outbox.close()
      await Promise.all([ended, broadcaster?.stop(), server?.close()])
    },
  }
}
