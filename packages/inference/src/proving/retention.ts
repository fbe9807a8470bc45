import type { Hex } from '@opengradient/protocol'
import { HELD_STATES, OPEN_STATES } from '../journal/entry.ts'
import type { Journal } from '../journal/journal.ts'
import type { ProofQueue } from './queue.ts'
import type { Found, ProofShelf } from './shelf.ts'

/** Jobs that were kept for an answer which was never released (the node died in between): removed. @returns the others */
export async function withoutOrphans(
  found: readonly Found[],
  journal: Pick<Journal, 'find' | 'load'>,
  shelf: Pick<ProofShelf, 'remove'>,
): Promise<Found[]> {
  const kept: Found[] = []
  for (const one of found) {
    const known = journal.find(one.job.requestId)
    const answer = known && journal.load(known)
    if (answer?.receipt.proofRef === one.job.proofRef) kept.push(one)
    else await shelf.remove(one.job.requestId)
  }
  return kept
}

/** Forgets proofs of payments that have been final for a while, and of free answers that are as old. */
export class ProofRetention {
  readonly #finalSince = new Map<Hex, number>()
  readonly #journal: Pick<Journal, 'find'>
  readonly #retentionMs: number

  constructor(journal: Pick<Journal, 'find'>, retentionMs: number) {
    this.#journal = journal
    this.#retentionMs = retentionMs
  }

  /** @param now unix milliseconds @returns how many went */
  async prune(queue: Pick<ProofQueue, 'requests' | 'forget'>, now: number): Promise<number> {
    let gone = 0
    const there = new Set<Hex>()
    for (const { requestId, state } of queue.requests()) {
      there.add(requestId)
      const payment = this.#journal.find(requestId)?.state
      const open = payment !== undefined && (OPEN_STATES.has(payment) || HELD_STATES.has(payment))
      if (open || state === 'queued' || state === 'proving') {
        this.#finalSince.delete(requestId)
        continue
      }
      const since = this.#finalSince.get(requestId) ?? now
      this.#finalSince.set(requestId, since)
      if (now - since < this.#retentionMs) continue
      await queue.forget(requestId)
      gone++
    }
    for (const requestId of this.#finalSince.keys()) if (!there.has(requestId)) this.#finalSince.delete(requestId)
    return gone
  }
}
