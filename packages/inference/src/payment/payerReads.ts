import type { Address, Hex } from '@opengradient/protocol'

/** What is known of a payer and a nonce. */
export interface PayerFacts {
  /** OPG wei of WOPG. */
  balance: bigint
  nonce: NonceAnswer
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
 * So for a payer who has paid here before, the wait has an end: the request goes on with the balance last seen, and the nonce is
 * looked at again before the answer is signed. What is at risk then is one call on credit that the payer has anyway.
 */
export class PayerReads {
  readonly #options: Required<PayerReadsOptions>
  readonly #balances = new Map<Address, { balance: bigint; at: number }>()

  constructor(options: PayerReadsOptions) {
    this.#options = { patienceMs: 1, balanceMs: 10_000, ...options }
  }

  /** @param trusted the payer has paid here before @throws OgError `CHAIN_UNREACHABLE` */
  async facts(account: Address, nonce: Hex, trusted: boolean): Promise<PayerFacts> {
    const { read, patienceMs, balanceMs } = this.#options
    const answer: NonceAnswer = { is: 'unknown' }
    const asked = read(account, nonce).then(({ balance, nonceUsed }) => {
      answer.is = nonceUsed ? 'used' : 'fresh'
      this.#remember(account, balance)
      return balance
    })
    const seen = trusted ? this.#balances.get(account) : undefined
    if (!seen || performance.now() - seen.at > balanceMs) return { balance: await asked, nonce: answer }
    asked.catch(() => {})
    return { balance: await orAfter(asked, patienceMs, () => seen.balance), nonce: answer }
  }

  #remember(account: Address, balance: bigint): void {
    this.#balances.delete(account)
    this.#balances.set(account, { balance, at: performance.now() })
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
