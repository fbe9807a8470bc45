import type { Address, Hex } from '@opengradient/protocol'
import type { Authority, BlockLimits, ChainBlock, PoolHost, SenderAccount, Transaction, TransactionPool } from '../chain.ts'
import { MIN_TRANSACTION_GAS } from '../executor/rules.ts'
import { Authorities } from './authorities.ts'
import { Evictions, isWorse, weigh } from './eviction.ts'
import { DEFAULT_POOL_LIMITS, type PoolLimits } from './limits.ts'
import { bestFirst, tipOf } from './order.ts'
import { refuse } from './refusal.ts'
import { checkAgainstState, checkAuthority, checkLent, checkSender, isDelegation, NO_ACCOUNT } from './rules.ts'
import { SenderQueue } from './sender.ts'
import { checkForm, type PoolTransaction, pooled } from './transaction.ts'

/**
 * The transaction pool of a chain: transactions that are signed and payable but not in a block yet. It lives in memory. A node that is
 * stopped keeps what waits for its next start; what one that is killed loses, and no other node has, its senders send again.
 */
export function createPool(host: PoolHost, limits: PoolLimits = DEFAULT_POOL_LIMITS): TransactionPool {
  return new Pool(host, limits)
}

/** The part of a block's bytes for accounts that have lent themselves: one in so many; it has room for the largest transaction. */
const PART_OF_LENT = 4

class Pool implements TransactionPool {
  readonly #host: PoolHost
  readonly #limits: PoolLimits
  readonly #senders = new Map<Address, SenderQueue>()
  readonly #byHash = new Map<Hex, PoolTransaction>()
  readonly #authorities = new Authorities()
  readonly #evictions = new Evictions(this.#senders)
  readonly #waiting = new Set<() => void>()
  readonly #accepted = new Set<(transaction: Transaction) => void>()
  #bytes = 0
  #arrivals = 0

  constructor(host: PoolHost, limits: PoolLimits) {
    this.#host = host
    this.#limits = limits
  }

  async add(raw: Uint8Array): Promise<Hex> {
    const decoded = this.#host.decode(raw)
    if (this.#byHash.has(decoded.hash)) return decoded.hash
    const { leastGas } = checkForm(decoded, this.#host)
    const transaction = pooled(decoded, leastGas, this.#arrivals++, this.#now())
    const queue = this.#check(transaction)
    if (decoded.fields.counts.authorizations === 0) this.#admit(transaction, queue, [])
    else {
      const authorities = await this.#host.authorities(decoded)
      // Much may have happened meanwhile: it may be there itself.
      if (!this.#byHash.has(decoded.hash)) this.#admit(transaction, this.#check(transaction), authorities)
    }
    return decoded.hash
  }

  get(hash: Hex): Transaction | undefined {
    return this.#byHash.get(hash)
  }

  review(sender: Address): void {
    const queue = this.#senders.get(sender)
    if (!queue) return
    // Code may have used nonces of its own or spent the money (EIP-7702). A sender that became a contract stays until its queue expires.
    const account = this.#account(sender)
    this.#advance(queue, account.nonce)
    this.#evictions.changed(sender)
    let left = account.balance
    for (let next = queue.at(queue.nonce); next; next = queue.at(next.nonce + 1n)) {
      left -= next.maxCost
      if (left >= 0n) continue
      this.#remove(next)
      return
    }
  }

  nextNonce(sender: Address): bigint | undefined {
    const queue = this.#senders.get(sender)
    return queue && queue.nextNonce > queue.nonce ? queue.nextNonce : undefined
  }

  content(): { pending: readonly Transaction[]; queued: readonly Transaction[] } {
    const queues = [...this.#senders.values()]
    return { pending: queues.flatMap((queue) => queue.executable()), queued: queues.flatMap((queue) => queue.queued()) }
  }

  contentFrom(sender: Address): { pending: readonly Transaction[]; queued: readonly Transaction[] } {
    const queue = this.#senders.get(sender)
    return { pending: queue?.executable() ?? [], queued: queue?.queued() ?? [] }
  }

  count(): { pending: number; queued: number } {
    let pending = 0
    for (const { nonce, nextNonce } of this.#senders.values()) pending += Number(nextNonce - nonce)
    return { pending, queued: this.#byHash.size - pending }
  }

  pick(limits: BlockLimits): readonly Transaction[] {
    const picked: Transaction[] = []
    let { gas, bytes } = limits
    // What a block has left for the next even if those before it use as little as they can: what wants more could never run behind them, and
    // would take the place of others without paying for it.
    let room = this.#host.blockGasLimit
    // Others may spend the money or the nonces of who has lent itself before its turn, and nobody pays for the place then: one turn, and a part of the bytes.
    let bytesOfLent = bytes / PART_OF_LENT
    const candidates = bestFirst(this.#senders.values(), limits.baseFee)
    for (let step = candidates.next(); !step.done; ) {
      const { gasLimit, leastGas, raw, sender } = step.value
      const lent = this.#isLent(sender, this.#account(sender))
      const fits = gasLimit <= gas && gasLimit <= room && raw.length <= bytes && (!lent || raw.length <= bytesOfLent)
      if (fits) {
        gas -= gasLimit
        room -= leastGas
        bytes -= raw.length
        if (lent) bytesOfLent -= raw.length
        picked.push(step.value)
      }
      if (gas < MIN_TRANSACTION_GAS || room < MIN_TRANSACTION_GAS) break
      step = candidates.next(!fits || lent)
    }
    return picked
  }

  settled(
    _block: ChainBlock,
    included: readonly Pick<Transaction, 'sender' | 'nonce'>[],
    dropped: readonly { readonly hash: Hex; readonly reason: string }[],
  ): void {
    if (this.#byHash.size === 0) return
    this.#evictions.forget()
    for (const { sender, nonce } of included) {
      const queue = this.#senders.get(sender)
      if (queue) this.#advance(queue, nonce + 1n)
    }
    for (const { hash } of dropped) {
      const transaction = this.#byHash.get(hash)
      if (!transaction) continue
      this.#remove(transaction)
      this.review(transaction.sender)
    }
    this.#expire()
  }

  onWaiting(listener: () => void): () => void {
    this.#waiting.add(listener)
    return () => this.#waiting.delete(listener)
  }

  onTransaction(listener: (transaction: Transaction) => void): () => void {
    this.#accepted.add(listener)
    return () => this.#accepted.delete(listener)
  }

  /** Refuses what the state or the sender's other transactions do not allow; answers these. */
  #check(transaction: PoolTransaction): SenderQueue {
    const account = this.#account(transaction.sender)
    checkSender(transaction.sender, account)
    const queue = this.#senders.get(transaction.sender) ?? new SenderQueue(account.nonce)
    this.#advance(queue, account.nonce)
    checkAgainstState(transaction, queue, account.balance, this.#limits)
    if (this.#isLent(transaction.sender, account)) checkLent(transaction, queue, this.#limits)
    return queue
  }

  #admit(transaction: PoolTransaction, queue: SenderQueue, authorities: readonly Authority[]): void {
    for (const { address } of authorities) checkAuthority(address, this.#senders.get(address)?.size ?? 0, this.#limits)
    this.#makeRoom(transaction, queue)
    const executableBefore = queue.nextNonce
    const replaced = queue.at(transaction.nonce)
    if (replaced) this.#forget([replaced])
    queue.put(transaction)
    this.#senders.set(transaction.sender, queue)
    this.#byHash.set(transaction.hash, transaction)
    this.#authorities.add(transaction.hash, authorities)
    this.#bytes += transaction.weight
    this.#evictions.changed(transaction.sender)
    this.#announce(transaction, queue, executableBefore)
  }

  /** Tells listeners about the transaction if it is executable, and about those behind it that it made executable. */
  #announce(transaction: PoolTransaction, queue: SenderQueue, executableBefore: bigint): void {
    if (transaction.nonce >= queue.nextNonce) return
    const fresh = [transaction]
    for (let nonce = transaction.nonce + 1n; nonce >= executableBefore && nonce < queue.nextNonce; nonce += 1n) fresh.push(queue.at(nonce)!)
    this.#tell(fresh)
  }

  /** The account's nonce is now at least this: gives up what can never run, and tells of what could not run before. */
  #advance(queue: SenderQueue, nonce: bigint): void {
    const before = queue.nextNonce
    this.#forget(queue.moveTo(nonce))
    const fresh: PoolTransaction[] = []
    for (let at = before > nonce ? before : nonce; at < queue.nextNonce; at += 1n) fresh.push(queue.at(at)!)
    this.#tell(fresh)
  }

  /** Tells listeners of transactions of one sender that have become executable, in their order. */
  #tell(fresh: readonly PoolTransaction[]): void {
    for (const item of fresh) for (const listener of this.#accepted) listener(item)
    if (fresh[0] && tipOf(fresh[0], this.#host.nextBaseFee()) >= 0n) for (const listener of this.#waiting) listener()
  }

  /** Gives up worse transactions until the new one fits, or refuses it because it is the worst itself. */
  #makeRoom(transaction: PoolTransaction, queue: SenderQueue): void {
    const replaced = queue.at(transaction.nonce)
    const isFull = () =>
      this.#byHash.size + (replaced ? 0 : 1) > this.#limits.maxTransactions ||
      this.#bytes + transaction.weight - (replaced?.weight ?? 0) > this.#limits.maxBytes
    while (isFull()) {
      const baseFee = this.#host.nextBaseFee()
      const victim = this.#evictions.next(baseFee)
      if (!victim || victim.transaction.sender === transaction.sender || !isWorse(victim, weigh(transaction, queue, baseFee))) {
        throw refuse('pool_full', 'txpool is full: try again later, or offer a higher maxPriorityFeePerGas')
      }
      this.#remove(victim.transaction)
    }
  }

  #remove(transaction: PoolTransaction): void {
    this.#senders.get(transaction.sender)?.remove(transaction.nonce)
    this.#forget([transaction])
    this.#evictions.changed(transaction.sender)
  }

  /** Drops transactions, already out of their queue, from the other books. */
  #forget(transactions: readonly PoolTransaction[]): void {
    for (const { hash, weight, sender } of transactions) {
      if (this.#byHash.delete(hash)) this.#bytes -= weight
      this.#authorities.remove(hash)
      if (this.#senders.get(sender)?.size === 0) this.#senders.delete(sender)
    }
  }

  /** Gives up transactions that have waited behind a nonce gap for too long. */
  #expire(): void {
    const oldest = this.#now() - BigInt(this.#limits.queuedSeconds)
    for (const queue of this.#senders.values()) {
      if (queue.allExecutable) continue
      for (const transaction of queue.queued()) if (transaction.since < oldest) this.#remove(transaction)
    }
  }

  /** The sender's account in the state of the head. */
  #account(sender: Address): SenderAccount {
    return this.#host.account(sender) ?? NO_ACCOUNT
  }

  /** Whether the account may be changed by others than its own transactions, now or when one of the pool has run. */
  #isLent(sender: Address, { code, nonce }: SenderAccount): boolean {
    return isDelegation(code) || this.#authorities.mayLend(sender, nonce)
  }

  #now(): bigint {
    return this.#host.head().block.header.timestamp
  }
}
