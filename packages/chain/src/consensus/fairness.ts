import type { Address } from '@opengradient/protocol'
import { OgError } from '@opengradient/protocol'
import type { Transaction } from '../chain.ts'
import { checkForm, type FormRules } from '../pool/transaction.ts'

/** The committed state that a block builds on. Fees are wei per gas. */
export interface FairView {
  readonly baseFee: bigint
  readonly rules: FormRules
  account(address: Address): { readonly nonce: bigint; readonly balance: bigint } | undefined
}

/**
 * The transactions that a fair proposer could put in a block, taken one by one: those that could run if nothing else happened in the block.
 * Stricter than running them, which leaves out what cannot run: space in a block is for those who pay for it. Depends on the committed
 * state and the transactions alone, so that all validators come to the same result; what an honest node prepares has passed it. The gas limits
 * together may be more than a block has: what a transaction uses decides, and only its first part is known before it ran.
 */
export class FairBlock {
  readonly #view: FairView
  readonly #senders = new Map<Address, { nonce: bigint; balance: bigint }>()

  constructor(view: FairView) {
    this.#view = view
  }

  /** Takes a transaction as the next; when it may not be there, answers why, and is as before. */
  take(transaction: Transaction): string | undefined {
    const { nonce, gasLimit, maxFeePerGas, value } = transaction.fields
    const problem = formProblem(transaction, this.#view.rules)
    if (problem) return problem
    if (maxFeePerGas < this.#view.baseFee) return `it pays at most ${maxFeePerGas} a gas, less than the base fee ${this.#view.baseFee}`
    const sender = this.#sender(transaction.sender)
    if (nonce !== sender.nonce) return `its nonce is ${nonce}, not ${sender.nonce}`
    const cost = gasLimit * maxFeePerGas + value
    if (cost > sender.balance) return `it may cost ${cost} wei, and its sender has ${sender.balance} for it`
    this.#senders.set(transaction.sender, { nonce: nonce + 1n, balance: sender.balance - cost })
    return undefined
  }

  #sender(address: Address): { nonce: bigint; balance: bigint } {
    const known = this.#senders.get(address)
    if (known) return known
    const { nonce, balance } = this.#view.account(address) ?? { nonce: 0n, balance: 0n }
    return { nonce, balance }
  }
}

function formProblem(transaction: Transaction, rules: FormRules): string | undefined {
  try {
    checkForm(transaction, rules)
    return undefined
  } catch (error) {
    if (error instanceof OgError) return error.message
    throw error
  }
}
