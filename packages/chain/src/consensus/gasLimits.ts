import type { Transaction } from '../chain.ts'
import { BLOCK_GAS_LIMIT, MIN_TRANSACTION_GAS } from '../executor/rules.ts'

/** Blocks that are looked back on. */
const LOOK_BACK = 10

/**
 * How much gas the transactions of a proposal may ask for together. A transaction pays for what it uses and not for its limit, so that whoever
 * names a limit as large as a block and uses a thousandth of it would keep all others out for a thousandth of the price. Where transactions have
 * used a part of their limits, so many more are proposed; those for which there is no room in the end wait for the next block. What could not run
 * when its turn came, because of one before it (EIP-7702), has used nothing of its limit.
 */
export class GasLimits {
  /** Of the last blocks: what the transactions that had their turn might have used, and what they have. */
  #blocks: readonly { readonly limits: bigint; readonly used: bigint }[] = []

  allowed(): bigint {
    return this.#blocks
      .map(({ limits, used }) => (BLOCK_GAS_LIMIT * limits) / used)
      .reduce((most, next) => (next > most ? next : most), BLOCK_GAS_LIMIT)
  }

  /** A block was committed, in which these had their turn, whether they could run or not; without any it says nothing. */
  settled(tried: readonly Pick<Transaction, 'fields'>[], used: bigint): void {
    if (tried.length === 0) return
    const limits = tried.reduce((sum, { fields }) => sum + fields.gasLimit, 0n)
    this.#blocks = [...this.#blocks, { limits, used: used === 0n ? MIN_TRANSACTION_GAS : used }].slice(-LOOK_BACK)
  }
}
