import type { NetworkFile } from '@opengradient/protocol'
import type { Turnstile } from '../call/turnstile.ts'
import type { Chain, ChainBlock, ChainHeader, StoredReceipt } from '../chain.ts'
import type { Keccak } from '../crypto/keccak.ts'
import type { ChainReads } from '../reads.ts'
import type { BlockId } from './codec/blockId.ts'
import { prunedHistory, serverError } from './codec/error.ts'
import type { ParamSpec } from './codec/params.ts'
import type { Filters } from './filters/filters.ts'
import type { Subscriptions } from './filters/subscriptions.ts'
import type { LightBlocks } from './lightBlocks.ts'
import type { RpcLimits } from './limits.ts'
import type { Client } from './method.ts'
import { type Method, method } from './method.ts'

/** What methods work on that run code on committed blocks, in whichever thread. */
export interface ReadContext {
  readonly chain: ChainReads & Pick<Chain, 'restoring'>
  readonly limits: RpcLimits
  /** The way in for simulations and traces. */
  readonly heavy: Turnstile
  /** Milliseconds, of any beginning. */
  readonly now: () => number
  /** Lets the rest of the thread run. */
  readonly pause: () => Promise<void>
}

/** What the methods work on. */
export interface RpcContext extends ReadContext {
  readonly chain: Chain
  readonly filters: Filters
  readonly subscriptions: Subscriptions
  /** The way in for what goes through many blocks. */
  readonly scans: Turnstile
  /** The way in for long answers. */
  readonly long: Turnstile
  /** A tip that gets a transaction in soon, wei per gas. */
  readonly suggestedTip: () => bigint
  /** `web3_clientVersion`. */
  readonly version: string
  /** What a client needs to trust this chain; its `rpcUrls` name this server. */
  readonly networkFile: NetworkFile
  /** Of a node on CometBFT. */
  readonly lightBlocks?: LightBlocks | undefined
}

export type RpcMethod = Method<RpcContext>
export type ReadMethod = Method<ReadContext>

type Handle<T extends readonly unknown[], Context> = (context: Context, params: T, client: Client) => unknown

/** One Ethereum or OpenGradient method: its parameters, and its answer. Refused while there is no chain yet to answer from. */
export const rpcMethod = <T extends readonly unknown[], Context extends ReadContext = RpcContext>(
  spec: ParamSpec<T>,
  handle: Handle<T, Context>,
): Method<Context> =>
  method(spec, (context: Context, params: T, client: Client) => {
    refuseWhileRestoring(context.chain)
    return handle(context, params, client)
  })

/** Throws while there is no chain yet to answer from. */
export function refuseWhileRestoring(chain: Pick<Chain, 'restoring'>): void {
  const height = chain.restoring()
  if (height === undefined) return
  throw serverError(`the node is restoring its state from a snapshot of block ${height}; ask again when eth_syncing answers false`)
}

/** A method that reads nothing of the chain. */
export const plainMethod = <T extends readonly unknown[]>(spec: ParamSpec<T>, handle: Handle<T, RpcContext>): RpcMethod =>
  method(spec, handle)

/** Where blocks are found. */
type BlockReads = Pick<ChainReads, 'head' | 'firstBlock' | 'blockByNumber' | 'blockByHash' | 'headerByNumber'>

/** The block that is meant; undefined when there is none. Committed blocks are final, so every moving tag is the head. */
export function findBlock(chain: BlockReads, id: BlockId): ChainBlock | undefined {
  if ('hash' in id) return chain.blockByHash(id.hash)
  if ('height' in id) return chain.blockByNumber(held(chain, id.height))
  return id.tag === 'earliest' ? chain.blockByNumber(held(chain, 0n)) : chain.head()
}

/** The header of the block that is meant: enough for most methods, and cheaper than the block. */
export function findHeader(chain: BlockReads, id: BlockId): ChainHeader | undefined {
  if ('height' in id) return chain.headerByNumber(held(chain, id.height))
  const found = findBlock(chain, id)
  return found && headerOf(found)
}

/** A height of which the node may have the block; throws for one from before the snapshot with which it began. */
function held(chain: BlockReads, height: bigint): bigint {
  if (height < chain.firstBlock()) throw prunedHistory()
  return height
}

/** The receipts of a block that is here, one by one. Throws for the one of the snapshot with which the node began, and for older ones. */
export function receiptsOf(chain: Chain, height: bigint): Iterable<StoredReceipt> {
  const receipts = chain.eachReceipt(height)
  if (!receipts) throw prunedHistory()
  return receipts
}

/** The header of the block that is meant, for methods that cannot answer without it. */
export function needHeader(chain: BlockReads, id: BlockId): ChainHeader {
  const found = findHeader(chain, id)
  if (!found) throw serverError('header not found')
  return found
}

/** The fast hash of the chain. */
export const keccakOf = ({ common }: Pick<Chain, 'common'>): Keccak => common.customCrypto.keccak256!

/** A block without its transactions. */
export const headerOf = ({ height, hash, block }: ChainBlock): ChainHeader => ({ height, hash, header: block.header })

/** Whether the committed state plus the pool is meant. */
export const isPending = (id: BlockId): boolean => 'tag' in id && id.tag === 'pending'
