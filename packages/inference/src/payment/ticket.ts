import { type Address, type Hex, type Receipt, ZERO_ADDRESS, ZERO_HASH } from '@opengradient/protocol'
import type { AdmitRequest } from '../server/pipeline.ts'
import type { Quote } from './quote.ts'
import type { Taken } from './take.ts'
import { LEVEL_NUMBER } from './x402.ts'

/** The gate's memory of one admitted request. */
export interface PaidOrFree {
  readonly request: AdmitRequest
  readonly requestId: Hex
  /** What the journal knows the request by. */
  readonly requestHash: Hex
  /** Hex of a secret that the node drew, to be told to the caller. */
  readonly drawn: string | undefined
  readonly quote: Quote
  taken: Taken | undefined
  /** Of the execution record; at level zk it is in the statement too, so it is drawn before the model runs. */
  readonly salt: Hex | undefined
  /** Whether the caller wants the answer when it is settled. */
  readonly waitSettled: boolean
  /** Gives the request id's turn back. */
  readonly done: (() => void) | undefined
  /** The part of the bond that answers for this request is counted elsewhere from now on. */
  settleBond: (() => void) | undefined
}

/** What an answer has that its request has not. */
export interface AnswerHashes {
  readonly responseHash: Hex
  readonly executionHash: Hex
  /** At level zk the statement, at the levels of enclaves the keyset. */
  readonly proofRef: Hex | undefined
}

/** The receipt of an answer. @param now unix seconds */
export function receiptFor(
  paid: PaidOrFree,
  { responseHash, executionHash, proofRef = ZERO_HASH }: AnswerHashes,
  node: Address,
  now: number,
): Receipt {
  const { request, taken } = paid
  return {
    requestId: paid.requestId,
    paymentId: taken?.reservation.paymentId ?? ZERO_HASH,
    modelId: request.model.modelId,
    requestHash: request.sealed?.requestHash ?? paid.requestHash,
    responseHash,
    executionHash,
    proofRef,
    level: LEVEL_NUMBER[request.level],
    node,
    payer: taken?.reservation.payer ?? ZERO_ADDRESS,
    price: paid.quote.price,
    issuedAt: BigInt(now),
  }
}
