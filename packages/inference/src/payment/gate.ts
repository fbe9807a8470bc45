import {
  type Address,
  type Hex,
  hexToBytes,
  isOgError,
  OgError,
  parseRequestSecret,
  requestIdOf,
  zkContext,
  zkNonce,
  zkSaltOf,
} from '@opengradient/protocol'
import type { GasMoney } from '../chain/gasMoney.ts'
import type { Rate } from '../chain/view.ts'
import { executionBytes } from '../receipts/executionBytes.ts'
import { type RandomSource, randomPool } from '../receipts/randomPool.ts'
import { requestHash, requestHead } from '../receipts/requestHash.ts'
import { type ReceiptSigner, sha256Hex } from '../receipts/signer.ts'
import type { Admission, AdmitRequest, Completion, Outcome, Release, Reply, RequestGate, ServedLevel } from '../server/pipeline.ts'
import { errorReply, Refusal } from '../server/status.ts'
import type { BondGuard } from './bond.ts'
import { demand } from './demand.ts'
import { guarded, InFlight } from './inFlight.ts'
import { openAnswer, SEALED, sealedAnswer } from './kept.ts'
import { quoteFor } from './quote.ts'
import { requireReleased } from './released.ts'
import { conflict, StoredAnswers } from './storedAnswers.ts'
import { nonceUsed, PaymentTaker, type TakerOptions, type TakerView } from './take.ts'
import { type PaidOrFree, receiptFor } from './ticket.ts'
import { checkTimeLeft, SIGN_MARGIN } from './verify.ts'

export interface GateOptions extends TakerOptions {
  view: GateView
  signer: ReceiptSigner
  /** The part of the bond that answers for what is not proved yet. Without it nothing is paid for at level zk. */
  bond?: Pick<BondGuard, 'take'>
  /** Whether what is paid could be settled. */
  money: Pick<GasMoney, 'check'>
  /** The operator's account. */
  node: Address
  /** Origin under which callers reach this node; goes into offers. */
  publicUrl: () => string
  random: RandomSource
  /** Resolves when a request's payment is settled or closed, or after so many milliseconds, or fewer. */
  settledSoon: (requestId: Hex, ms: number) => Promise<void>
}

/** What the gate asks of the node's view of the chain (`ChainView`). */
export interface GateView extends TakerView {
  /** @throws OgError if the node may not sign now */
  checkSane(): void
  /** What the node asks for a model; empty: free, undefined: not offered. */
  rates(modelId: Hex): readonly Rate[] | undefined
  /** OPG wei; a payment of less cannot be settled. */
  least(modelId: Hex): bigint
}

/**
 * Payment and receipts around one request, in this order: the stored answer if the request is known → the node may sign → the
 * quote → the payment verified → its `paymentId` durably reserved → (the model runs) → receipt signed → answer and receipt
 * durable → released; what is too dear for credit is settled in between. See `server/pipeline.ts` for where the parts stand.
 */
export class PaymentGate implements RequestGate {
  readonly #options: GateOptions
  readonly #inFlight = new InFlight()
  readonly #taker: PaymentTaker
  readonly #stored: StoredAnswers
  /** Hex of 32 fresh bytes. */
  readonly #random32: () => string

  constructor(options: GateOptions) {
    this.#options = options
    this.#taker = new PaymentTaker(options)
    this.#stored = new StoredAnswers(options.journal, options.terms.chainId)
    this.#random32 = randomPool(options.random)
  }

  admit(request: AdmitRequest): Admission | Promise<Admission> {
    try {
      const admission = this.#admit(request)
      return admission instanceof Promise ? admission.catch(refusal) : admission
    } catch (error) {
      return refusal(error)
    }
  }

  recall(requestId: Hex, sealedHash: Hex, level: ServedLevel): Reply | undefined {
    return this.#stored.reply(requestId, sealedHash, level)
  }

  async complete(ticket: object, outcome: Outcome): Promise<Completion> {
    const paid = ticket as PaidOrFree
    const { journal, view, signer, node } = this.#options
    const { sealed: call } = paid.request
    if (paid.taken) journal.executed(paid.taken.reservation)
    view.checkSane()
    this.#checkStill(paid)
    const execution = executionBytes(outcome.execution, paid.quote.lines, paid.salt ?? this.#salt())
    const { responseBody, responseHeaders: headers, responseContentType: contentType } = outcome
    const responseHash = call ? call.responseHash(responseBody) : sha256Hex(responseBody)
    const executionHash = sha256Hex(execution)
    const sealed = call?.seal(responseBody, execution, [responseHash, executionHash])
    const hashes = { responseHash, executionHash, proofRef: call?.keyset ?? outcome.proofRef }
    const receipt = receiptFor(paid, hashes, node, this.#now())
    const { receiptHash, signature, header } = call ? call.sign(receipt) : signer.receipt(receipt)
    const signed = { receipt, receiptHash, signature, header, contentType }
    const answer = sealed ? sealedAnswer(signed, headers, sealed) : openAnswer(signed, headers, execution, responseBody)
    await journal.answer(paid.requestId, paid.requestHash, answer)
    paid.settleBond?.()
    paid.done?.()
    const release = (): Release => {
      const told = this.#stored.headers(receipt, receiptHash, header, paid.drawn)
      if (!sealed) return { headers: told }
      told['og-seal'] = SEALED['og-seal']
      return { headers: told, sealed }
    }
    if (!paid.waitSettled && !paid.taken?.reservation.settleFirst) return release()
    return { settling: (until) => this.#settle(paid, until, release) }
  }

  async abort(ticket: object, reason: Error): Promise<void> {
    const { taken, done, settleBond, request } = ticket as PaidOrFree
    settleBond?.()
    // A message may quote the request, and the journal is on disk.
    const why = request.sealed === undefined ? reason.message : isOgError(reason) ? reason.code : 'the run failed'
    try {
      if (taken) await this.#giveUp(taken.reservation.paymentId, why)
    } catch {
      // Cannot be written: a reservation without a receipt is closed at the next start.
    } finally {
      done?.()
    }
  }

  #admit(request: AdmitRequest): Admission | Promise<Admission> {
    const given = request.headers['og-request-secret']
    const hash = request.sealed?.sealedHash ?? requestHash(requestHead(request), request.body)
    if (request.sealed) return this.#admitNamed(request, request.sealed.requestId, hash)
    if (given !== undefined) return this.#admitNamed(request, requestIdOf(secretOf(request)), hash)
    const secret = this.#random32()
    return this.#run(request, sha256Hex(Buffer.from(secret, 'hex')), hash, `0x${secret}`, undefined)
  }

  /** A request under a secret of its caller: it may have been made before, or be under way. */
  #admitNamed(request: AdmitRequest, requestId: Hex, hash: Hex, looked = request.sealed !== undefined): Admission | Promise<Admission> {
    const { level } = request
    // Of a sealed request `recall` has looked just now: nothing else ran in between.
    const stored = looked ? undefined : this.#stored.reply(requestId, hash, level)
    if (stored) return { kind: 'reply', reply: stored }
    const turn = this.#inFlight.take(requestId, `${hash}${level}`)
    if (turn.kind === 'conflict') throw conflict(requestId)
    if (turn.kind === 'wait') return turn.over.then(() => this.#admitNamed(request, requestId, hash, false))
    return guarded(turn.done, () => this.#run(request, requestId, hash, undefined, turn.done))
  }

  #run(
    request: AdmitRequest,
    requestId: Hex,
    hash: Hex,
    drawn: string | undefined,
    done: (() => void) | undefined,
  ): Admission | Promise<Admission> {
    const { view, journal, terms } = this.#options
    view.checkSane()
    journal.checkRoom()
    const { modelId } = request.model
    const rates = view.rates(modelId)
    if (!rates) throw new OgError('MODEL_NOT_SERVED', `This node does not offer ${modelId}.`)
    const quote = quoteFor(rates, request.usage)
    if (quote.price > 0n && quote.price < view.least(modelId)) throw tooCheap(modelId, quote.price, view.least(modelId))
    const salt = request.level === 'zk' ? zkSaltOf(drawn ? hexToBytes(drawn as Hex) : secretOf(request)) : undefined
    const waitSettled = quote.price > 0n && /\bwait=settled\b/.test(String(request.headers.prefer ?? ''))
    const ticket: PaidOrFree = {
      request,
      requestId,
      requestHash: hash,
      drawn,
      quote,
      taken: undefined,
      salt,
      waitSettled,
      done,
      settleBond: undefined,
    }
    const zk = salt && { requestId, ctx: zkContext({ chainId: terms.chainId, requestId, salt }) }
    const run: Admission = zk === undefined ? { kind: 'run', ticket } : { kind: 'run', ticket, zk }
    return quote.price === 0n ? run : this.#take(ticket, run)
  }

  /** Takes the payment of a request that costs something. */
  async #take(ticket: PaidOrFree, run: Admission): Promise<Admission> {
    const { request, requestId, requestHash: hash, quote } = ticket
    if (request.unpayable) throw request.unpayable
    this.#options.money.check()
    if (request.level === 'zk') ticket.settleBond = await this.#bond().take(request.model.modelId, quote.price)
    try {
      ticket.taken = await this.#taker.take(request, requestId, hash, quote.price, this.#boundNonce(ticket))
    } catch (error) {
      ticket.settleBond?.()
      throw this.#demanding(error, ticket)
    }
    return run
  }

  /** What has to hold of the payment still, now that the answer is there. */
  #checkStill(paid: PaidOrFree): void {
    if (!paid.taken) return
    const { reservation, nonce } = paid.taken
    try {
      if (nonce.is === 'used') throw nonceUsed()
      checkTimeLeft(reservation.validBefore, { now: this.#now(), head: this.#options.view.head!.timestamp }, SIGN_MARGIN)
    } catch (error) {
      throw this.#demanding(error, paid)
    }
  }

  /** What is wrong with a payment, with what to pay; anything else as it is. */
  #demanding(error: unknown, { request, quote }: PaidOrFree): unknown {
    if (!isOgError(error) || !error.code.startsWith('PAYMENT_')) return error
    return demand(error, request, quote.price, this.#options)
  }

  /** Waits for the settlement of a kept answer. Nobody has it yet: if it is not settled in time the caller is told how to ask again. */
  async #settle({ requestId, drawn }: PaidOrFree, until: number, release: () => Release): Promise<Release> {
    const { settledSoon, journal } = this.#options
    await settledSoon(requestId, Math.max(0, until - performance.now()))
    try {
      requireReleased(journal.find(requestId)!)
    } catch (error) {
      if (!isOgError(error)) throw error
      throw new Refusal(error, { 'og-request-id': requestId, ...(drawn && { 'og-request-secret': drawn }) })
    }
    return release()
  }

  /** What is signed and kept is not given up: it is settled, whatever became of the request. */
  async #giveUp(paymentId: Hex, why: string): Promise<void> {
    const { journal } = this.#options
    if (journal.payment(paymentId)?.answer === undefined) await journal.close(paymentId, 'aborted', why, 'node')
  }

  /** The nonce by which the payment of a request of level zk is for it alone. */
  #boundNonce({ request: { x, model }, requestId, salt }: PaidOrFree): Hex | undefined {
    return x && salt && zkNonce({ modelId: model.modelId, requestId, x, salt })
  }

  #bond(): Pick<BondGuard, 'take'> {
    const { bond } = this.#options
    if (!bond) throw new OgError('NODE_LEVEL_NOT_OFFERED', 'This node takes no payments at level zk.')
    return bond
  }

  #salt(): Hex {
    return `0x${this.#random32()}`
  }

  /** Unix seconds. */
  #now(): number {
    return Math.floor(this.#options.now() / 1000)
  }
}

/** The request secret that the caller drew. @throws OgError `REQUEST_SECRET_INVALID` */
function secretOf({ headers }: AdmitRequest): Uint8Array {
  return parseRequestSecret(String(headers['og-request-secret']))
}

/** What the request is told instead of an answer. @throws what is no refusal */
function refusal(error: unknown): Admission {
  if (!isOgError(error)) throw error
  return { kind: 'reply', reply: errorReply(error) }
}

function tooCheap(modelId: Hex, price: bigint, least: bigint): OgError {
  return new OgError(
    'MODEL_NOT_SERVED',
    `This node asks ${price} OPG wei for this request of ${modelId}; royalty and fee need ${least}, so it could not be settled.`,
    { details: { price, least } },
  )
}
