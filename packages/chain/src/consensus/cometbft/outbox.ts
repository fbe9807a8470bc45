import type { Hex } from '@opengradient/protocol'
import type { Transaction, TransactionPool } from '../../chain.ts'

/** Blocks after which a transaction that is still in the pool is given to CometBFT again, in case it lost it. */
const RESEND_BLOCKS = 30n

/**
 * What of the pool CometBFT does not have yet, by hash: the executable transactions as they come, and again now and then until they are in
 * a block or the pool gave them up. It never holds more than the pool, and nothing is lost as long as the pool holds it.
 */
export class Outbox {
  readonly #pool: TransactionPool
  readonly #stop: () => void
  /** In order of arrival. */
  #waiting = new Set<Hex>()
  /** The height at which CometBFT had each. */
  readonly #delivered = new Map<Hex, bigint>()
  #listener = () => {}

  constructor(pool: TransactionPool) {
    this.#pool = pool
    this.#stop = pool.onTransaction(({ hash }) => this.#wait(hash))
  }

  /** Told whenever something waits. */
  onWaiting(listener: () => void): void {
    this.#listener = listener
  }

  get empty(): boolean {
    return this.#waiting.size === 0
  }

  /** The transactions that have waited longest, so many and of so many bytes at most, though always one if there is any. They go on waiting. */
  next(count: number, maxBytes: number): Transaction[] {
    const found: Transaction[] = []
    let bytes = 0
    for (const hash of this.#waiting) {
      const transaction = this.#pool.get(hash)
      if (!transaction) {
        this.#waiting.delete(hash)
        continue
      }
      bytes += transaction.raw.length
      if (found.length === count || (found.length > 0 && bytes > maxBytes)) break
      found.push(transaction)
    }
    return found
  }

  /** CometBFT has it: from here, or from a peer. */
  delivered(hash: Hex, height: bigint): void {
    this.#waiting.delete(hash)
    if (this.#pool.get(hash)) this.#delivered.set(hash, height)
  }

  /** After each block: forgets what left the pool, and lets wait again what has been in it for long. */
  committed(height: bigint): void {
    for (const [hash, since] of this.#delivered) {
      const held = this.#pool.get(hash) !== undefined
      if (held && height - since < RESEND_BLOCKS) continue
      this.#delivered.delete(hash)
      if (held) this.#wait(hash)
    }
    for (const hash of this.#waiting) if (!this.#pool.get(hash)) this.#waiting.delete(hash)
  }

  /** A CometBFT has come that knows of nothing. */
  restart(): void {
    this.#delivered.clear()
    this.#waiting = new Set(this.#pool.content().pending.map(({ hash }) => hash))
    if (!this.empty) this.#listener()
  }

  close(): void {
    this.#stop()
    this.#waiting.clear()
  }

  #wait(hash: Hex): void {
    this.#waiting.add(hash)
    this.#listener()
  }
}
