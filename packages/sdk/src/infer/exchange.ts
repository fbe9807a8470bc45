import type { HttpReply } from '@opengradient/client'
import {
  type Address,
  type BundlePayment,
  type BundleRequest,
  bytesToHex,
  type Hex,
  isOgError,
  OgError,
  requestIdOf,
} from '@opengradient/protocol'
import type { Context, SdkLevel } from '../context.ts'
import { paymentHeader } from '../pay/authorise.ts'
import { demandedPrice } from '../pay/demand.ts'
import { acceptablePrices, type Offer, priceOf } from '../pay/offers.ts'
import type { Purse } from '../pay/purse.ts'
import type { SealedParts } from '../tee/channel.ts'
import { HEADER_LENGTH } from '../tensor/request.ts'
import { type Limit, within } from './limit.ts'
import { nodeError, withheld } from './nodeError.ts'
import type { Outgoing, ReadReply, Wire } from './wire.ts'

/** One request to one node. */
export interface Exchange {
  offer: Offer
  request: BundleRequest
  level: SdkLevel
  wire: Wire
  secret: Uint8Array
  purse: Purse
  /** Makes the payment one for this answer alone; a random one otherwise. */
  nonce: Hex | undefined
  /** `performance.now()` after which nothing is tried again. */
  deadline: number
  signal: AbortSignal | undefined
  /** Called with the payment, if there is one, before anything is sent, the first time and when it changes. */
  onSend: (payment: BundlePayment | undefined) => Promise<void>
}

export interface Answered {
  reply: HttpReply
  payment: BundlePayment | undefined
  sealed: SealedParts | undefined
}

/** The node did not take the request: another may be asked, and nothing was run. */
export class NotTaken extends Error {
  readonly reason: OgError

  constructor(reason: OgError) {
    super(reason.message, { cause: reason })
    this.reason = reason
  }
}

const MAX_RESPONSE = 256 * 1024 * 1024
const LOST_TRIES = 3

/**
 * Sends a request, with its payment, until the node answers it. After a lost connection the same request goes out again under the same
 * request id and authorisation: a node that has the answer gives it again, charged once.
 *
 * @throws NotTaken when the node is known not to run it, or not in the time of this call
 * @throws OgError what the node refuses it with; `NODE_UNREACHABLE`, `NODE_RESPONSE_INVALID` or `NODE_REQUEST_PENDING`, with
 * `details.requestId`, when the outcome is unknown; `POLICY_*`
 */
export async function exchange(
  context: Context,
  { offer, request, level, wire, secret, purse, nonce, deadline, signal, onSend }: Exchange,
): Promise<Answered> {
  const { node } = offer
  const requestId = requestIdOf(secret)
  const entitled = { chainId: context.chain.network.chainId, node, prices: acceptablePrices(offer, request.body.length, context.now()) }
  let price = priceOf(offer, request.body.length)
  let announced: bigint | undefined
  const tried = new Set<bigint>()
  let lost = 0
  /** What the call ends with if its time is over before the next try. */
  let before: OgError | undefined
  for (let wait = 100; ; wait = Math.min(2 * wait, 2000)) {
    const late = () => before ?? unsigned()
    const making = { node, price, nonce, purse, wire, onSend: announced === price ? undefined : onSend }
    const { payment, outgoing } = await madeReady(making, { deadline, signal }, late)
    announced = price
    tried.add(price)
    const result = await send(context, offer, request, outgoing, level, secret, payment, deadline, signal).catch((error) => {
      throw isOgError(error, 'NODE_RESPONSE_INVALID') ? unknownOutcome(error, requestId, level) : error
    })
    const left = !isOgError(result) || (result.details.sent !== false && result.code !== 'NODE_ENDPOINT_REFUSED')
    if (left) purse.sent(node, price)
    if (isOgError(result)) {
      if (!left && lost === 0) {
        await purse.unsent(node, price)
        throw new NotTaken(result)
      }
      lost += 1
      before = unknownOutcome(result, requestId, level)
      if (lost >= LOST_TRIES || performance.now() + wait > deadline) throw before
      await context.sleep(wait, signal)
      continue
    }
    const { reply, sealed } = await readOf(outgoing, result, requestId)
    if (reply.status === 200) return { reply, payment, sealed }
    const error = nodeError(node, reply)
    const later = retryAfterMs(reply)
    before = error.code === 'NODE_REQUEST_PENDING' ? pending(error, requestId, level) : error
    if (isWorthWaiting(error) && performance.now() + Math.max(wait, later) < deadline) {
      await context.sleep(wait, signal)
      continue
    }
    if (error.code === 'NODE_REQUEST_PENDING') throw before
    if (error.code === 'PAYMENT_CREDIT_EXHAUSTED' && later > 0) throw new NotTaken(error)
    if (reply.status !== 402 || error.code === 'PAYMENT_CREDIT_EXHAUSTED') throw refusal(error, reply.status, requestId, level)
    const wanted = demandedPrice(reply.headers.get('payment-required'), entitled)
    if (tried.has(wanted)) throw error
    price = wanted
  }
}

/** What goes out for one try. */
interface Making extends Pick<Exchange, 'nonce' | 'purse' | 'wire'> {
  node: Address
  price: bigint
  /** Undefined when this payment was told of before. */
  onSend: Exchange['onSend'] | undefined
}

/**
 * The payment, signed and told of, and the bytes that go with it. An account, a ledger or a book that takes too long is not waited for, and then,
 * as whenever it fails, what is signed after all goes nowhere and is promised no longer.
 */
async function madeReady({ node, price, nonce, purse, wire, onSend }: Making, limit: Limit, late: () => OgError) {
  let isLeft = false
  const takeBack = () => purse.unsent(node, price).catch(() => undefined)
  const make = async () => {
    try {
      const payment = price > 0n ? await purse.pay(node, price, nonce) : undefined
      const outgoing = await wire(payment)
      if (!isLeft) await onSend?.(payment)
      return { payment, outgoing }
    } catch (error) {
      await takeBack()
      throw error
    }
  }
  let making: ReturnType<typeof make> | undefined
  try {
    return await within(limit, () => (making = make()), late)
  } catch (error) {
    isLeft = true
    void takeBack()
    void making?.then(takeBack, () => undefined)
    throw error
  }
}

const unsigned = (): OgError =>
  new OgError(
    'PAYMENT_NOT_SIGNED',
    'account, ledger and book did not give in the time of the call what its payment needs; nothing was sent and nothing is paid. Where somebody has to confirm a payment, give the call more time (timeoutMs)',
  )

/** The node's reply, or why there is none. Throws only what ends the call. */
async function send(
  context: Context,
  { node, endpoint }: Offer,
  { method, path, contentType, headerLength }: BundleRequest,
  outgoing: Outgoing,
  level: SdkLevel,
  secret: Uint8Array,
  payment: BundlePayment | undefined,
  deadline: number,
  signal: AbortSignal | undefined,
): Promise<HttpReply | OgError> {
  const url = `${endpoint}${path}`
  const headers: Record<string, string> = { 'content-type': contentType, 'og-request-secret': bytesToHex(secret), ...outgoing.headers }
  if (level !== 'signature') headers['og-level'] = level
  if (headerLength !== undefined) headers[HEADER_LENGTH] = `${headerLength}`
  if (payment) headers['payment-signature'] = paymentHeader(payment, node, context.chain.network.chainId, url)
  const timeoutMs = Math.max(1, Math.ceil(deadline - performance.now()))
  try {
    return await context.nodeHttp(url, {
      method: method as 'POST',
      headers,
      body: outgoing.body,
      timeoutMs,
      maxBytes: MAX_RESPONSE,
      ...(signal ? { signal } : {}),
    })
  } catch (error) {
    if (isOgError(error, 'NODE_UNREACHABLE') || isOgError(error, 'NODE_ENDPOINT_REFUSED')) return error
    throw error
  }
}

const isWorthWaiting = ({ code }: OgError): boolean => code === 'PAYMENT_CREDIT_EXHAUSTED' || code === 'NODE_REQUEST_PENDING'

/** Milliseconds after which the node says that asking again makes sense; 0 if it does not say. */
function retryAfterMs({ headers }: HttpReply): number {
  const seconds = headers.get('retry-after') ?? ''
  return /^\d{1,9}$/.test(seconds) ? 1000 * Number(seconds) : 0
}

/** Codes of refusals that are about this node, before it looked at the request. */
const NOT_HERE = new Set<string>(['NODE_LEVEL_NOT_OFFERED', 'CHANNEL_KEYSET_UNKNOWN', 'NODE_NOT_ATTESTED'])

/** Busy, draining, without the model, this level of it or this keyset: the request was not run there. What gives no code need not be the node. */
function refusal(error: OgError, status: number, requestId: Hex, level: SdkLevel): Error {
  const elsewhere = status === 429 || status === 503 || status === 404 || NOT_HERE.has(error.code)
  if (elsewhere) return new NotTaken(error)
  return error.code === 'NODE_RESPONSE_INVALID' ? unknownOutcome(error, requestId, level) : error
}

/** The reply as its node meant it. What does not open may have been damaged on the way: the node has the answer, and gives it again. */
async function readOf(outgoing: Outgoing, reply: HttpReply, requestId: Hex): Promise<ReadReply> {
  try {
    return await outgoing.read(reply)
  } catch (cause) {
    if (!isOgError(cause)) throw cause
    throw new OgError(
      cause.code,
      `${cause.message}. Nothing of it is given out; og.recover('${requestId}') asks again and never pays twice`,
      {
        cause,
        details: { requestId, sealed: true },
      },
    )
  }
}

/** The node has the request, and the time for this call is over. */
function pending(cause: OgError, requestId: Hex, level: SdkLevel): OgError {
  return new OgError(
    'NODE_REQUEST_PENDING',
    `${cause.message}. It may be answered and paid for yet; og.recover('${requestId}') asks again and never pays twice${withheld(level, requestId)}`,
    { cause, details: { ...cause.details, requestId } },
  )
}

function unknownOutcome(cause: OgError, requestId: Hex, level: SdkLevel): OgError {
  return new OgError(
    cause.code,
    `${cause.message}. Whether the request was run, and paid for, is unknown; og.recover('${requestId}') asks again and never pays twice${withheld(level, requestId)}`,
    { cause, details: { ...cause.details, requestId } },
  )
}
