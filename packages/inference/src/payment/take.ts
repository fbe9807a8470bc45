import { type Address, authorizationHasher, type Hex, OgError, paymentIdOf } from '@opengradient/protocol'
import type { Reservation } from '../journal/entry.ts'
import type { Journal } from '../journal/journal.ts'
import type { AdmitRequest } from '../server/pipeline.ts'
import { type CreditLimits, checkCredit } from './credit.ts'
import { type NonceAnswer, PayerReads } from './payerReads.ts'
import { verifyPayment } from './verify.ts'
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
   * In this order: form, offer, amount, times, signature → not used here before → balance and nonce on chain → credit → reserved, durably.
   * Between credit and reservation nothing else runs, so however many come at once, no limit is passed.
   *
   * @throws OgError `PAYMENT_*`, and what the full node and the disk throw
   */
  async take(request: AdmitRequest, requestId: Hex, requestHash: Hex, price: bigint): Promise<Taken> {
    const { journal, view, terms, credit, now } = this.#options
    const header = request.headers['payment-signature']
    if (header === undefined) {
      throw new OgError('PAYMENT_REQUIRED', `This model costs ${price} OPG wei a request. Pay with x402: see PAYMENT-REQUIRED.`)
    }
    const payment = parsePaymentHeader(String(header))
    const { from: payer, value, nonce, validAfter, validBefore } = payment.authorization
    const clocks = { now: Math.floor(now() / 1000), head: view.head!.timestamp }
    const { signer } = verifyPayment(payment, terms, price, clocks, this.#digestOf)
    if (signer === 'other') throw await this.#notThePayer(payer)

    const paymentId = paymentIdOf({ scheme: 'exact', asset: terms.wopg, payer, nonce })
    if (journal.paymentTaken(paymentId)) throw replayed()
    const facts = await this.#reads.facts(payer, nonce, journal.standing(payer).settled)
    if (facts.nonce.is === 'used') throw nonceUsed()
    if (journal.paymentBusy(paymentId)) throw replayed()
    checkCredit(price, facts.balance, journal.exposure(payer), journal.standing(payer), credit)

    const { signature } = payment
    const { modelId } = request.model
    const reservation = { requestId, requestHash, modelId, paymentId, payer, value, nonce, validAfter, validBefore, signature }
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

function replayed(): OgError {
  return new OgError('PAYMENT_REPLAYED', 'This authorisation already pays for another request. Sign a new one.')
}
