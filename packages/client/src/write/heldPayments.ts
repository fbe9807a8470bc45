import { heldPaymentsAbi } from '@opengradient/contracts'
import { ADDRESSES } from '@opengradient/contracts/addresses'
import { bytesToHex, encodeZkProofInput, type Header, type Receipt, type ZkProofInput } from '@opengradient/protocol'
import { encodeFunctionData } from 'viem'
import type { Call } from './send.ts'

/** `HeldPayments.CHALLENGE_GAS` and `TIP`: what a challenge pays for in advance. */
const CHALLENGE_GAS = 60_000_000n
const CHALLENGE_TIP = 10n ** 9n

/** Blocks after its settlement in which a payment can be challenged (`HeldPayments.CHALLENGE_BLOCKS`). */
export const CHALLENGE_BLOCKS = 3_600
/** Blocks after its challenge in which the answer can be proved (`HeldPayments.PROOF_BLOCKS`). */
export const PROOF_BLOCKS = 21_600

/** What of a node's bond answers for a held payment of this price, OPG wei (`HeldPayments.penaltyOf`). */
export function penaltyOf(price: bigint): bigint {
  const penalty = 10n * price
  return penalty < MIN_PENALTY ? MIN_PENALTY : penalty
}

const MIN_PENALTY = 10n ** 17n

/**
 * Bytes of the largest `encodeZkProofInput` that a transaction of 512 KiB can bring to `HeldPayments.prove`. A node that sells answers whose
 * proofs are larger with their model cannot answer a challenge, and loses the penalty.
 */
export const MAX_ON_CHAIN_PROOF_INPUT = 512 * 1024 - 1_024

/**
 * Transactions about payments of receipts of level zk that wait in `HeldPayments`; give them to `Writer.send`. The receipt has to be the one
 * that was settled.
 */
export const heldPaymentCalls = {
  /** Proves the statement of a receipt: the node is paid at once. Anybody may send it. */
  prove: (receipt: Receipt, input: ZkProofInput): Call =>
    toHeldPayments(
      'prove an answer on chain',
      encodeFunctionData({ abi: heldPaymentsAbi, functionName: 'prove', args: [receipt, bytesToHex(encodeZkProofInput(input))] }),
    ),

  /** The payer is content: the node is paid at once. */
  accept: (receipt: Receipt): Call =>
    toHeldPayments('accept an answer', encodeFunctionData({ abi: heldPaymentsAbi, functionName: 'accept', args: [receipt] })),

  /** Pays for answers that nobody has challenged in 3,600 blocks; others of the list are left as they are. */
  release: (receipts: readonly Receipt[]): Call =>
    toHeldPayments('release held payments', encodeFunctionData({ abi: heldPaymentsAbi, functionName: 'releaseMany', args: [receipts] })),

  /** The payer demands the proof on chain, within 3,600 blocks after the settlement. `deposit`: OPG wei, see `challengeDeposit`. */
  challenge: (receipt: Receipt, deposit: bigint): Call => ({
    ...toHeldPayments('challenge an answer', encodeFunctionData({ abi: heldPaymentsAbi, functionName: 'challenge', args: [receipt] })),
    value: deposit,
  }),

  /** Pays price, deposit and penalty to the payer when no proof came within 21,600 blocks of the challenge. Anybody may send it. */
  fail: (receipt: Receipt): Call =>
    toHeldPayments('fail an unproved answer', encodeFunctionData({ abi: heldPaymentsAbi, functionName: 'fail', args: [receipt] })),
} as const

/** OPG wei that is enough for a challenge soon after this block, even if the base fee doubles. What a proof does not use comes back. */
export function challengeDeposit({ baseFeePerGas = 0n }: Pick<Header, 'baseFeePerGas'>): bigint {
  return CHALLENGE_GAS * (4n * baseFeePerGas + CHALLENGE_TIP)
}

function toHeldPayments(what: string, data: `0x${string}`): Call {
  return { what, to: ADDRESSES.heldPayments, data }
}
