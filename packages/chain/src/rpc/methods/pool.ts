import { toChecksumAddress } from '@ethereumjs/util'
import type { Address } from '@opengradient/protocol'
import type { Transaction } from '../../chain.ts'
import { quantity } from '../codec/hex.ts'
import { address, required } from '../codec/params.ts'
import { pendingTransactionJson } from '../codec/transaction.ts'
import { type RpcMethod, rpcMethod } from '../context.ts'

/** What waits to be included: `pending` can run now, `queued` waits for an earlier nonce of its sender. */
export const poolMethods: Readonly<Record<string, RpcMethod>> = {
  txpool_status: rpcMethod([], ({ chain }) => {
    const { pending, queued } = chain.pool.content()
    return { pending: quantity(pending.length), queued: quantity(queued.length) }
  }),

  txpool_content: rpcMethod([], ({ chain }) => {
    const { pending, queued } = chain.pool.content()
    return { pending: bySender(pending), queued: bySender(queued) }
  }),

  txpool_contentFrom: rpcMethod([required(address)], ({ chain }, [sender]) => {
    const { pending, queued } = chain.pool.content()
    return { pending: byNonce(ofSender(pending, sender)), queued: byNonce(ofSender(queued, sender)) }
  }),
}

const ofSender = (transactions: readonly Transaction[], sender: Address) => transactions.filter((one) => one.sender === sender)

const byNonce = (transactions: readonly Transaction[]) =>
  Object.fromEntries(transactions.map((transaction) => [transaction.nonce.toString(), pendingTransactionJson(transaction)]))

function bySender(transactions: readonly Transaction[]): Record<string, unknown> {
  const senders = new Map<Address, Transaction[]>()
  for (const transaction of transactions) {
    const own = senders.get(transaction.sender)
    if (own) own.push(transaction)
    else senders.set(transaction.sender, [transaction])
  }
  return Object.fromEntries([...senders].map(([sender, own]) => [toChecksumAddress(sender), byNonce(own)]))
}
