import type { Hex } from '@opengradient/protocol'
import type { Chain } from '../../chain.ts'
import { limitExceeded, serverError } from '../codec/error.ts'
import type { LogFilter } from '../codec/filter.ts'
import type { RpcLimits } from '../limits.ts'

/** What a polled filter watches. Log filters may be bounded: blocks outside `from`..`to` never match. */
export type FilterKind =
  | { readonly kind: 'blocks' }
  | { readonly kind: 'transactions' }
  | { readonly kind: 'logs'; readonly filter: LogFilter; readonly from: bigint | undefined; readonly to: bigint | undefined }

/** A polled filter: everything up to block `seen` has been answered. */
export interface Filter {
  readonly id: Hex
  readonly owner: string
  readonly watches: FilterKind
  seen: bigint
  polledAt: number
  /** Hashes of pool transactions since the last poll. */
  readonly transactions: Hex[]
}

/** Hashes kept for a transaction filter between two polls; older ones are dropped. */
const MAX_TRANSACTIONS = 10_000
/** HTTP clients have no connection to count by: they share this many times one connection's filters. */
const SHARED_FACTOR = 10
export const SHARED_OWNER = 'http'

/** The filters of all clients. They live in memory: after a restart clients are told "filter not found" and make new ones. */
export class Filters {
  readonly #filters = new Map<Hex, Filter>()
  readonly #chain: Chain
  readonly #limits: Pick<RpcLimits, 'maxFilters' | 'filterSeconds'>
  readonly #now: () => number
  readonly #newId: () => Hex
  readonly #stop: () => void

  /** @param now unix seconds */
  constructor(chain: Chain, limits: Pick<RpcLimits, 'maxFilters' | 'filterSeconds'>, now: () => number, newId: () => Hex) {
    this.#chain = chain
    this.#limits = limits
    this.#now = now
    this.#newId = newId
    this.#stop = chain.pool.onTransaction(({ hash }) => this.#onTransaction(hash))
  }

  /** Throws `-32005` when the owner has as many filters as allowed. */
  add(owner: string, watches: FilterKind): Hex {
    this.#expire()
    const max = owner === SHARED_OWNER ? this.#limits.maxFilters * SHARED_FACTOR : this.#limits.maxFilters
    const held = [...this.#filters.values()].filter((filter) => filter.owner === owner).length
    if (held >= max)
      throw limitExceeded(`too many filters: at most ${max}; uninstall some, or let them expire after ${this.#limits.filterSeconds} s`)
    const id = this.#newId()
    this.#filters.set(id, { id, owner, watches, seen: this.#chain.head().height, polledAt: this.#now(), transactions: [] })
    return id
  }

  /** The filter, marked as polled now. Throws "filter not found" as geth does; clients know to make a new one. */
  poll(id: Hex): Filter {
    this.#expire()
    const filter = this.#filters.get(id)
    if (!filter) throw serverError('filter not found')
    filter.polledAt = this.#now()
    return filter
  }

  /** Whether there was such a filter. */
  remove(id: Hex): boolean {
    return this.#filters.delete(id)
  }

  /** Forgets the filters of a connection that closed. */
  removeOwner(owner: string): void {
    for (const filter of this.#filters.values()) if (filter.owner === owner) this.#filters.delete(filter.id)
  }

  close(): void {
    this.#stop()
    this.#filters.clear()
  }

  #onTransaction(hash: Hex): void {
    for (const { watches, transactions } of this.#filters.values()) {
      if (watches.kind !== 'transactions') continue
      transactions.push(hash)
      if (transactions.length > MAX_TRANSACTIONS) transactions.shift()
    }
  }

  #expire(): void {
    const oldest = this.#now() - this.#limits.filterSeconds
    for (const filter of this.#filters.values()) if (filter.polledAt < oldest) this.#filters.delete(filter.id)
  }
}
