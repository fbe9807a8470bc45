import type { Hex } from '@opengradient/protocol'
import type { Chain, ChainHeader, Transaction } from '../../chain.ts'
import { headerJson } from '../codec/block.ts'
import { limitExceeded } from '../codec/error.ts'
import { criteriaBytes, type LogCriteria } from '../codec/filter.ts'
import { pendingTransactionText } from '../codec/transaction.ts'
import { headerOf, keccakOf } from '../context.ts'
import { bloomTest } from '../logs/bloom.ts'
import { eachLog } from '../logs/scan.ts'
import { JsonText, type KeptMemory } from '../method.ts'
import { Deliveries, type DeliveriesOptions } from './deliveries.ts'

/** What a subscription streams. `whole`: transactions with all their fields instead of hashes. */
export type Topic =
  | { readonly kind: 'newHeads' }
  | { readonly kind: 'logs'; readonly criteria: LogCriteria }
  | { readonly kind: 'newPendingTransactions'; readonly whole: boolean }

/** The connection of a subscription. */
export interface Listener {
  /** Sends one event of a subscription. */
  readonly push: (subscription: string, result: unknown) => void
  /** Ends the connection: it would miss something. */
  readonly end: () => void
  /** Counts what its subscriptions are about. */
  readonly memory?: KeptMemory | undefined
}

interface Subscription {
  readonly id: Hex
  readonly topic: Topic
  readonly listener: Listener
  /** Whether a block with this bloom may have something for it. */
  readonly mayMatch: (bloom: Uint8Array) => boolean
  /** How many events there had been before it. */
  readonly since: number
}

/** Blocks and transactions that may wait to be told of. Who listens is told all of them in their order, or is disconnected. */
const MAX_WAITING = 10_000
/** Bytes of these together: what the pool may hold once more. */
const MAX_WAITING_BYTES = 64 * 1024 * 1024

/** What the header of a block takes, about. */
const HEADER_BYTES = 2_000

/**
 * The subscriptions of all WebSocket connections, fed by the chain's commits and the pool. Strangers decide how much there is to tell, so
 * it is told in slices, while blocks go on.
 */
export class Subscriptions {
  readonly #byOwner = new Map<string, Map<Hex, Subscription>>()
  readonly #byKind = { newHeads: new Set<Subscription>(), logs: new Set<Subscription>(), newPendingTransactions: new Set<Subscription>() }
  readonly #chain: Chain
  readonly #max: number
  readonly #newId: () => Hex
  readonly #deliveries: Deliveries
  readonly #stops: readonly (() => void)[]
  #events = 0

  constructor(chain: Chain, maxPerConnection: number, newId: () => Hex, delivery: Omit<DeliveriesOptions, 'max' | 'maxBytes'>) {
    this.#chain = chain
    this.#max = maxPerConnection
    this.#newId = newId
    this.#deliveries = new Deliveries({ ...delivery, max: MAX_WAITING, maxBytes: MAX_WAITING_BYTES })
    const { newHeads, logs, newPendingTransactions } = this.#byKind
    this.#stops = [
      chain.onBlock((block) => {
        if (newHeads.size + logs.size > 0) this.#tell(this.#ofBlock(headerOf(block), ++this.#events), HEADER_BYTES)
      }),
      chain.pool.onTransaction((transaction) => {
        if (newPendingTransactions.size > 0) this.#tell(this.#ofTransaction(transaction, ++this.#events), transaction.raw.length)
      }),
    ]
  }

  /** Starts a stream of events from now on. Throws `-32005` when the connection has as many as allowed. */
  add(owner: string, topic: Topic, listener: Listener): Hex {
    const held = this.#byOwner.get(owner) ?? new Map<Hex, Subscription>()
    if (held.size >= this.#max) throw limitExceeded(`too many subscriptions: at most ${this.#max} on one connection`)
    const mayMatch = topic.kind === 'logs' ? bloomTest(topic.criteria, keccakOf(this.#chain)) : () => true
    const subscription = { id: this.#newId(), topic, listener, mayMatch, since: this.#events }
    held.set(subscription.id, subscription)
    this.#byOwner.set(owner, held)
    this.#byKind[topic.kind].add(subscription)
    listener.memory?.hold(bytesOf(topic))
    return subscription.id
  }

  /** Whether the connection had such a subscription. */
  remove(owner: string, id: Hex): boolean {
    const held = this.#byOwner.get(owner)
    const subscription = held?.get(id)
    if (!held || !subscription) return false
    held.delete(id)
    if (held.size === 0) this.#byOwner.delete(owner)
    this.#byKind[subscription.topic.kind].delete(subscription)
    subscription.listener.memory?.free(bytesOf(subscription.topic))
    return true
  }

  /** Ends every stream of a connection that closed. */
  removeOwner(owner: string): void {
    for (const id of [...(this.#byOwner.get(owner)?.keys() ?? [])]) this.remove(owner, id)
  }

  close(): void {
    for (const stop of this.#stops) stop()
    this.#deliveries.clear()
  }

  #tell(work: Iterator<unknown>, bytes: number): void {
    if (this.#deliveries.add(work, bytes)) return
    this.#deliveries.clear()
    for (const listener of new Set([...this.#byOwner.values()].flatMap((held) => [...held.values()].map((one) => one.listener))))
      listener.end()
  }

  *#ofBlock(header: ChainHeader, event: number): Generator<void, void, void> {
    // Written once, however many listen.
    const head = new JsonText(JSON.stringify(headerJson(header)))
    for (const { id, listener, since } of this.#byKind.newHeads) {
      if (since < event) listener.push(id, head)
      yield
    }
    const { logsBloom } = header.header
    for (const { id, topic, listener, mayMatch, since } of this.#byKind.logs) {
      yield
      if (topic.kind !== 'logs' || since >= event || !mayMatch(logsBloom)) continue
      for (const log of eachLog(header, this.#chain.eachReceipt(header.height)!, topic.criteria)) {
        if (log) listener.push(id, log)
        yield
      }
    }
  }

  *#ofTransaction(transaction: Transaction, event: number): Generator<void, void, void> {
    let text: JsonText | undefined
    for (const { id, topic, listener, since } of this.#byKind.newPendingTransactions) {
      const whole = topic.kind === 'newPendingTransactions' && topic.whole
      if (since < event && whole) text ??= yield* this.#written(transaction)
      if (since < event) listener.push(id, whole ? text : transaction.hash)
      yield
    }
  }

  *#written(transaction: Transaction): Generator<void, JsonText, void> {
    const pieces: string[] = []
    for (const piece of pendingTransactionText(transaction, this.#chain.chainId)) {
      pieces.push(piece)
      yield
    }
    return new JsonText(pieces.join(''))
  }
}

const bytesOf = (topic: Topic): number => (topic.kind === 'logs' ? criteriaBytes(topic.criteria) : 0)
