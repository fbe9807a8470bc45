import {
  type BundlePayment,
  type BundleRequest,
  type Hex,
  isOgError,
  OgError,
  requestIdOf,
  zkNonce,
  zkSaltOf,
} from '@opengradient/protocol'
import type { AnswerEntry } from '../answers/book.ts'
import { keepRefused } from '../answers/keep.ts'
import type { Context, SdkLevel } from '../context.ts'
import type { LoadedModel } from '../models/load.ts'
import { voidAt } from '../pay/authorise.ts'
import type { Offer } from '../pay/offers.ts'
import type { Purse } from '../pay/purse.ts'
import { type KeptSeal, sealedWire } from '../tee/channel.ts'
import { enclaveSoon } from '../tee/enclave.ts'
import { isTeeLevel } from '../tee/level.ts'
import type { RawAnswer } from './attest.ts'
import { entryOf } from './conclude.ts'
import { exchange, NotTaken } from './exchange.ts'
import { unprepared, within } from './limit.ts'
import { plainWire, type Wire } from './wire.ts'

/** Times that each node is asked, while all are busy. */
const ROUNDS = 3
/** Seconds after its publication in which a model is waited for that no node can prove yet: it has to have proved an answer of it first. */
const FRESH = 60

/** One call. */
export interface Round {
  model: LoadedModel
  request: BundleRequest
  level: SdkLevel
  chosen: Offer[]
  purse: Purse
  /** At level zk: what the node has to prove the answer to. */
  x: Uint8Array | undefined
  /** `performance.now()` after which nothing is tried again. */
  deadline: number
  signal: AbortSignal | undefined
}

/** A node that may be asked, and what was prepared for it. */
interface Candidate {
  offer: Offer
  secret: Uint8Array
  wire: Wire | undefined
  seal: KeptSeal | undefined
  /** Payments that it was sent. */
  paid: Set<Hex>
}

/** Asks one node after the other until one takes the request; a busy one is asked again later, one that is of no use for this call is not. */
export async function ask(context: Context, round: Round): Promise<RawAnswer> {
  const { model, request, level, chosen, purse, x, deadline, signal } = round
  let candidates = chosen.map(
    (offer): Candidate => ({ offer, secret: context.random(32), wire: undefined, seal: undefined, paid: new Set() }),
  )
  let last: OgError | undefined
  const isProvedSoon = () =>
    level === 'zk' && last?.code === 'NODE_LEVEL_NOT_OFFERED' && context.now() < Number(model.fact.publishedAt) + FRESH
  for (let times = 0; (times < ROUNDS || isProvedSoon()) && candidates.length > 0; times++) {
    for (const candidate of candidates) {
      if (last && performance.now() > deadline) throw last
      const { offer, secret } = candidate
      let sent: AnswerEntry | undefined
      const onSend = async (payment: BundlePayment | undefined) => {
        const { seal, paid } = candidate
        const entry = entryOf(context, { model, offer, request, secret, seal }, payment, level)
        const earlier = [...paid].filter((paymentId) => paymentId !== entry.paymentId)
        if (entry.paymentId) paid.add(entry.paymentId)
        const whole = { ...entry, request, ...(earlier.length > 0 ? { earlier } : {}), ...(seal && payment ? { payment } : {}) }
        await context.book.put(whole)
        sent = whole
      }
      try {
        const wire = await wireTo(context, candidate, round)
        const { reply, payment, sealed } = await exchange(context, {
          ...{ offer, request, level, wire, secret, purse, deadline, signal, onSend },
          nonce: x && nonceFor(model.modelId, secret, x),
        })
        return { model, offer, request, secret, payment, reply, sealed }
      } catch (error) {
        const reason = error instanceof NotTaken ? error.reason : error
        const known = error instanceof NotTaken || (isOgError(error) && !UNKNOWN.has(error.code) && error.details.sealed !== true)
        if (sent && known) await keepRefused(context, { ...sent, state: 'refused', code: (reason as OgError).code })
        if (!(error instanceof NotTaken)) throw known && sent && candidate.paid.size > 0 ? stillUsable(error as OgError, sent) : error
        last = error.reason
        // What never left is sealed anew: by the next try its keyset may be over, or revoked.
        if (error.reason.code === 'CHANNEL_KEYSET_UNKNOWN' || error.reason.details.sent === false) candidate.wire = undefined
        if (isFinal(error.reason)) candidates = candidates.filter((other) => other !== candidate)
      }
    }
    if (performance.now() + 1000 > deadline) break
    if (candidates.length > 0) await context.sleep(500 * Math.min(times + 1, ROUNDS), signal)
  }
  throw last ?? new OgError('MODEL_NOT_SERVED', `no node took the request for model ${model.modelId}`)
}

/** After these the request may be answered, and paid for, yet. */
const UNKNOWN = new Set<string>(['NODE_UNREACHABLE', 'NODE_RESPONSE_INVALID', 'NODE_REQUEST_PENDING'])

/** A refusal by a node that was paid: its word that it takes nothing binds nobody. */
function stillUsable(cause: OgError, sent: AnswerEntry): OgError {
  const end = voidAt(sent)
  return new OgError(
    cause.code,
    `${cause.message.replace(/\.$/, '')}. The node could use what was signed for it until ${new Date(end * 1000).toISOString()}, so it counts in the budget of the day`,
    { cause, details: { ...cause.details, voidAt: end } },
  )
}

/** So that the payment can be settled for a proved answer to this request only. */
function nonceFor(modelId: Hex, secret: Uint8Array, x: Uint8Array): Hex {
  return zkNonce({ modelId, requestId: requestIdOf(secret), x, salt: zkSaltOf(secret) })
}

/** Evidence that was refused now is refused in a second, too, and so is a payer who has to wait for longer than the call. */
const isFinal = ({ code }: OgError): boolean => /^(EVIDENCE|KEYSET|ATTESTATION)_/.test(code) || code === 'PAYMENT_CREDIT_EXHAUSTED'

/** How this node is talked to. At levels with an enclave its evidence is verified first: not a byte of the request is sent before. @throws NotTaken */
async function wireTo(context: Context, candidate: Candidate, { model, request, level, deadline, signal }: Round): Promise<Wire> {
  const { offer, secret } = candidate
  if (candidate.wire) return candidate.wire
  if (!isTeeLevel(level)) return plainWire(request)
  const { modelId } = model
  const accept = () => enclaveSoon(context, { offer, model, level, deadline, signal })
  const enclave = await within({ deadline, signal }, accept, unprepared).catch((error) => {
    throw isOgError(error) && !/^(RPC|CHAIN)_/.test(error.code) ? new NotTaken(error) : error
  })
  const keep = (seal: KeptSeal) => {
    candidate.seal = seal
  }
  candidate.wire = sealedWire({ seal: context.seal, enclave, request, modelId, requestId: requestIdOf(secret), keep })
  return candidate.wire
}
