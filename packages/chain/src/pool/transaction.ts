import type { Transaction } from '../chain.ts'
import { intrinsicGas } from '../executor/transaction/intrinsicGas.ts'
import { refuse } from './refusal.ts'

/** What a transaction offers, wei per gas. */
export interface Fees {
  readonly maxFeePerGas: bigint
  readonly maxPriorityFeePerGas: bigint
}

/** A transaction as the pool holds it. `maxCost` is the most wei it can take from its sender. */
export interface PoolTransaction extends Transaction, Fees {
  readonly gasLimit: bigint
  /** Bytes that it counts as in the pool. */
  readonly weight: number
  /** Gas that it uses at least, if it runs (EIP-7623). */
  readonly leastGas: bigint
  readonly maxCost: bigint
  /** Counts up with every accepted transaction: who came first among equals. */
  readonly arrival: number
  /** Time of the head block when it arrived, unix seconds. */
  readonly since: bigint
}

const MAX_NONCE = 2n ** 64n - 1n

/**
 * What an authorization (EIP-7702) counts as in the pool besides its own bytes: who signed it is remembered, and found out again when a node
 * starts with what waited. A pool full of them would take a minute for that.
 */
export const AUTHORIZATION_BYTES = 2_048

/** What a chain's blocks demand of a transaction, whatever the state. `minBaseFee` is wei per gas. */
export interface FormRules {
  readonly blockGasLimit: bigint
  readonly minBaseFee: bigint
}

/** What the chain's decoding leaves open and every state agrees on: intrinsic gas, gas of a block, least fee, nonce range. Answers what it will use at least. */
export function checkForm({ fields, nonce }: Transaction, { blockGasLimit, minBaseFee }: FormRules): { readonly leastGas: bigint } {
  const { gasLimit } = fields
  const { intrinsic, floor } = intrinsicGas(fields)
  const minimum = intrinsic > floor ? intrinsic : floor
  if (gasLimit < minimum) throw refuse('gas_too_low', `intrinsic gas too low: gas ${gasLimit}, minimum needed ${minimum}`)
  if (gasLimit > blockGasLimit) throw refuse('gas_over_block', `exceeds block gas limit: gas ${gasLimit}, limit ${blockGasLimit}`)
  // It would wait for ever, and cost nothing: with a fee of nothing even an account without money could fill the pool.
  if (fields.maxFeePerGas < minBaseFee) {
    throw refuse(
      'underpriced',
      `transaction underpriced: max fee per gas ${fields.maxFeePerGas}, but the base fee is never below ${minBaseFee}; raise maxFeePerGas`,
    )
  }
  if (nonce >= MAX_NONCE) throw refuse('nonce_max', `nonce has max value: ${nonce}`)
  return { leastGas: floor }
}

/** The transaction with what the pool computes of it once. */
export function pooled(transaction: Transaction, leastGas: bigint, arrival: number, since: bigint): PoolTransaction {
  const { hash, sender, raw, fields } = transaction
  const { nonce, gasLimit, maxFeePerGas, maxPriorityFeePerGas, value } = fields
  return {
    hash,
    sender,
    nonce,
    raw,
    fields,
    get inner() {
      return transaction.inner
    },
    gasLimit,
    weight: raw.length + AUTHORIZATION_BYTES * fields.counts.authorizations,
    leastGas,
    maxFeePerGas,
    maxPriorityFeePerGas,
    maxCost: gasLimit * maxFeePerGas + value,
    arrival,
    since,
  }
}
