import type { TypedTransaction } from '@ethereumjs/tx'
import type { Transaction } from '../chain.ts'
import { refuse } from './refusal.ts'

/** A transaction as the pool holds it. Fees are wei per gas; `maxCost` is the most wei it can take from its sender. */
export interface PoolTransaction extends Transaction {
  readonly gasLimit: bigint
  readonly maxFeePerGas: bigint
  readonly maxPriorityFeePerGas: bigint
  readonly maxCost: bigint
  /** Counts up with every accepted transaction: who came first among equals. */
  readonly arrival: number
  /** Time of the head block when it arrived, unix seconds. */
  readonly since: bigint
}

const MAX_NONCE = 2n ** 64n - 1n

/** What the chain's decoding leaves open and every state agrees on: intrinsic gas, gas of a block, nonce range. */
export function checkForm({ inner, nonce }: Transaction, blockGasLimit: bigint): void {
  const minimum = inner.getMinimumGasLimit()
  if (inner.gasLimit < minimum) throw refuse('gas_too_low', `intrinsic gas too low: gas ${inner.gasLimit}, minimum needed ${minimum}`)
  if (inner.gasLimit > blockGasLimit)
    throw refuse('gas_over_block', `exceeds block gas limit: gas ${inner.gasLimit}, limit ${blockGasLimit}`)
  if (nonce >= MAX_NONCE) throw refuse('nonce_max', `nonce has max value: ${nonce}`)
}

/** The two fee limits of EIP-1559; a legacy gas price is both. */
export function feesOf(transaction: TypedTransaction): { readonly maxFeePerGas: bigint; readonly maxPriorityFeePerGas: bigint } {
  if ('maxFeePerGas' in transaction) {
    return { maxFeePerGas: transaction.maxFeePerGas, maxPriorityFeePerGas: transaction.maxPriorityFeePerGas }
  }
  return { maxFeePerGas: transaction.gasPrice, maxPriorityFeePerGas: transaction.gasPrice }
}

/** The transaction with what the pool computes of it once. */
export function pooled(transaction: Transaction, arrival: number, since: bigint): PoolTransaction {
  const fees = feesOf(transaction.inner)
  const { gasLimit, value } = transaction.inner
  return { ...transaction, ...fees, gasLimit, maxCost: gasLimit * fees.maxFeePerGas + value, arrival, since }
}
