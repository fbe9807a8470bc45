import { type Address, authorizationHasher, type Hex, isZkNonce, OgError, paymentIdOf } from '@opengradient/protocol'
import type { Reservation } from '../journal/entry.ts'
import type { Journal } from '../journal/journal.ts'
import type { AdmitRequest } from '../server/pipeline.ts'
import { type CreditLimits, checkCredit, settlesFirst } from './credit.ts'
import { leftOf, type NonceAnswer, PayerReads } from './payerReads.ts'
import { SETTLE_FIRST_MARGIN, SETTLE_MARGIN, verifyPayment } from './verify.ts'
import { type OfferTerms, parsePaymentHeader } from './x402.ts'

/** What taking a payment asks of the node's view of the chain. */
export interface TakerView {
  readonly head: { timestamp: number } | undefined
  /** WOPG balance and whether the nonce is spent, at the head. */
  payer(account: Address, nonce: Hex): Promise<{ balance: bigint; nonceUsed: boolean }>
  hasCode(account: Address): Promise<boolean>
}

export interface TakerOptions {
  journal: Journal
  view: TakerView
  terms: OfferTerms
  credit: CreditLimits
  /** Unix milliseconds. */
  now: () => number
}

/** A payment that a request has for itself. */
export interface Taken {
  reservation: Reservation
  /** To be looked at again before the answer is signed. */
  nonce: NonceAnswer
}

/** Takes payments: verifies one and reserves it for one request. */
export class PaymentTaker {
  readonly #options: TakerOptions
  readonly #digestOf: ReturnType<typeof authorizationHasher>
  readonly #reads: PayerReads

  constructor(options: TakerOptions) {
    const { terms, view } = options
    this.#options = options
    this.#digestOf = authorizationHasher(terms.chainId, terms.wopg)
    this.#reads = new PayerReads({ read: (account, nonce) => view.payer(account, nonce) })
  }

  /**
   * In this order: form, offer, amount, times, signature → for this request, if its nonce says for which → not used here before, not by a journal that is lost → balance and nonce on chain → credit → reserved, durably.
   * Between credit and reservation nothing else runs, so however many come at once, no limit is passed.
   *
   * @param boundTo at level zk, the nonce that is for this request and no other
   * @throws OgError `PAYMENT_*`, `JOURNAL_BEHIND`, `NODE_BACKLOG`, and what the full node and the disk throw
   */
  async take(request: AdmitRequest, requestId: Hex, requestHash: Hex, price: bigint, boundTo?: Hex): Promise<Taken> {
    const { journal, view, terms, credit, now } = this.#options
    const header = request.headers['payment-signature']
    if (header === undefined) {
      throw new OgError('PAYMENT_REQUIRED', `This model costs ${price} OPG wei a request. Pay with x402: see PAYMENT-REQUIRED.`)
    }
    const payment = parsePaymentHeader(String(header))
    const { from: payer, value, nonce, validAfter, validBefore } = payment.authorization
    const clocks = { now: Math.floor(now() / 1000), head: view.head!.timestamp }
    const before = journal.standing(payer)
    const settleFirst = settlesFirst(price, before, credit)
    const margin = settleFirst ? SETTLE_FIRST_MARGIN : SETTLE_MARGIN
    const { signer } = verifyPayment(payment, terms, price, clocks, this.#digestOf, margin)
    if (signer === 'other') throw await this.#notThePayer(payer)
    if (isZkNonce(nonce) && nonce !== boundTo) throw forAnother()

    if (validBefore <= BigInt(journal.forgottenUntil)) throw forgotten(journal.forgottenUntil, validBefore)
    const paymentId = paymentIdOf({ scheme: 'exact', asset: terms.wopg, payer, nonce })
    if (journal.paymentTaken(paymentId)) throw replayed()
    const settled = () => journal.standing(payer).settled
    const need = () => journal.exposures.onCredit(payer).open + journal.exposures.settleFirst(payer).open + price
    const facts = await this.#reads.facts(payer, nonce, { settled, need, trusted: !settleFirst && before.settled > 0n })
    if (facts.nonce.is === 'used') throw nonceUsed()
    if (journal.paymentBusy(paymentId)) throw replayed()
    const { exposures } = journal
    const { payersSettlingFirst } = exposures
    const open = { onCredit: exposures.onCredit(payer), settleFirst: exposures.settleFirst(payer), payersSettlingFirst }
    const standing = journal.standing(payer)
    // What the payer's other payments came to meanwhile: the rules for this one are others now.
    if (settlesFirst(price, standing, credit) !== settleFirst) return this.take(request, requestId, requestHash, price, boundTo)
    checkCredit(price, leftOf(facts, standing.settled), open, standing, credit, view.head!.timestamp)

    const { signature } = payment
    const { modelId } = request.model
    const taken = { requestId, requestHash, modelId, paymentId, payer, value, nonce, validAfter, validBefore, signature }
    const reservation: Reservation = settleFirst ? { ...taken, settleFirst } : taken
    await journal.reserve(reservation)
    return { reservation, nonce: facts.nonce }
  }

  async #notThePayer(payer: Address): Promise<OgError> {
    if (!(await this.#options.view.hasCode(payer))) {
      return new OgError('PAYMENT_SIGNATURE_INVALID', `The payment is not signed by ${payer} for this amount, payee, time and chain.`)
    }
    return new OgError(
      'PAYMENT_PAYER_UNSUPPORTED',
      `The payer ${payer} is a contract: ERC-1271 signatures are not supported. Pay from a key.`,
    )
  }
}

/** That a payment can never be collected. */
export function nonceUsed(): OgError {
  return new OgError('PAYMENT_NONCE_USED', 'The nonce of this payment was already spent or cancelled on chain. Sign a new one.')
}

function forgotten(until: number, validBefore: bigint): OgError {
  const seconds = until - Number(validBefore) + 1
  return new OgError(
    'JOURNAL_BEHIND',
    `This node has lost its journal and could have been paid with this authorisation before. It takes one of this length in ${seconds} s.`,
    { details: { retryAfterMs: 1000 * seconds } },
  )
}

/** It could not be settled, or no proof of the answer would count for it. */
function forAnother(): OgError {
  return new OgError(
    'PAYMENT_WRONG_REQUEST',
    'The nonce of this payment says that it is for an answer of level zk to another input, request or model. Sign for this one.',
  )
}

function replayed(): OgError {
  return new OgError('PAYMENT_REPLAYED', 'This authorisation already pays for another request. Sign a new one.')
}
