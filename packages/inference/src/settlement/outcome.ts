import { ADDRESSES, modelsAbi, nodesAbi, settlementAbi, wopgAbi } from '@opengradient/contracts'
import type { Hex } from '@opengradient/protocol'
import { type Abi, type AbiItem, decodeErrorResult, decodeEventLog } from 'viem'
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

const ERRORS: Abi = [settlementAbi, wopgAbi, nodesAbi, modelsAbi].flatMap((abi) =>
  (abi as readonly AbiItem[]).filter(({ type }) => type === 'error'),
)

/** Reads the events of a transaction that settled these payments. */
export function outcomeOf(logs: Included['logs'], paymentIds: readonly Hex[]): SettleOutcome {
  const ours = new Set(paymentIds)
  const settled: Hex[] = []
  const failed: Failure[] = []
  for (const log of logs) {
    if (log.address.toLowerCase() !== ADDRESSES.settlement) continue
    const event = decodeEventLog({ abi: settlementAbi, data: log.data, topics: log.topics })
    if (event.eventName !== 'Settled' && event.eventName !== 'SettleFailed') continue
    const { paymentId } = event.args
    if (!ours.delete(paymentId)) continue
    if (event.eventName === 'Settled') settled.push(paymentId)
    else failed.push(failureOf(paymentId, event.args.reason))
  }
  return { settled, failed, unmentioned: [...ours] }
}

function failureOf(paymentId: Hex, data: Hex): Failure {
  const reason = errorName(data)
  if (reason === 'AlreadySettled') return { paymentId, reason, blame: undefined }
  return { paymentId, reason, blame: PAYERS.has(reason) ? 'payer' : 'node' }
}

/** The name of an ABI-encoded error of the protocol's contracts, or its selector. */
export function errorName(data: Hex): string {
  try {
    return decodeErrorResult({ abi: ERRORS, data }).errorName
  } catch {
    return data.slice(0, 10)
  }
}
