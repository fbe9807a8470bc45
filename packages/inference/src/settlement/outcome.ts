import { ADDRESSES, heldPaymentsAbi, modelsAbi, nodesAbi, settlementAbi, wopgAbi } from '@opengradient/contracts'
import type { Hex } from '@opengradient/protocol'
import { type Abi, type AbiItem, decodeErrorResult, decodeEventLog, getAbiItem, toEventSelector } from 'viem'
import type { Included } from '../chain/sender.ts'
import type { Blame } from '../journal/entry.ts'

/** What became of the payments of one `settleMany`. */
export interface SettleOutcome {
  settled: Hex[]
  failed: Failure[]
  /** Payments of which the transaction says nothing. */
  unmentioned: Hex[]
}

export interface Failure {
  paymentId: Hex
  /** Name of the contract's error. */
  reason: string
  /** Whose fault it is; undefined for `AlreadySettled`, where the chain has to be asked which receipt it was. */
  blame: Blame | undefined
}

/** Errors that only the payer can have caused, after the node checked the payment: a nonce spent elsewhere, money gone. */
const PAYERS = new Set(['ERC3009UsedAuthorization', 'ERC20InsufficientBalance'])

const ERRORS: Abi = [settlementAbi, wopgAbi, nodesAbi, modelsAbi, heldPaymentsAbi].flatMap((abi) =>
  (abi as readonly AbiItem[]).filter(({ type }) => type === 'error'),
)

// Compared by hand: a general decoder hashes every event of the ABI for every log, and a busy block holds a thousand.
const SETTLED = toEventSelector(getAbiItem({ abi: settlementAbi, name: 'Settled' }))
const SETTLE_FAILED = toEventSelector(getAbiItem({ abi: settlementAbi, name: 'SettleFailed' }))

/** Reads the events of a transaction that settled these payments. */
export function outcomeOf(logs: Included['logs'], paymentIds: readonly Hex[]): SettleOutcome {
  const ours = new Set(paymentIds)
  const settled: Hex[] = []
  const failed: Failure[] = []
  for (const log of logs) {
    if (log.address.toLowerCase() !== ADDRESSES.settlement) continue
    const [event, paymentId] = log.topics
    if ((event !== SETTLED && event !== SETTLE_FAILED) || !paymentId || !ours.delete(paymentId)) continue
    if (event === SETTLED) settled.push(paymentId)
    else failed.push(failureOf(paymentId, reasonOf(log)))
  }
  return { settled, failed, unmentioned: [...ours] }
}

function reasonOf({ data, topics }: Included['logs'][number]): Hex {
  return decodeEventLog({ abi: settlementAbi, eventName: 'SettleFailed', data, topics }).args.reason
}

function failureOf(paymentId: Hex, data: Hex): Failure {
  const reason = errorName(data)
  if (reason === 'AlreadySettled') return { paymentId, reason, blame: undefined }
  return { paymentId, reason, blame: blameFor(reason) }
}

/** Whose fault a contract's error is. */
export function blameFor(reason: string): Blame {
  return PAYERS.has(reason) ? 'payer' : 'node'
}

/** Whether no transaction will settle the payment any more. Everything else may pass before its authorisation ends: whoever has seen it can send it again. */
export function isFinal(reason: string): boolean {
  return reason === 'ERC3009UsedAuthorization'
}

/** The name of an ABI-encoded error of the protocol's contracts, or its selector. */
export function errorName(data: Hex): string {
  try {
    return decodeErrorResult({ abi: ERRORS, data }).errorName
  } catch {
    return data.slice(0, 10)
  }
}
