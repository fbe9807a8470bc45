import type { Hex } from '@opengradient/protocol'
import type { Transaction, TransactionPool } from '../../chain.ts'
import { BUNDLE, BUNDLE_BYTES } from './bundle.ts'

/** Blocks after which a transaction that is still in the pool is given to CometBFT again, unless that says that it has it. */
const RESEND_BLOCKS = 30n

/** How a transaction travels. Alone it is the same message from every node that has it, which CometBFT passes on once. */
type How = { readonly alone: boolean }
const ALONE: How = { alone: true }
const TOGETHER: How = { alone: false }

/**
 * What of the pool CometBFT does not have yet, by hash: the executable transactions as they come, and again when they stay for long: once
 * alone, and as often as CometBFT loses them. It never holds more than the pool, and nothing is lost as long as the pool holds it.
 */
export class Outbox {
  readonly #pool: TransactionPool
  readonly #stop: () => void
  /** In order of arrival. */
  #waiting = new Map<Hex, How>()
  /** The height at which CometBFT was known to have each, and whether it has asked this node about it. */
  readonly #delivered = new Map<Hex, { readonly height: bigint; readonly checked: boolean }>()
  #listener = () => {}

  constructor(pool: TransactionPool) {
    this.#pool = pool
    this.#stop = pool.onTransaction(({ hash }) => {
      // What came from a peer before it could run is on its way to the others.
      if (!this.#delivered.has(hash)) this.#wait(hash, TOGETHER)
    })
  }

  /** Told whenever something waits. */
  onWaiting(listener: () => void): void {
    this.#listener = listener
  }

  get empty(): boolean {
    return this.#waiting.size === 0
  }

  /**
   * The transactions that have waited longest, in bundles: so many of these and of so many bytes together at most, though always one if
   * there is any. They go on waiting.
   */
  next(count: number, maxBytes: number): Transaction[][] {
    const bundles: Transaction[][] = []
    let bytes = 0
    /** What the last bundle has room for. */
    let room = 0
    for (const [hash, { alone }] of this.#waiting) {
      const transaction = this.#pool.get(hash)
      if (!transaction) {
        this.#waiting.delete(hash)
        continue
      }
      const { length } = transaction.raw
      bytes += length
      if (bundles.length > 0 && bytes > maxBytes) break
      const last = bundles.at(-1)
      if (last && !alone && length <= room && last.length < BUNDLE) last.push(transaction)
      else if (bundles.length === count) break
      else {
        bundles.push([transaction])
        room = alone ? 0 : BUNDLE_BYTES
      }
      room -= length
    }
    return bundles
  }

  /** CometBFT was given it from here. */
  delivered(hash: Hex, height: bigint): void {
    this.#has(hash, height, this.isChecked(hash))
  }

  /** CometBFT has it, from here or from a peer, and passes it on. */
  checked(hash: Hex, height: bigint): void {
    this.#has(hash, height, true)
  }

  isChecked(hash: Hex): boolean {
    return this.#pool.get(hash) !== undefined && this.#delivered.get(hash)?.checked === true
  }

  /** CometBFT did not pass on the bundle that it came in: it goes alone. */
  again(hash: Hex): void {
    this.#delivered.delete(hash)
    if (this.#pool.get(hash)) this.#wait(hash, ALONE)
  }

  /** After each block: forgets what left the pool, and lets wait again what has been in it for long and CometBFT may not have. */
  committed(height: bigint): void {
    for (const [hash, since] of this.#delivered) {
      if (this.#pool.get(hash) && height - since.height < RESEND_BLOCKS) continue
      this.again(hash)
    }
    for (const hash of this.#waiting.keys()) if (!this.#pool.get(hash)) this.#waiting.delete(hash)
  }

  /** A CometBFT has come that knows of nothing. */
  restart(): void {
    this.#delivered.clear()
    this.#waiting = new Map(this.#pool.content().pending.map(({ hash }) => [hash, TOGETHER]))
    if (!this.empty) this.#listener()
  }

  close(): void {
    this.#stop()
    this.#waiting.clear()
  }

  #has(hash: Hex, height: bigint, checked: boolean): void {
    this.#waiting.delete(hash)
    if (this.#pool.get(hash)) this.#delivered.set(hash, { height, checked })
  }

  #wait(hash: Hex, how: How): void {
    this.#waiting.set(hash, how)
    this.#listener()
  }
}
