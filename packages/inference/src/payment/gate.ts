import { crc32 } from 'node:zlib'
import {
  type Address,
  type Hex,
  isOgError,
  OgError,
  parseRequestSecret,
  type Receipt,
  requestIdOf,
  ZERO_ADDRESS,
  ZERO_HASH,
  zkContext,
} from '@opengradient/protocol'
import type { Rate } from '../chain/view.ts'
import type { Answer } from '../journal/entry.ts'
import type { Known } from '../journal/journal.ts'
import { executionBytes } from '../receipts/executionBytes.ts'
import { type RandomSource, randomPool } from '../receipts/randomPool.ts'
import { requestHash } from '../receipts/requestHash.ts'
import { type ReceiptSigner, sha256Hex } from '../receipts/signer.ts'
import type { Admission, AdmitRequest, Completion, Outcome, Reply, RequestGate, ServedLevel, ZkAdmission } from '../server/pipeline.ts'
import { errorReply } from '../server/status.ts'
import type { SealedCall } from '../tee/sealedCall.ts'
import type { BondGuard } from './bond.ts'
import { InFlight } from './inFlight.ts'
import { type Quote, quoteFor } from './quote.ts'
import { nonceUsed, PaymentTaker, type Taken, type TakerOptions, type TakerView } from './take.ts'
import { encodeHeader, LEVEL_NUMBER, paymentRequired, paymentResponse, requirementsFor } from './x402.ts'

export interface GateOptions extends TakerOptions {
  view: GateView
  signer: ReceiptSigner
  /** The part of the bond that answers for what is not proved yet. Without it nothing is paid for at level zk. */
  bond?: Pick<BondGuard, 'take'>
  /** The operator's account. */
  node: Address
  /** Origin under which callers reach this node; goes into offers. */
  publicUrl: () => string
  random: RandomSource
  /** Resolves when a request's payment is settled or closed, or after a while. */
  settledSoon: (requestId: Hex) => Promise<void>
}

/** What the gate asks of the node's view of the chain (`ChainView`). */
export interface GateView extends TakerView {
  /** @throws OgError if the node may not sign now */
  checkSane(): void
  /** What the node asks for a model; empty: free, undefined: not offered. */
  rates(modelId: Hex): readonly Rate[] | undefined
}

/** Hashes are over the bytes sent, so nobody on the way may touch them. */
const UNTOUCHED = { 'content-encoding': 'identity', 'cache-control': 'no-transform' } as const

/** Says of an answer that its body is sealed. */
const SEALED = { 'og-seal': 'v1' } as const
const NOTHING = new Uint8Array()

/** The gate's memory of one admitted request. */
interface PaidOrFree {
  requestId: Hex
  requestHash: Hex
  /** Hex of a secret that the node drew, to be told to the caller. */
  drawn: string | undefined
  quote: Quote
  taken: Taken | undefined
  level: ServedLevel
  sealed: SealedCall | undefined
  /** Of the execution record; at level zk it is in the statement too, so it is drawn before the model runs. */
  salt: Hex | undefined
  waitSettled: boolean
  modelId: Hex
  done: (() => void) | undefined
  /** The part of the bond that answers for this request is counted elsewhere from now on. */
  settleBond: (() => void) | undefined
}

/**
 * Payment and receipts around one request, in this order: the stored answer if the request is known → the node may sign → the
 * quote → the payment verified → its `paymentId` durably reserved → (the model runs) → receipt signed → answer and receipt
 * durable → released. See `server/pipeline.ts` for where the two halves stand.
 */
export class PaymentGate implements RequestGate {
  readonly #options: GateOptions
  readonly #inFlight = new InFlight()
  readonly #taker: PaymentTaker
  readonly #random32: () => Buffer

  constructor(options: GateOptions) {
    this.#options = options
    this.#taker = new PaymentTaker(options)
    this.#random32 = randomPool(options.random)
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
    if (paid.taken) journal.executed(paid.taken.reservation)
    if (paid.taken?.nonce.is === 'used') throw nonceUsed()
    view.checkSane()
    const execution = executionBytes(outcome.execution, paid.quote.lines, paid.salt ?? this.#salt())
    const { sealed: call } = paid
    const { responseBody, responseHeaders: headers, responseContentType: contentType } = outcome
    const responseHash = call ? call.responseHash(responseBody) : sha256Hex(responseBody)
    const sealed = call?.seal(responseBody, execution)
    const receipt = this.#receiptFor(paid, responseHash, sha256Hex(execution), call?.keyset ?? outcome.proofRef)
    const { receiptHash, signature, header } = call ? call.sign(receipt) : signer.receipt(receipt)
    const answer = { receipt, receiptHash, signature, header, contentType, headers, execution, body: responseBody }
    await journal.answer(paid.requestId, paid.requestHash, sealed ? sealedAnswer(answer, sealed) : answer)
    paid.settleBond?.()
    paid.done?.()
    if (paid.waitSettled) await this.#options.settledSoon(paid.requestId)
    const told = this.#headers(paid.requestId, receipt, receiptHash, header, paid.drawn)
    return sealed ? { headers: { ...told, ...SEALED }, sealed } : { headers: told }
  }

  recall(requestId: Hex, sealedHash: Hex, level: ServedLevel): Reply | undefined {
    return this.#stored(requestId, sealedHash, level)
  }

  async abort(ticket: object, reason: Error): Promise<void> {
    const { taken, done, settleBond, sealed } = ticket as PaidOrFree
    settleBond?.()
    // A message may quote the request, and the journal is on disk.
    const why = sealed === undefined ? reason.message : isOgError(reason) ? reason.code : 'the run failed'
    try {
      if (taken) await this.#options.journal.close(taken.reservation.paymentId, 'aborted', why, 'node')
    } catch {
      // Cannot be written: a reservation without a receipt is closed at the next start.
    } finally {
      done?.()
    }
  }

  #admit(request: AdmitRequest): Promise<Admission> {
    const given = request.headers['og-request-secret']
    const hash = request.sealed?.sealedHash ?? requestHash(request)
    if (request.sealed) return this.#admitNamed(request, request.sealed.requestId, hash)
    if (given !== undefined) return this.#admitNamed(request, requestIdOf(parseRequestSecret(String(given))), hash)
    const secret = this.#random32()
    return this.#run(request, sha256Hex(secret), hash, `0x${secret.toString('hex')}`, undefined)
  }

  /** A request under a secret of its caller: it may have been made before, or be under way. */
  async #admitNamed(request: AdmitRequest, requestId: Hex, hash: Hex): Promise<Admission> {
    const { level } = request
    // Of a sealed request `recall` has looked just now: nothing else ran in between.
    for (let looked = request.sealed !== undefined; ; looked = false) {
      const stored = looked ? undefined : this.#stored(requestId, hash, level)
      if (stored) return { kind: 'reply', reply: stored }
      const turn = this.#inFlight.take(requestId, `${hash}${level}`)
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
    const { level } = request
    const salt = level === 'zk' ? this.#salt() : undefined
    const waitSettled = quote.price > 0n && /\bwait=settled\b/.test(String(request.headers.prefer ?? ''))
    const ticket: PaidOrFree = {
      requestId,
      requestHash: hash,
      drawn,
      quote,
      taken: undefined,
      level,
      sealed: request.sealed,
      salt,
      waitSettled,
      modelId,
      done,
      settleBond: undefined,
    }
    const run: Admission = salt === undefined ? { kind: 'run', ticket } : { kind: 'run', ticket, zk: this.#statementFor(requestId, salt) }
    if (quote.price === 0n) return run
    if (request.unpayable) throw request.unpayable
    if (level === 'zk') ticket.settleBond = await this.#bond().take(modelId, quote.price)
    try {
      ticket.taken = await this.#taker.take(request, requestId, hash, quote.price)
    } catch (error) {
      ticket.settleBond?.()
      if (!isOgError(error) || !error.code.startsWith('PAYMENT_')) throw error
      return { kind: 'reply', reply: this.#demand(request, quote.price, error) }
    }
    return run
  }

  #bond(): Pick<BondGuard, 'take'> {
    const { bond } = this.#options
    if (!bond) throw new OgError('NODE_LEVEL_NOT_OFFERED', 'This node takes no payments at level zk.')
    return bond
  }

  #salt(): Hex {
    return `0x${this.#random32().toString('hex')}`
  }

  #statementFor(requestId: Hex, salt: Hex): ZkAdmission {
    return { requestId, ctx: zkContext({ chainId: this.#options.terms.chainId, requestId, salt }) }
  }

  /** 402: what to pay, and what was wrong with the payment if there was one. */
  #demand(request: AdmitRequest, price: bigint, error: OgError): Reply {
    const { terms, publicUrl, node } = this.#options
    const offer = requirementsFor(terms, price)
    const failed = error.code === 'PAYMENT_REQUIRED' ? undefined : error.code
    const { status, headers, body } = errorReply(error)
    const demand = encodeHeader(paymentRequired(offer, publicUrl() + request.path, node, request.offered, failed))
    return { status, headers: { ...headers, 'payment-required': demand }, body }
  }

  /** The answer that this request had before, or why it cannot have one; nothing if it is new. */
  #stored(requestId: Hex, hash: Hex, level: ServedLevel): Reply | undefined {
    const { journal } = this.#options
    const known = journal.find(requestId)
    if (!known) return undefined
    if (known.requestHash !== hash) throw conflict(requestId)
    const answer = journal.load(known)
    if (!answer) return this.#unanswered(known)
    if (answer.receipt.level !== LEVEL_NUMBER[level]) throw conflict(requestId)
    const headers = {
      'content-type': answer.contentType,
      ...UNTOUCHED,
      ...answer.headers,
      ...this.#headers(requestId, answer.receipt, answer.receiptHash, answer.header, undefined),
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

  #receiptFor(paid: PaidOrFree, responseHash: Hex, executionHash: Hex, proofRef: Hex = ZERO_HASH): Receipt {
    const reservation = paid.taken?.reservation
    return {
      requestId: paid.requestId,
      paymentId: reservation?.paymentId ?? ZERO_HASH,
      modelId: paid.modelId,
      requestHash: paid.sealed?.requestHash ?? paid.requestHash,
      responseHash,
      executionHash,
      proofRef,
      level: LEVEL_NUMBER[paid.level],
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
      const { payer, price, level } = receipt
      const outcome = { chainId: terms.chainId, payer, price, level, requestId, receiptHash }
      headers['payment-response'] = encodeHeader(paymentResponse({ ...outcome, ...(settlement && { settlement }) }))
    }
    return headers
  }
}

/** What is kept of an answer that went out sealed: nothing that was inside. */
function sealedAnswer(answer: Answer, sealed: Uint8Array): Answer {
  return { ...answer, headers: { ...answer.headers, ...SEALED }, execution: NOTHING, body: sealed, sealed: crc32(sealed) }
}

function conflict(requestId: Hex): OgError {
  return new OgError(
    'NODE_REQUEST_CONFLICT',
    `Request ${requestId} was made with another body, or at another level. Draw a new secret for a new request.`,
  )
}
