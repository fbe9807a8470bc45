import { type Hex, OgError, type Receipt } from '@opengradient/protocol'
import type { Journal } from '../journal/journal.ts'
import type { Known } from '../journal/reader.ts'
import type { Reply, ServedLevel } from '../server/pipeline.ts'
import { UNTOUCHED } from '../server/send.ts'
import { requireReleased } from './released.ts'
import { encodeHeader, LEVEL_NUMBER, paymentResponse } from './x402.ts'

/** The answers of a node as it gives them again to who asks the same. */
export class StoredAnswers {
  readonly #journal: Pick<Journal, 'find' | 'load'>
  readonly #chainId: bigint

  constructor(journal: Pick<Journal, 'find' | 'load'>, chainId: bigint) {
    this.#journal = journal
    this.#chainId = chainId
  }

  /**
   * The answer that this request had before; nothing if it is new.
   * @param hash what the journal knows the request by
   * @throws OgError why it cannot have one: `NODE_REQUEST_CONFLICT`, `NODE_REQUEST_ABORTED`, `NODE_REQUEST_PENDING`, `SETTLEMENT_REVERTED`
   */
  reply(requestId: Hex, hash: Hex, level: ServedLevel): Reply | undefined {
    const known = this.#journal.find(requestId)
    if (!known) return undefined
    if (known.requestHash !== hash) throw conflict(requestId)
    if (known.at) requireReleased(known)
    const answer = this.#journal.load(known)
    if (!answer) return unanswered(known)
    if (answer.receipt.level !== LEVEL_NUMBER[level]) throw conflict(requestId)
    const headers = {
      'content-type': answer.contentType,
      ...UNTOUCHED,
      ...answer.headers,
      ...this.headers(answer.receipt, answer.receiptHash, answer.header),
    }
    return { status: 200, headers, body: answer.body }
  }

  /** What goes out with an answer, as its payment stands. @param header `OG-Receipt` @param drawn hex of the secret, if the node drew it */
  headers(receipt: Receipt, receiptHash: Hex, header: string, drawn?: string): Record<string, string> {
    const { requestId, payer, price, level } = receipt
    const headers: Record<string, string> = { 'og-receipt': header, 'og-request-id': requestId }
    if (drawn) headers['og-request-secret'] = drawn
    if (price > 0n) {
      const settlement = this.#journal.find(requestId)?.settlement
      const outcome = { chainId: this.#chainId, payer, price, level, requestId, receiptHash }
      headers['payment-response'] = encodeHeader(paymentResponse({ ...outcome, ...(settlement && { settlement }) }))
    }
    return headers
  }
}

function unanswered(known: Known): undefined {
  if (known.state !== 'aborted') return undefined
  throw new OgError(
    'NODE_REQUEST_ABORTED',
    `Request ${known.requestId} was given up: ${known.reason ?? 'the node stopped'}. It was not charged. Send it again with a new secret and a new payment.`,
  )
}

/** That an id stands for another request. */
export function conflict(requestId: Hex): OgError {
  return new OgError(
    'NODE_REQUEST_CONFLICT',
    `Request ${requestId} was made with another body, or at another level. Draw a new secret for a new request.`,
  )
}
