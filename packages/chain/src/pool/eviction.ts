import type { Address } from '@opengradient/protocol'
import { tipOf } from './order.ts'
import type { SenderQueue } from './sender.ts'
import type { PoolTransaction } from './transaction.ts'

/**
 * A transaction as a full pool weighs it. `queued`: behind a nonce gap. `tip`: wei per gas at the next base fee; the least of those that have
 * to be in a block before it and its own, or it could hold its place behind one that no block takes, and never pay for it.
 */
export interface Weighed {
  readonly transaction: PoolTransaction
  readonly queued: boolean
  readonly tip: bigint
}

/** Weighs a transaction of this sender, which may not be in its queue yet. */
export function weigh(transaction: PoolTransaction, sender: SenderQueue, baseFee: bigint): Weighed {
  const queued = transaction.nonce > sender.nextNonce
  const before = queued ? undefined : sender.leastFees(transaction.nonce)
  const [own, least] = [tipOf(transaction, baseFee), before && tipOf(before, baseFee)]
  return { transaction, queued, tip: least !== undefined && least < own ? least : own }
}

/** Whether a full pool gives up `a` before `b`: queued before executable, then the lower tip, then the later arrival. */
export function isWorse(a: Weighed, b: Weighed): boolean {
  if (a.queued !== b.queued) return a.queued
  if (a.tip !== b.tip) return a.tip < b.tip
  return a.transaction.arrival > b.transaction.arrival
}

/** How many of the worst are found at once: to look through all senders for each transaction that comes takes three times as long as to check it. */
const FOUND = 512

/** What a full pool gives up first. Only the last transaction of a sender can go: any other would strand those behind it. */
export class Evictions {
  readonly #senders: ReadonlyMap<Address, SenderQueue>
  /** Of every sender whose last transaction is worse than `#bound`, or was; the worst at the end. */
  #worst: Weighed[] = []
  /** Undefined: of every sender. */
  #bound: Weighed | undefined
  #baseFee: bigint | undefined
  readonly #found: number

  constructor(senders: ReadonlyMap<Address, SenderQueue>, found = FOUND) {
    this.#senders = senders
    this.#found = found
  }

  /** The worst of the pool. */
  next(baseFee: bigint): Weighed | undefined {
    if (baseFee !== this.#baseFee) this.#look(baseFee)
    for (let looked = false; ; ) {
      const candidate = this.#worst.at(-1)
      if (candidate && this.#isCurrent(candidate, baseFee)) return candidate
      if (candidate) this.#worst.pop()
      else if (looked) return undefined
      else {
        this.#look(baseFee)
        looked = true
      }
    }
  }

  /** To be told of each sender whose transactions have become others. */
  changed(sender: Address): void {
    const queue = this.#senders.get(sender)
    const last = queue?.last()
    if (this.#baseFee === undefined) return
    // Or transactions that the pool has given up would be held here.
    const held = this.#worst.findIndex(({ transaction }) => transaction.sender === sender)
    if (held >= 0) this.#worst.splice(held, 1)
    if (!queue || !last) return
    const weighed = weigh(last, queue, this.#baseFee)
    if (this.#bound && !isWorse(weighed, this.#bound)) return
    const at = this.#worst.findIndex((other) => isWorse(other, weighed))
    this.#worst.splice(at < 0 ? this.#worst.length : at, 0, weighed)
    if (this.#worst.length > 2 * this.#found) this.#keep(this.#worst)
  }

  /** Much has changed. */
  forget(): void {
    this.#baseFee = undefined
    this.#worst = []
  }

  /** Whether it is still the last of its sender, and worth no more and no less. */
  #isCurrent({ transaction, queued, tip }: Weighed, baseFee: bigint): boolean {
    const queue = this.#senders.get(transaction.sender)
    if (queue?.last() !== transaction) return false
    const now = weigh(transaction, queue, baseFee)
    return now.queued === queued && now.tip === tip
  }

  #look(baseFee: bigint): void {
    this.#baseFee = baseFee
    const all: Weighed[] = []
    for (const sender of this.#senders.values()) {
      const last = sender.last()
      if (last) all.push(weigh(last, sender, baseFee))
    }
    all.sort((a, b) => (isWorse(a, b) ? 1 : -1))
    this.#bound = undefined
    this.#keep(all)
  }

  /** The worst of these, which are sorted. */
  #keep(sorted: readonly Weighed[]): void {
    this.#bound = sorted.at(-this.#found - 1) ?? this.#bound
    this.#worst = sorted.slice(-this.#found)
  }
}
