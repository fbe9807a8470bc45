import {
  type Address,
  encodeReceiptHeader,
  type Hex,
  isOgError,
  OgError,
  parseRequestSecret,
  paymentIdOf,
  type Receipt,
  requestIdOf,
  ZERO_ADDRESS,
  ZERO_HASH,
} from '@opengradient/protocol'
import type { ChainView } from '../chain/view.ts'
import type { Reservation } from '../journal/entry.ts'
import type { Journal, Known } from '../journal/journal.ts'
import { executionBytes } from '../receipts/executionBytes.ts'
import { requestHash } from '../receipts/requestHash.ts'
import { type ReceiptSigner, sha256Hex } from '../receipts/signer.ts'
import type { Admission, AdmitRequest, Completion, Outcome, Reply, RequestGate } from '../server/pipeline.ts'
import { errorReply } from '../server/status.ts'
import { authorizationHasher } from './authorization.ts'
import { type CreditLimits, checkCredit } from './credit.ts'
import { InFlight } from './inFlight.ts'
import { type Quote, quoteFor } from './quote.ts'
import { verifyPayment } from './verify.ts'
import { encodeHeader, type OfferTerms, parsePaymentHeader, paymentRequired, paymentResponse, requirementsFor } from './x402.ts'

export interface GateOptions {
  journal: Journal
  view: ChainView
  signer: ReceiptSigner
  /** The operator's account. */
  node: Address
  terms: OfferTerms
  credit: CreditLimits
  /** Origin under which callers reach this node; goes into offers. */
  publicUrl: () => string
  /** 32 fresh random bytes. */
  random32: () => Buffer
  /** Unix milliseconds. */
  now: () => number
  /** Resolves when a request's payment is settled or closed, or after a while. */
  settledSoon: (requestId: Hex) => Promise<void>
}

/** Hashes are over the bytes sent, so nobody on the way may touch them. */
const UNTOUCHED = { 'content-encoding': 'identity', 'cache-control': 'no-transform' } as const

/** The gate's memory of one admitted request. */
interface PaidOrFree {
  requestId: Hex
  requestHash: Hex
  /** Hex of a secret that the node drew, to be told to the caller. */
  drawn: string | undefined
  quote: Quote
  reservation: Reservation | undefined
  waitSettled: boolean
  modelId: Hex
  done: (() => void) | undefined
}

/**
 * Payment and receipts around one request, in this order: the stored answer if the request is known → the node may sign → the
 * quote → the payment verified → its `paymentId` durably reserved → (the model runs) → receipt signed → answer and receipt
 * durable → released. See `server/pipeline.ts` for where the two halves stand.
 */
export class PaymentGate implements RequestGate {
  readonly #options: GateOptions
  readonly #digestOf: ReturnType<typeof authorizationHasher>
  readonly #inFlight = new InFlight()

  constructor(options: GateOptions) {
    this.#options = options
    this.#digestOf = authorizationHasher(options.terms.chainId, options.terms.wopg)
  }

  async admit(request: AdmitRequest): Promise<Admission> {
    try {
      return await this.#admit(request)
    } catch (error) {
      if (!isOgError(error)) throw error
      return { kind: 'reply', reply: errorReply(error) }
    }
  }

  async complete(ticket: object, outcome: Outcome): Promise<Completion> {
    const paid = ticket as PaidOrFree
    const { journal, view, signer } = this.#options
    if (paid.reservation) journal.executed(paid.reservation)
    view.checkSane()
    const execution = executionBytes({
      v: 1,
      ...outcome.execution,
      quote: paid.quote.lines,
      salt: `0x${this.#options.random32().toString('hex')}`,
    })
    const receipt = this.#receiptFor(paid, sha256Hex(outcome.responseBody), sha256Hex(execution))
    const { receiptHash, signature, header } = signer.receipt(receipt)
    await journal.answer(paid.requestId, paid.requestHash, {
      receipt,
      receiptHash,
      signature,
      contentType: outcome.responseContentType,
      headers: outcome.responseHeaders,
      execution,
      body: outcome.responseBody,
    })
    paid.done?.()
    if (paid.waitSettled) await this.#options.settledSoon(paid.requestId)
    return { headers: this.#headers(paid.requestId, receipt, receiptHash, header, paid.drawn) }
  }

  async abort(ticket: object, reason: Error): Promise<void> {
    const { reservation, done } = ticket as PaidOrFree
    try {
      if (reservation) await this.#options.journal.close(reservation.paymentId, 'aborted', reason.message, 'node')
    } catch {
      // Cannot be written: a reservation without a receipt is closed at the next start.
    } finally {
      done?.()
    }
  }

  async #admit(request: AdmitRequest): Promise<Admission> {
    const given = request.headers['og-request-secret']
    const hash = requestHash(request)
    if (given === undefined) {
      const secret = this.#options.random32()
      return this.#run(request, requestIdOf(secret), hash, `0x${secret.toString('hex')}`, undefined)
    }
    const requestId = requestIdOf(parseRequestSecret(String(given)))
    for (;;) {
      const stored = this.#stored(requestId, hash)
      if (stored) return { kind: 'reply', reply: stored }
      const turn = this.#inFlight.take(requestId, hash)
      if (turn.kind === 'mine') return this.#guarded(turn.done, () => this.#run(request, requestId, hash, undefined, turn.done))
      if (turn.kind === 'conflict') throw conflict(requestId)
      await turn.over
    }
  }

  /** Gives the turn back unless the request is admitted. */
  async #guarded(done: () => void, run: () => Promise<Admission>): Promise<Admission> {
    let admitted = false
    try {
      const admission = await run()
      admitted = admission.kind === 'run'
      return admission
    } finally {
      if (!admitted) done()
    }
  }

  async #run(
    request: AdmitRequest,
    requestId: Hex,
    hash: Hex,
    drawn: string | undefined,
    done: (() => void) | undefined,
  ): Promise<Admission> {
    const { view, journal } = this.#options
    view.checkSane()
    journal.checkRoom()
    const { modelId } = request.model
    const rates = view.rates(modelId)
    if (!rates) throw new OgError('MODEL_NOT_SERVED', `This node does not offer ${modelId}.`)
    const quote = quoteFor(rates, request.usage)
    const waitSettled = quote.price > 0n && /\bwait=settled\b/.test(String(request.headers.prefer ?? ''))
    const ticket: PaidOrFree = { requestId, requestHash: hash, drawn, quote, reservation: undefined, waitSettled, modelId, done }
    if (quote.price === 0n) return { kind: 'run', ticket }
    try {
      ticket.reservation = await this.#takePayment(request, requestId, hash, quote.price)
    } catch (error) {
      if (!isOgError(error) || !error.code.startsWith('PAYMENT_')) throw error
      return { kind: 'reply', reply: this.#demand(request, quote.price, error) }
    }
    return { kind: 'run', ticket }
  }

  /** Verifies the payment of a request and reserves it. @throws OgError `PAYMENT_*` and what the chain and the disk throw */
  async #takePayment(request: AdmitRequest, requestId: Hex, hash: Hex, price: bigint): Promise<Reservation> {
    const { journal, view, terms, credit } = this.#options
    const header = request.headers['payment-signature']
    if (header === undefined)
      throw new OgError('PAYMENT_REQUIRED', `This model costs ${price} OPG wei a request. Pay with x402: see PAYMENT-REQUIRED.`)
    const payment = parsePaymentHeader(String(header))
    const { authorization, signature } = payment
    const clocks = { now: Math.floor(this.#options.now() / 1000), head: view.head!.timestamp }
    const { signer } = verifyPayment(payment, terms, price, clocks, this.#digestOf)
    if (signer === 'other') throw await this.#notThePayer(authorization.from)
    const paymentId = paymentIdOf({ scheme: 'exact', asset: terms.wopg, payer: authorization.from, nonce: authorization.nonce })
    if (journal.paymentTaken(paymentId)) throw replayed()
    const { balance, nonceUsed } = await view.payer(authorization.from, authorization.nonce)
    if (nonceUsed)
      throw new OgError('PAYMENT_NONCE_USED', 'The nonce of this payment was already spent or cancelled on chain. Sign a new one.')
    if (journal.paymentTaken(paymentId)) throw replayed()
    checkCredit(price, balance, journal.exposure(authorization.from), journal.standing(authorization.from), credit)
    const { from: payer, value, nonce, validAfter, validBefore } = authorization
    const { modelId } = request.model
    const reservation = { requestId, requestHash: hash, modelId, paymentId, payer, value, nonce, validAfter, validBefore, signature }
    await journal.reserve(reservation)
    return reservation
  }

  async #notThePayer(payer: Address): Promise<OgError> {
    if (await this.#options.view.hasCode(payer)) {
      return new OgError(
        'PAYMENT_PAYER_UNSUPPORTED',
        `The payer ${payer} is a contract: ERC-1271 signatures are not supported. Pay from a key.`,
      )
    }
    return new OgError('PAYMENT_SIGNATURE_INVALID', `The payment is not signed by ${payer} for this amount, payee, time and chain.`)
  }

  /** 402: what to pay, and what was wrong with the payment if there was one. */
  #demand(request: AdmitRequest, price: bigint, error: OgError): Reply {
    const { terms, publicUrl, node } = this.#options
    const offer = requirementsFor(terms, price)
    const failed = error.code === 'PAYMENT_REQUIRED' ? undefined : error.code
    const { status, headers, body } = errorReply(error)
    const demand = encodeHeader(paymentRequired(offer, publicUrl() + request.path, node, failed))
    return { status, headers: { ...headers, 'payment-required': demand }, body }
  }

  /** The answer that this request had before, or why it cannot have one; nothing if it is new. */
  #stored(requestId: Hex, hash: Hex): Reply | undefined {
    const { journal } = this.#options
    const known = journal.find(requestId)
    if (!known) return undefined
    if (known.requestHash !== hash) throw conflict(requestId)
    const answer = journal.load(known)
    if (!answer) return this.#unanswered(known)
    const header = encodeReceiptHeader(answer.receipt, answer.signature)
    const headers = {
      'content-type': answer.contentType,
      ...UNTOUCHED,
      ...answer.headers,
      ...this.#headers(requestId, answer.receipt, answer.receiptHash, header, undefined),
    }
    return { status: 200, headers, body: answer.body }
  }

  #unanswered(known: Known): Reply | undefined {
    if (known.state !== 'aborted') return undefined
    throw new OgError(
      'NODE_REQUEST_ABORTED',
      `Request ${known.requestId} was given up: ${known.reason ?? 'the node stopped'}. It was not charged. Send it again with a new secret and a new payment.`,
    )
  }

  #receiptFor(paid: PaidOrFree, responseHash: Hex, executionHash: Hex): Receipt {
    const { reservation } = paid
    return {
      requestId: paid.requestId,
      paymentId: reservation?.paymentId ?? ZERO_HASH,
      modelId: paid.modelId,
      requestHash: paid.requestHash,
      responseHash,
      executionHash,
      proofRef: ZERO_HASH,
      level: 0,
      node: this.#options.node,
      payer: reservation?.payer ?? ZERO_ADDRESS,
      price: paid.quote.price,
      issuedAt: BigInt(Math.floor(this.#options.now() / 1000)),
    }
  }

  #headers(requestId: Hex, receipt: Receipt, receiptHash: Hex, receiptHeader: string, drawn: string | undefined): Record<string, string> {
    const { journal, terms } = this.#options
    const headers: Record<string, string> = { 'og-receipt': receiptHeader, 'og-request-id': requestId }
    if (drawn) headers['og-request-secret'] = drawn
    if (receipt.price > 0n) {
      const settlement = journal.find(requestId)?.settlement
      const outcome = { chainId: terms.chainId, payer: receipt.payer, price: receipt.price, requestId, receiptHash }
      headers['payment-response'] = encodeHeader(paymentResponse({ ...outcome, ...(settlement && { settlement }) }))
    }
    return headers
  }
}

function conflict(requestId: Hex): OgError {
  return new OgError('NODE_REQUEST_CONFLICT', `Request ${requestId} was made with another body. Draw a new secret for a new request.`)
}

function replayed(): OgError {
  return new OgError('PAYMENT_REPLAYED', 'This authorisation already pays for another request. Sign a new one.')
}
