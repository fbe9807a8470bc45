import type { NetworkFile } from '@opengradient/protocol'
import type { Turnstile } from '../call/turnstile.ts'
import type { Chain, ChainBlock, ChainHeader, ChainReceipt } from '../chain.ts'
import type { BlockId } from './codec/blockId.ts'
import { prunedHistory, serverError } from './codec/error.ts'
import type { ParamSpec } from './codec/params.ts'
import type { Filters } from './filters/filters.ts'
import type { Subscriptions } from './filters/subscriptions.ts'
import type { LightBlocks } from './lightBlocks.ts'
import type { RpcLimits } from './limits.ts'
import type { Client } from './method.ts'
import { type Method, method } from './method.ts'

/** What the methods work on. */
export interface RpcContext {
  readonly chain: Chain
  readonly filters: Filters
  readonly subscriptions: Subscriptions
  readonly limits: RpcLimits
  /** A tip that gets a transaction in soon, wei per gas. */
  readonly suggestedTip: () => bigint
  /** The way in for simulations and traces. */
  readonly heavy: Turnstile
  /** Milliseconds, of any beginning. */
  readonly now: () => number
  /** Lets the rest of the process run. */
  readonly pause: () => Promise<void>
  /** `web3_clientVersion`. */
  readonly version: string
  /** What a client needs to trust this chain; its `rpcUrls` name this server. */
  readonly networkFile: NetworkFile
  /** Of a node on CometBFT. */
  readonly lightBlocks?: LightBlocks | undefined
}

export type RpcMethod = Method<RpcContext>

type Handle<T extends readonly unknown[]> = (context: RpcContext, params: T, client: Client) => unknown

/** One Ethereum or OpenGradient method: its parameters, and its answer. Refused while there is no chain yet to answer from. */
export const rpcMethod = <T extends readonly unknown[]>(spec: ParamSpec<T>, handle: Handle<T>): RpcMethod =>
  method(spec, (context: RpcContext, params: T, client: Client) => {
    const height = context.chain.restoring()
    if (height !== undefined) {
      throw serverError(`the node is restoring its state from a snapshot of block ${height}; ask again when eth_syncing answers false`)
    }
    return handle(context, params, client)
  })

/** A method that reads nothing of the chain. */
export const plainMethod = <T extends readonly unknown[]>(spec: ParamSpec<T>, handle: Handle<T>): RpcMethod => method(spec, handle)

/** The block that is meant; undefined when there is none. Committed blocks are final, so every moving tag is the head. */
export function findBlock(chain: Chain, id: BlockId): ChainBlock | undefined {
  if ('hash' in id) return chain.blockByHash(id.hash)
  if ('height' in id) return chain.blockByNumber(held(chain, id.height))
  return id.tag === 'earliest' ? chain.blockByNumber(held(chain, 0n)) : chain.head()
}

/** The header of the block that is meant: enough for most methods, and cheaper than the block. */
export function findHeader(chain: Chain, id: BlockId): ChainHeader | undefined {
  if ('height' in id) return chain.headerByNumber(held(chain, id.height))
  const found = findBlock(chain, id)
  return found && headerOf(found)
}

/** A height of which the node may have the block; throws for one from before the snapshot with which it began. */
function held(chain: Chain, height: bigint): bigint {
  if (height < chain.firstBlock()) throw prunedHistory()
  return height
}

/** The receipts of a block that is here. Throws for the one of the snapshot with which the node began, and for older ones. */
export function receiptsOf(chain: Chain, height: bigint): readonly ChainReceipt[] {
  const receipts = chain.receipts(height)
  if (!receipts) throw prunedHistory()
  return receipts
}

/** The header of the block that is meant, for methods that cannot answer without it. */
export function needHeader(chain: Chain, id: BlockId): ChainHeader {
  const found = findHeader(chain, id)
  if (!found) throw serverError('header not found')
  return found
}

/** A block without its transactions. */
export const headerOf = ({ height, hash, block }: ChainBlock): ChainHeader => ({ height, hash, header: block.header })

/** Whether the committed state plus the pool is meant. */
export const isPending = (id: BlockId): boolean => 'tag' in id && id.tag === 'pending'
