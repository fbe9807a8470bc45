import type { Address, Hex } from '@opengradient/protocol'

/** What is known of a payer and a nonce. */
export interface PayerFacts extends Seen {
  nonce: NonceAnswer
}

/** What a payer had when the full node was asked. */
interface Seen {
  /** OPG wei of WOPG. What has been collected since then is not gone from it. */
  balance: bigint
  /** OPG wei that had been collected from the payer when it was asked. */
  settled: bigint
}

/** What the node itself knows of a payer, now. */
export interface PayerHere {
  /** OPG wei collected so far. */
  settled: () => bigint
  /** OPG wei that the payer has to have: for what is open, and for this request. */
  need: () => bigint
  /** Has paid here before. */
  trusted: boolean
}

/** OPG wei that a payer still has, for all that this node knows. */
export const leftOf = (seen: Seen, settledNow: bigint): bigint => {
  const left = seen.balance - (settledNow - seen.settled)
  return left > 0n ? left : 0n
}

/** `unknown` turns into one of the others when the full node has answered. */
export interface NonceAnswer {
  is: 'fresh' | 'used' | 'unknown'
}

export interface PayerReadsOptions {
  /** Asks the full node. */
  read: (account: Address, nonce: Hex) => Promise<{ balance: bigint; nonceUsed: boolean }>
  /** Milliseconds to wait for an answer about a payer who has paid before. */
  patienceMs?: number
  /** Milliseconds for which a balance is good enough when the full node takes its time. */
  balanceMs?: number
}

const MAX_PAYERS = 10_000

/**
 * Reads balance and nonce at the head. A full node is silent while it runs a transaction; it would hold up every request of that time.
 * So for a payer who has paid here before, the wait has an end: the request goes on with the balance last seen, if what is left of that is enough,
 * and the nonce is looked at again before the answer is signed. What is at risk then is one call on credit that the payer has anyway.
 */
export class PayerReads {
  readonly #options: Required<PayerReadsOptions>
  readonly #balances = new Map<Address, Seen & { at: number }>()

  constructor(options: PayerReadsOptions) {
    this.#options = { patienceMs: 1, balanceMs: 10_000, ...options }
  }

  /** @throws OgError `CHAIN_UNREACHABLE` */
  async facts(account: Address, nonce: Hex, { settled, need, trusted }: PayerHere): Promise<PayerFacts> {
    const { read, patienceMs, balanceMs } = this.#options
    const answer: NonceAnswer = { is: 'unknown' }
    const settledBefore = settled()
    const asked = read(account, nonce).then(({ balance, nonceUsed }): Seen => {
      answer.is = nonceUsed ? 'used' : 'fresh'
      const seen = { balance, settled: settledBefore }
      this.#remember(account, seen)
      return seen
    })
    const seen = trusted ? this.#balances.get(account) : undefined
    const isEnough = seen && performance.now() - seen.at <= balanceMs && leftOf(seen, settledBefore) >= need()
    if (!isEnough) return { ...(await asked), nonce: answer }
    asked.catch(() => {})
    const { balance, settled: then } = await orAfter<Seen>(asked, patienceMs, () => seen)
    return { balance, settled: then, nonce: answer }
  }

  #remember(account: Address, seen: Seen): void {
    this.#balances.delete(account)
    this.#balances.set(account, { ...seen, at: performance.now() })
    if (this.#balances.size > MAX_PAYERS) this.#balances.delete(this.#balances.keys().next().value!)
  }
}

/** What a promise gives, or after `ms` something else. */
function orAfter<T>(promise: Promise<T>, ms: number, otherwise: () => T): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(otherwise()), ms)
    promise.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
