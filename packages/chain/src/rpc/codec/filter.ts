import type { Address, Hex } from '@opengradient/protocol'
import { type BlockId, blockNumberOrTag } from './blockId.ts'
import { invalidParams } from './error.ts'
import { address, type Decoder, hash, listOf, member, record } from './params.ts'

/** Which logs: by address (none named: all) and by topic position (`null`: any; several: one of them). */
export interface LogCriteria {
  readonly addresses: ReadonlySet<Address>
  readonly topics: readonly (ReadonlySet<Hex> | null)[]
}

/** Memory that criteria take while they are kept, in bytes, about. */
export const criteriaBytes = ({ addresses, topics }: LogCriteria): number =>
  topics.reduce((sum, wanted) => sum + (wanted?.size ?? 0), addresses.size) * 200

/** A log query over one block, named by hash, or over a range of blocks, both ends included. */
export type LogFilter = LogCriteria &
  ({ readonly blockHash: Hex } | { readonly from: BlockId | undefined; readonly to: BlockId | undefined })

const MAX_ADDRESSES = 1_000
const MAX_ALTERNATIVES = 1_000
const MAX_TOPICS = 4

const addresses: Decoder<Address[]> = (value, where) =>
  typeof value === 'string' ? [address(value, where)] : listOf(address, MAX_ADDRESSES)(value, where)

const topic: Decoder<ReadonlySet<Hex> | null> = (value, where) => {
  if (value === null) return null
  if (typeof value === 'string') return new Set([hash(value, where)])
  const alternatives = listOf((item, at) => (item === null ? null : hash(item, at)), MAX_ALTERNATIVES)(value, where)
  const named = alternatives.filter((item) => item !== null)
  return named.length === 0 || named.length < alternatives.length ? null : new Set(named)
}

/** The part of a filter that a subscription takes too. */
export const logCriteria: Decoder<LogCriteria> = (value, where) => {
  const object = record(value, where)
  const topics = member(object, 'topics', listOf(topic, MAX_TOPICS), where) ?? []
  return { addresses: new Set(member(object, 'address', addresses, where)), topics }
}

export const logFilter: Decoder<LogFilter> = (value, where) => {
  const object = record(value, where)
  const criteria = logCriteria(value, where)
  const blockHash = member(object, 'blockHash', hash, where)
  const from = member(object, 'fromBlock', blockNumberOrTag, where)
  const to = member(object, 'toBlock', blockNumberOrTag, where)
  if (blockHash === undefined) return { ...criteria, from, to }
  if (from || to) throw invalidParams(`invalid ${where}: cannot specify both BlockHash and FromBlock/ToBlock, choose one or the other`)
  return { ...criteria, blockHash }
}
