import type { Hex } from '@opengradient/protocol'
import { invalidParams } from './error.ts'
import { boolean, type Decoder, hash, member, record, uint64 } from './params.ts'

/**
 * Which block a request means (EIP-1898). On this chain a committed block is final, so `latest`, `safe` and `finalized`
 * name the same block; `pending` is the committed state plus what the pool holds, where a method makes that distinction.
 */
export type BlockId = { readonly tag: BlockTag } | { readonly height: bigint } | { readonly hash: Hex }
export type BlockTag = 'latest' | 'earliest' | 'pending' | 'safe' | 'finalized'

const TAGS: readonly string[] = ['latest', 'earliest', 'pending', 'safe', 'finalized']

export const LATEST: BlockId = { tag: 'latest' }

/** A block number or a tag: what `eth_getBlockByNumber` and log filters take. */
export const blockNumberOrTag: Decoder<BlockId> = (value, where) => {
  if (typeof value === 'string' && TAGS.includes(value)) return { tag: value as BlockTag }
  return { height: uint64(value, where) }
}

/** A block number, a tag, a hash, or the object of EIP-1898: what every method that reads state takes. */
export const blockId: Decoder<BlockId> = (value, where) => {
  if (typeof value === 'string') return value.length === 66 ? { hash: hash(value, where) } : blockNumberOrTag(value, where)
  const object = record(value, where)
  const blockHash = member(object, 'blockHash', hash, where)
  const blockNumber = member(object, 'blockNumber', blockNumberOrTag, where)
  member(object, 'requireCanonical', boolean, where)
  if (blockHash !== undefined && blockNumber !== undefined)
    throw invalidParams('cannot specify both BlockHash and BlockNumber, choose one or the other')
  if (blockHash !== undefined) return { hash: blockHash }
  if (blockNumber !== undefined) return blockNumber
  throw invalidParams(`invalid ${where}: neither blockHash nor blockNumber is given`)
}
