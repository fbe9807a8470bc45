import type { HttpReply } from '@opengradient/client'
import { type BundlePayment, type BundleRequest, bytesToHex, type Hex, isOgError, OgError, requestIdOf } from '@opengradient/protocol'
import type { Context, SdkLevel } from '../context.ts'
import { paymentHeader } from '../pay/authorise.ts'
import { demandedPrice } from '../pay/demand.ts'
import { acceptablePrices, type Offer, priceOf } from '../pay/offers.ts'
import type { Purse } from '../pay/purse.ts'
import { HEADER_LENGTH } from '../tensor/request.ts'
import { nodeError } from './nodeError.ts'

/** One request to one node. */
export interface Exchange {
  offer: Offer
  request: BundleRequest
  level: SdkLevel
  secret: Uint8Array
  purse: Purse
  /** `performance.now()` after which nothing is tried again. */
  deadline: number
  signal: AbortSignal | undefined
  /** Called with the price before anything is sent, the first time and when it changes. */
  onSend: (price: bigint) => Promise<void>
}

export interface Answered {
  reply: HttpReply
  payment: BundlePayment | undefined
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
 * @throws NotTaken when the node is known not to run it
 * @throws OgError what the node refuses it with; `NODE_UNREACHABLE` with `details.requestId` when the outcome is unknown; `POLICY_*`
 */
export async function exchange(
  context: Context,
  { offer, request, level, secret, purse, deadline, signal, onSend }: Exchange,
): Promise<Answered> {
  const { node } = offer
  const requestId = requestIdOf(secret)
  const entitled = { chainId: context.chain.network.chainId, node, prices: acceptablePrices(offer, request.body.length, context.now()) }
  let price = priceOf(offer, request.body.length)
  let announced: bigint | undefined
  let lost = 0
  for (let wait = 100; ; wait = Math.min(2 * wait, 2000)) {
    const payment = price > 0n ? await purse.pay(node, price) : undefined
    if (announced !== price) await onSend(price)
    announced = price
    const result = await send(context, offer, request, level, secret, payment, deadline, signal)
    if (isOgError(result)) {
      if (result.details.sent === false && lost === 0) {
        await purse.unsent(node)
        throw new NotTaken(result)
      }
      lost += 1
      if (lost >= LOST_TRIES || performance.now() + wait > deadline) throw unknownOutcome(result, requestId)
      await context.sleep(wait, signal)
      continue
    }
    if (result.status === 200) return { reply: result, payment }
    const error = nodeError(node, result)
    if (isWorthWaiting(error) && performance.now() + wait < deadline) {
      await context.sleep(wait, signal)
      continue
    }
    if (result.status !== 402 || error.code === 'PAYMENT_CREDIT_EXHAUSTED') throw refusal(error, result.status)
    const wanted = demandedPrice(result.headers.get('payment-required'), entitled)
    if (wanted === price) throw error
    price = wanted
  }
}

/** The node's reply, or why there is none. Throws only what ends the call. */
async function send(
  context: Context,
  { node, endpoint }: Offer,
  { method, path, contentType, headerLength, body }: BundleRequest,
  level: SdkLevel,
  secret: Uint8Array,
  payment: BundlePayment | undefined,
  deadline: number,
  signal: AbortSignal | undefined,
): Promise<HttpReply | OgError> {
  const url = `${endpoint}${path}`
  const headers: Record<string, string> = { 'content-type': contentType, 'og-request-secret': bytesToHex(secret) }
  if (level !== 'signature') headers['og-level'] = level
  if (headerLength !== undefined) headers[HEADER_LENGTH] = `${headerLength}`
  if (payment) headers['payment-signature'] = paymentHeader(payment, node, context.chain.network.chainId, url)
  const timeoutMs = Math.max(1, Math.ceil(deadline - performance.now()))
  try {
    return await context.nodeHttp(url, {
      method: method as 'POST',
      headers,
      body,
      timeoutMs,
      maxBytes: MAX_RESPONSE,
      ...(signal ? { signal } : {}),
    })
  } catch (error) {
    if (isOgError(error, 'NODE_UNREACHABLE')) return error
    if (isOgError(error, 'NODE_ENDPOINT_REFUSED')) throw new NotTaken(error)
    throw error
  }
}

const isWorthWaiting = ({ code }: OgError): boolean => code === 'PAYMENT_CREDIT_EXHAUSTED' || code === 'NODE_REQUEST_PENDING'

/** Busy, draining, without the model or without this level of it: the request was not run there. */
function refusal(error: OgError, status: number): Error {
  const elsewhere = status === 429 || status === 503 || status === 404 || error.code === 'NODE_LEVEL_NOT_OFFERED'
  return elsewhere ? new NotTaken(error) : error
}

function unknownOutcome(cause: OgError, requestId: Hex): OgError {
  return new OgError(
    'NODE_UNREACHABLE',
    `${cause.message}. Whether the request was run, and paid for, is unknown; og.recover('${requestId}') asks again and never pays twice`,
    { cause, details: { ...cause.details, requestId } },
  )
}
