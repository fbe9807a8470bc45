import type { Hex } from '@opengradient/protocol'
import type { Chain, ChainBlock, Transaction } from '../../chain.ts'
import { headerJson } from '../codec/block.ts'
import { limitExceeded } from '../codec/error.ts'
import type { LogCriteria } from '../codec/filter.ts'
import { pendingTransactionJson } from '../codec/transaction.ts'
import { headerOf } from '../context.ts'
import { bloomTest } from '../logs/bloom.ts'
import { blockLogs } from '../logs/scan.ts'

/** What a subscription streams. `whole`: transactions with all their fields instead of hashes. */
export type Topic =
  | { readonly kind: 'newHeads' }
  | { readonly kind: 'logs'; readonly criteria: LogCriteria }
  | { readonly kind: 'newPendingTransactions'; readonly whole: boolean }

/** Sends one event of a subscription to its client. */
export type Push = (subscription: string, result: unknown) => void

/** The subscriptions of all WebSocket connections, fed by the chain's commits and the pool. */
export class Subscriptions {
  readonly #byOwner = new Map<string, Map<Hex, () => void>>()
  readonly #chain: Chain
  readonly #max: number
  readonly #newId: () => Hex

  constructor(chain: Chain, maxPerConnection: number, newId: () => Hex) {
    this.#chain = chain
    this.#max = maxPerConnection
    this.#newId = newId
  }

  /** Starts a stream of events from now on. Throws `-32005` when the connection has as many as allowed. */
  add(owner: string, topic: Topic, push: Push): Hex {
    const held = this.#byOwner.get(owner) ?? new Map<Hex, () => void>()
    if (held.size >= this.#max) throw limitExceeded(`too many subscriptions: at most ${this.#max} on one connection`)
    const id = this.#newId()
    held.set(
      id,
      this.#listen(topic, (result) => push(id, result)),
    )
    this.#byOwner.set(owner, held)
    return id
  }

  /** Whether the connection had such a subscription. */
  remove(owner: string, id: Hex): boolean {
    const held = this.#byOwner.get(owner)
    held?.get(id)?.()
    return held?.delete(id) ?? false
  }

  /** Ends every stream of a connection that closed. */
  removeOwner(owner: string): void {
    for (const stop of this.#byOwner.get(owner)?.values() ?? []) stop()
    this.#byOwner.delete(owner)
  }

  #listen(topic: Topic, emit: (result: unknown) => void): () => void {
    if (topic.kind === 'newHeads') return this.#chain.onBlock((block) => emit(headerJson(headerOf(block))))
    if (topic.kind === 'logs') return this.#chain.onBlock(logListener(this.#chain, topic.criteria, emit))
    return this.#chain.pool.onTransaction((transaction: Transaction) =>
      emit(topic.whole ? pendingTransactionJson(transaction) : transaction.hash),
    )
  }
}

function logListener(chain: Pick<Chain, 'receipts'>, criteria: LogCriteria, emit: (result: unknown) => void) {
  const mayMatch = bloomTest(criteria)
  return (block: ChainBlock) => {
    if (!mayMatch(block.block.header.logsBloom)) return
    for (const log of blockLogs(headerOf(block), chain.receipts(block.height)!, criteria)) emit(log)
  }
}
