import type { Hex } from '@opengradient/protocol'
import { invalidParams, serverError } from '../codec/error.ts'
import { type LogFilter, logCriteria, logFilter } from '../codec/filter.ts'
import { data } from '../codec/hex.ts'
import { bytes, type Decoder, optional, required, string } from '../codec/params.ts'
import { type RpcContext, type RpcMethod, rpcMethod } from '../context.ts'
import type { Filter, FilterKind } from '../filters/filters.ts'
import type { Topic } from '../filters/subscriptions.ts'
import { queryLogs, rangeEnd } from '../logs/query.ts'
import { scanLogs } from '../logs/scan.ts'
import type { JsonText } from '../method.ts'
import { scanning } from '../scanning.ts'

const id: Decoder<Hex> = (value, where) => data(bytes(value, where))

/** Watching: filters that are polled, and subscriptions that a WebSocket connection is told about. */
export const filterMethods: Readonly<Record<string, RpcMethod>> = {
  eth_newBlockFilter: rpcMethod([], ({ filters }, _, { owner }) => filters.add(owner, { kind: 'blocks' })),
  eth_newPendingTransactionFilter: rpcMethod([], ({ filters }, _, { owner }) => filters.add(owner, { kind: 'transactions' })),
  eth_newFilter: rpcMethod([required(logFilter)], (context, [filter], { owner, memory }) =>
    context.filters.add(owner, watchLogs(context, filter), memory),
  ),

  eth_getFilterChanges: rpcMethod([required(id)], (context, [wanted]) => changes(context, context.filters.poll(wanted))),

  eth_getFilterLogs: rpcMethod([required(id)], (context, [wanted]) => {
    const { watches } = context.filters.poll(wanted)
    if (watches.kind !== 'logs') throw serverError('filter is not a log filter')
    return queryLogs(context, watches.filter)
  }),

  eth_uninstallFilter: rpcMethod([required(id)], ({ filters }, [wanted]) => filters.remove(wanted)),

  eth_subscribe: rpcMethod(
    [required(string), optional((option) => option)],
    ({ subscriptions }, [kind, option], { owner, push, end, memory }) => {
      if (!push || !end) throw serverError('notifications not supported: subscribe over WebSocket')
      return subscriptions.add(owner, topic(kind, option), { push, end, memory })
    },
  ),

  eth_unsubscribe: rpcMethod([required(id)], ({ subscriptions }, [wanted], { owner }) => {
    if (!subscriptions.remove(owner, wanted)) throw serverError('subscription not found')
    return true
  }),
}

/** A filter over a range that has begun or begins later; one block by its hash never changes and cannot be watched. */
function watchLogs({ chain }: RpcContext, filter: LogFilter): FilterKind {
  if ('blockHash' in filter) throw invalidParams('invalid argument 0: a filter over one block never changes; use eth_getLogs')
  const bound = (end: typeof filter.from) => (end && !('tag' in end && end.tag !== 'earliest') ? rangeEnd(chain, end) : undefined)
  const [from, to] = [bound(filter.from), bound(filter.to)]
  if (from !== undefined && to !== undefined && from > to) throw invalidParams('invalid block range params')
  return { kind: 'logs', filter, from, to }
}

/** What happened since the last poll. */
async function changes(context: RpcContext, filter: Filter): Promise<readonly Hex[] | JsonText> {
  const { chain, limits } = context
  if (filter.watches.kind === 'transactions') return context.filters.freshTransactions(filter)
  const head = chain.head().height
  const before = filter.seen
  filter.seen = head
  if (filter.watches.kind === 'blocks') return hashes(chain, before + 1n, head)
  const { from, to, filter: criteria } = filter.watches
  const first = from !== undefined && from > before ? from : before + 1n
  const last = to !== undefined && to < head ? to : head
  try {
    return first > last ? [] : await scanning(context, (patience) => scanLogs(chain, criteria, first, last, limits, patience))
  } catch (error) {
    // What was not answered is still new.
    filter.seen = before
    throw error
  }
}

function hashes(chain: RpcContext['chain'], from: bigint, to: bigint): Hex[] {
  const found: Hex[] = []
  for (let height = from; height <= to; height += 1n) {
    const block = chain.headerByNumber(height)
    if (block) found.push(block.hash)
  }
  return found
}

function topic(kind: string, option: unknown): Topic {
  if (kind === 'newHeads') return { kind }
  if (kind === 'logs') return { kind, criteria: logCriteria(option ?? {}, 'argument 1') }
  if (kind === 'newPendingTransactions') return { kind, whole: option === true }
  throw invalidParams(`no "${kind}" subscription in eth namespace`)
}
