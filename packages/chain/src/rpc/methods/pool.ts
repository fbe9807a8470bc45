import { toChecksumAddress } from '@ethereumjs/util'
import type { Address } from '@opengradient/protocol'
import type { Transaction } from '../../chain.ts'
import { quantity } from '../codec/hex.ts'
import { LongJson } from '../codec/longJson.ts'
import { address, required } from '../codec/params.ts'
import { pendingTransactionText } from '../codec/transaction.ts'
import { type RpcContext, type RpcMethod, rpcMethod } from '../context.ts'
import type { JsonText } from '../method.ts'
import { scanning } from '../scanning.ts'

/** What waits to be included: `pending` can run now, `queued` waits for an earlier nonce of its sender. */
export const poolMethods: Readonly<Record<string, RpcMethod>> = {
  txpool_status: rpcMethod([], ({ chain }) => {
    const { pending, queued } = chain.pool.count()
    return { pending: quantity(pending), queued: quantity(queued) }
  }),

  txpool_content: rpcMethod([], (context) =>
    written(
      context,
      () => context.chain.pool.content(),
      'ask txpool_contentFrom for one sender, txpool_status for how many, or subscribe to newPendingTransactions',
      bySender,
    ),
  ),

  txpool_contentFrom: rpcMethod([required(address)], (context, [sender]) =>
    written(
      context,
      () => context.chain.pool.contentFrom(sender),
      'ask eth_getTransactionByHash for one of them',
      (list) => [{ before: '', list, after: '' }],
    ),
  ),
}

/** Transactions that stand together in braces, by their nonces, and the text around them. */
interface Group {
  readonly before: string
  readonly list: readonly Transaction[]
  readonly after: string
}

interface Waiting {
  readonly pending: readonly Transaction[]
  readonly queued: readonly Transaction[]
}

/** What waits, in groups. Strangers fill the pool: it is written in slices. */
function written(context: RpcContext, look: () => Waiting, remedy: string, grouped: (list: readonly Transaction[]) => readonly Group[]) {
  return scanning(context, async (patience): Promise<JsonText> => {
    const waiting = look()
    const json = new LongJson(patience, context.limits.maxResponseChars, remedy)
    json.expect(leastChars(waiting.pending) + leastChars(waiting.queued))
    for (const [key, head] of [
      ['pending', '{"pending":{'],
      ['queued', '},"queued":{'],
    ] as const) {
      json.add(head)
      for (const { before, list, after } of grouped(waiting[key])) {
        json.add(before)
        await json.lists(list, (transaction) => named(transaction, context.chain.chainId))
        json.add(after)
      }
    }
    json.add('}}')
    return json.finish()
  })
}

function* named(transaction: Transaction, chainId: bigint): Generator<string, void, void> {
  yield `"${transaction.nonce}":`
  yield* pendingTransactionText(transaction, chainId)
}

/** What these take in JSON at least: nearly all of a transaction stands there in hex. */
export const leastChars = (transactions: readonly Transaction[]): number => transactions.reduce((sum, { raw }) => sum + 2 * raw.length, 0)

function bySender(list: readonly Transaction[]): readonly Group[] {
  const senders = new Map<Address, Transaction[]>()
  for (const transaction of list) {
    const own = senders.get(transaction.sender)
    if (own) own.push(transaction)
    else senders.set(transaction.sender, [transaction])
  }
  return [...senders].map(([sender, own], index) => ({
    before: `${index === 0 ? '' : ','}"${toChecksumAddress(sender)}":{`,
    list: own,
    after: '}',
  }))
}
