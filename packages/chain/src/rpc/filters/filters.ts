import type { Hex } from '@opengradient/protocol'
import type { Chain } from '../../chain.ts'
import { limitExceeded, serverError } from '../codec/error.ts'
import { criteriaBytes, type LogFilter } from '../codec/filter.ts'
import type { RpcLimits } from '../limits.ts'
import type { KeptMemory } from '../method.ts'

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
  readonly memory: KeptMemory | undefined
  seen: bigint
  /** How many transactions of the pool had come when it was asked last. */
  told: number
  polledAt: number
}

/** Hashes of transactions that are kept for all filters together; what came before them a filter misses that is polled too late. */
const MAX_TRANSACTIONS = 10_000
/** HTTP clients have no connection to count by: they share this many times one connection's filters. */
const SHARED_FACTOR = 10
export const SHARED_OWNER = 'http'

/** The filters of all clients. They live in memory: after a restart clients are told "filter not found" and make new ones. */
export class Filters {
  /** Those that were polled last are last. */
  readonly #filters = new Map<Hex, Filter>()
  readonly #held = new Map<string, number>()
  /** The hashes of the last transactions, and how many there have been before them. */
  #transactions: Hex[] = []
  #before = 0
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

  /** Throws `-32005` when the owner has as many filters as allowed. `memory` counts what they are about. */
  add(owner: string, watches: FilterKind, memory?: KeptMemory): Hex {
    this.#expire()
    const max = owner === SHARED_OWNER ? this.#limits.maxFilters * SHARED_FACTOR : this.#limits.maxFilters
    const held = this.#held.get(owner) ?? 0
    if (held >= max)
      throw limitExceeded(`too many filters: at most ${max}; uninstall some, or let them expire after ${this.#limits.filterSeconds} s`)
    const id = this.#newId()
    const { height } = this.#chain.head()
    const told = this.#before + this.#transactions.length
    this.#filters.set(id, { id, owner, watches, memory, seen: height, told, polledAt: this.#now() })
    this.#held.set(owner, held + 1)
    memory?.hold(bytesOf(watches))
    return id
  }

  /** The filter, marked as polled now. Throws "filter not found" as geth does; clients know to make a new one. */
  poll(id: Hex): Filter {
    this.#expire()
    const filter = this.#filters.get(id)
    if (!filter) throw serverError('filter not found')
    filter.polledAt = this.#now()
    this.#filters.delete(id)
    this.#filters.set(id, filter)
    return filter
  }

  /** Hashes of the transactions that came since the filter was asked last: of the last ten thousand. */
  freshTransactions(filter: Filter): Hex[] {
    const fresh = this.#transactions.slice(Math.max(0, filter.told - this.#before))
    filter.told = this.#before + this.#transactions.length
    return fresh.slice(-MAX_TRANSACTIONS)
  }

  /** Whether there was such a filter. */
  remove(id: Hex): boolean {
    const filter = this.#filters.get(id)
    if (!filter) return false
    const { owner, watches, memory } = filter
    memory?.free(bytesOf(watches))
    const held = this.#held.get(owner)! - 1
    if (held > 0) this.#held.set(owner, held)
    else this.#held.delete(owner)
    return this.#filters.delete(id)
  }

  /** Forgets the filters of a connection that closed. */
  removeOwner(owner: string): void {
    if (!this.#held.has(owner)) return
    for (const filter of this.#filters.values()) if (filter.owner === owner) this.remove(filter.id)
  }

  close(): void {
    this.#stop()
    this.#filters.clear()
    this.#held.clear()
    this.#transactions = []
  }

  /** Costs the same however many filters there are. */
  #onTransaction(hash: Hex): void {
    this.#transactions.push(hash)
    if (this.#transactions.length < 2 * MAX_TRANSACTIONS) return
    this.#transactions = this.#transactions.slice(-MAX_TRANSACTIONS)
    this.#before += MAX_TRANSACTIONS
  }

  #expire(): void {
    const oldest = this.#now() - this.#limits.filterSeconds
    for (const { id, polledAt } of this.#filters.values()) {
      if (polledAt >= oldest) return
      this.remove(id)
    }
  }
}

const bytesOf = (watches: FilterKind): number => (watches.kind === 'logs' ? criteriaBytes(watches.filter) : 0)
