import { setTimeout as sleep } from 'node:timers/promises'
import { type Hex, leafOf, type MerkleTree, merkleTree, OgError } from '@opengradient/protocol'
import type { StoredBatch } from '../journal/entry.ts'

/** Trees that are kept: some 400 KB each for a batch of 4,096 receipts. */
const KEPT = 16
/** Batches whose trees may wait to be built. */
const WAITING = 64
/** Of the thread's time, one part in so many goes into trees: one takes 10 to 30 ms, and anybody may ask. */
const SHARE = 10

export interface BatchTreesOptions {
  /** Monotonic milliseconds (the system's). */
  readonly now?: () => number
  readonly pause?: (milliseconds: number) => Promise<void>
}

/** The trees of committed batches, for the paths of their receipts: the newest that were asked for are kept, others built one after the other, with pauses. */
export class BatchTrees {
  readonly #now: () => number
  readonly #pause: (milliseconds: number) => Promise<void>
  /** By sequence, the one that was asked for longest ago first. */
  readonly #kept = new Map<bigint, MerkleTree>()
  readonly #coming = new Map<bigint, Promise<MerkleTree>>()
  /** Resolves when the next tree may be built. */
  #free: Promise<void> = Promise.resolve()
  /** The pause after the one that was built last. */
  #rest: Promise<void> = Promise.resolve()

  constructor({
    now = () => performance.now(),
    pause = (milliseconds) => sleep(milliseconds, undefined, { ref: false }),
  }: BatchTreesOptions = {}) {
    this.#now = now
    this.#pause = pause
  }

  /** Leaf and path of a receipt of a committed batch. @throws OgError `NODE_BACKLOG` when too many other batches are asked for at once */
  async place({ batch: { sequence }, receiptHashes }: StoredBatch, receiptHash: Hex): Promise<{ leaf: Hex; path: Hex[] }> {
    const tree = this.#recalled(sequence) ?? (await this.#built(sequence, receiptHashes))
    return { leaf: leafOf(receiptHash), path: tree.path(receiptHashes.indexOf(receiptHash)) }
  }

  #recalled(sequence: bigint): MerkleTree | undefined {
    const tree = this.#kept.get(sequence)
    if (tree && this.#kept.delete(sequence)) this.#kept.set(sequence, tree)
    return tree
  }

  #built(sequence: bigint, receiptHashes: readonly Hex[]): Promise<MerkleTree> {
    const coming = this.#coming.get(sequence)
    if (coming) return coming
    if (this.#coming.size >= WAITING)
      throw new OgError('NODE_BACKLOG', 'Too many batches are asked for at once. Ask again later.', { details: { retryAfterMs: 3_000 } })
    const built = this.#free.then(() => this.#build(sequence, receiptHashes))
    this.#coming.set(sequence, built)
    const done = () => {
      this.#coming.delete(sequence)
      return this.#rest
    }
    this.#free = built.then(done, done)
    return built
  }

  #build(sequence: bigint, receiptHashes: readonly Hex[]): MerkleTree {
    const before = this.#now()
    try {
      const tree = merkleTree(receiptHashes.map(leafOf))
      this.#kept.set(sequence, tree)
      for (const oldest of this.#kept.keys()) if (this.#kept.size > KEPT) this.#kept.delete(oldest)
      return tree
    } finally {
      this.#rest = this.#pause((SHARE - 1) * (this.#now() - before))
    }
  }
}
