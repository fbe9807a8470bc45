import type { Fees, PoolTransaction } from './transaction.ts'

/**
 * The transactions of one sender, at most one per nonce. Those that follow the account's nonce without a gap are
 * executable; the others are queued until the gap closes.
 */
export class SenderQueue {
  readonly #byNonce = new Map<bigint, PoolTransaction>()
  #nonce: bigint
  #next: bigint
  #cost = 0n
  /** What those before `until` offer at least, as far as that was asked for. */
  #least: { readonly until: bigint; readonly fees: Fees } | undefined

  /** @param nonce the account's nonce in the committed state */
  constructor(nonce: bigint) {
    this.#nonce = nonce
    this.#next = nonce
  }

  /** The account's nonce in the committed state: the first nonce that may be used. */
  get nonce(): bigint {
    return this.#nonce
  }

  /** The first nonce that neither the account nor an executable transaction uses. */
  get nextNonce(): bigint {
    return this.#next
  }

  get size(): number {
    return this.#byNonce.size
  }

  /** Whether no transaction waits behind a gap. */
  get allExecutable(): boolean {
    return this.#next - this.#nonce === BigInt(this.#byNonce.size)
  }

  /** The most wei that all transactions may spend together. */
  get maxCost(): bigint {
    return this.#cost
  }

  at(nonce: bigint): PoolTransaction | undefined {
    return this.#byNonce.get(nonce)
  }

  /** The least of each fee that the executable transactions before this nonce offer; undefined if there are none. */
  leastFees(until: bigint): Fees | undefined {
    const end = until < this.#next ? until : this.#next
    const known = this.#least && this.#least.until <= end ? this.#least : undefined
    let fees = known?.fees
    for (let nonce = known?.until ?? this.#nonce; nonce < end; nonce += 1n) fees = lesser(fees, this.at(nonce)!)
    if (fees) this.#least = { until: end, fees }
    return fees
  }

  /** Takes the place of a transaction with the same nonce, which is the account's or higher. */
  put(transaction: PoolTransaction): void {
    this.remove(transaction.nonce)
    this.#byNonce.set(transaction.nonce, transaction)
    this.#cost += transaction.maxCost
    this.#advance()
  }

  remove(nonce: bigint): void {
    const removed = this.#byNonce.get(nonce)
    if (!removed) return
    this.#byNonce.delete(nonce)
    this.#cost -= removed.maxCost
    if (this.#least && nonce < this.#least.until) this.#least = undefined
    if (nonce < this.#next) this.#next = nonce
    this.#advance()
  }

  /** The account's nonce is now at least this: removes and returns the transactions it left behind, which can never run. */
  moveTo(nonce: bigint): PoolTransaction[] {
    if (nonce <= this.#nonce) return []
    this.#nonce = nonce
    this.#least = undefined
    const stale = [...this.#byNonce.values()].filter((transaction) => transaction.nonce < nonce)
    for (const transaction of stale) this.remove(transaction.nonce)
    this.#next = nonce
    this.#advance()
    return stale
  }

  /** The transaction with the highest nonce. */
  last(): PoolTransaction | undefined {
    if (this.allExecutable) return this.#byNonce.get(this.#next - 1n)
    let last: PoolTransaction | undefined
    for (const transaction of this.#byNonce.values()) if (!last || transaction.nonce > last.nonce) last = transaction
    return last
  }

  /** Every transaction, lowest nonce first. */
  all(): PoolTransaction[] {
    return [...this.#byNonce.values()].sort((a, b) => (a.nonce < b.nonce ? -1 : 1))
  }

  /** Executable transactions, lowest nonce first. */
  executable(): PoolTransaction[] {
    return this.all().filter((transaction) => transaction.nonce < this.#next)
  }

  /** Transactions behind a gap, lowest nonce first. */
  queued(): PoolTransaction[] {
    return this.all().filter((transaction) => transaction.nonce > this.#next)
  }

  #advance(): void {
    while (this.#byNonce.has(this.#next)) this.#next += 1n
  }
}

function lesser(fees: Fees | undefined, { maxFeePerGas, maxPriorityFeePerGas }: Fees): Fees {
  if (!fees) return { maxFeePerGas, maxPriorityFeePerGas }
  return {
    maxFeePerGas: fees.maxFeePerGas < maxFeePerGas ? fees.maxFeePerGas : maxFeePerGas,
    maxPriorityFeePerGas: fees.maxPriorityFeePerGas < maxPriorityFeePerGas ? fees.maxPriorityFeePerGas : maxPriorityFeePerGas,
  }
}
