import { type Hex, OgError } from '@opengradient/protocol'
import { quantity, type Rpc } from '../chain/rpc.ts'

/** What a keyset is dated by, and its evidence made for. */
export interface Recent {
  /** The block before the newest: a transaction that is tried out on the newest block sees the hashes of those before it only. */
  readonly parent: { readonly number: bigint; readonly hash: Hex }
  /** Of the newest block, unix seconds. */
  readonly timestamp: number
}

/** The newest blocks. @throws OgError `CHAIN_UNREACHABLE` */
export async function recentBlocks(rpc: Pick<Rpc, 'call'>): Promise<Recent> {
  const block = (await rpc.call('eth_getBlockByNumber', ['latest', false])) as Record<string, unknown> | null
  if (!block || typeof block.parentHash !== 'string') throw new OgError('CHAIN_UNREACHABLE', 'the RPC has no latest block')
  const parent = { number: quantity(block.number) - 1n, hash: block.parentHash as Hex }
  return { parent, timestamp: Number(quantity(block.timestamp)) }
}
