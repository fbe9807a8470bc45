import {
  type Bundle,
  type BundleRequest,
  bytesToHex,
  type Hex,
  isOgError,
  OgError,
  type Receipt,
  requestHashOf,
  requestIdOf,
  type Verdict,
} from '@opengradient/protocol'
import type { AnswerEntry } from '../answers/book.ts'
import type { Context } from '../context.ts'
import { type LoadedModel, loadModel } from '../models/load.ts'
import { formatOpg } from '../opg.ts'
import { byPrice, type Offer, offersOf, priceOf } from '../pay/offers.ts'
import { openPurse, type Purse } from '../pay/purse.ts'
import { type CheckedInputs, checkInputs } from '../tensor/inputs.ts'
import { BINARY_TYPE, encodeRequest, type Parameters } from '../tensor/request.ts'
import { decodeResponse } from '../tensor/response.ts'
import type { Tensor } from '../tensor/tensor.ts'
import type { InputValue } from '../tensor/values.ts'
import { bundleOf, judge, type RawAnswer } from './attest.ts'
import { exchange, NotTaken } from './exchange.ts'

export interface InferOptions {
  /** Ask this node and no other. */
  node?: Hex
  /** Parameters of the request; a node that does not use one as it is fails the verification. */
  parameters?: Parameters
  /** Most OPG wei for this call, instead of the policy's. */
  maxPrice?: bigint
  /** Milliseconds for everything (60,000). */
  timeoutMs?: number
  signal?: AbortSignal
}

/** An answer that passed its verification. */
export interface InferResult {
  /** By name, as the manifest declares them. */
  outputs: Record<string, Tensor>
  receipt: Receipt
  verdict: Verdict
  /** Everything needed to verify the answer again, offline (`encodeBundle`). Holds request and answer: share it knowingly. */
  bundle: Bundle
  requestId: Hex
  /** 32 bytes, hex: gives access to request and answer at the node. Keep it. */
  secret: Hex
}

const NODES_ASKED = 3
const ROUNDS = 3

/**
 * Resolve → manifest → check inputs → cheapest node → pay and ask → receipt and execution record → chain evidence → verdict → outputs.
 * Whatever is wrong on the way is an error; there is no result without a passed verdict.
 */
export async function infer(
  context: Context,
  name: string,
  values: Readonly<Record<string, InputValue>>,
  options: InferOptions = {},
): Promise<InferResult> {
  const deadline = performance.now() + (options.timeoutMs ?? 60_000)
  const facts = context.chain.at(await context.chain.head())
  const model = await loadModel(facts, context.files, name)
  const inputs = checkInputs(model.manifest.inputs, values)
  const request = requestFor(model, inputs, options.parameters)
  const offers = await offersSoon(context, model, deadline, options.signal)
  const chosen = chooseOffers(offers, request.body.length, options.node, () => uniform(context.random))
  await requireBalance(context, chosen, request.body.length)
  const purse = openPurse({
    account: context.account,
    chainId: context.chain.network.chainId,
    maxPrice: options.maxPrice ?? context.policy.maxPrice,
    maxPerDay: context.policy.maxPerDay,
    ledger: context.ledger,
    now: context.now,
    random: context.random,
  })
  const answer = await ask(context, { model, request, chosen, purse, deadline, signal: options.signal })
  return conclude(context, answer, inputs)
}

/** Seconds after its publication in which a model is waited for: nodes need a block or two to offer it. */
const FRESH = 60

/** @throws OgError `MODEL_NOT_SERVED` */
async function offersSoon(
  context: Context,
  { modelId, fact }: LoadedModel,
  deadline: number,
  signal: AbortSignal | undefined,
): Promise<Offer[]> {
  for (;;) {
    try {
      return await offersOf(context.chain.at(await context.chain.head()), modelId, context.chain.local)
    } catch (error) {
      const fresh = context.now() < Number(fact.publishedAt) + FRESH
      if (!isOgError(error, 'MODEL_NOT_SERVED') || !fresh || performance.now() + 500 > deadline) throw error
    }
    await context.sleep(500, signal)
  }
}

function requestFor({ modelId, manifest }: LoadedModel, inputs: CheckedInputs, parameters: Parameters | undefined): BundleRequest {
  const { body, headerLength } = encodeRequest(
    inputs,
    manifest.outputs.map(({ name }) => name),
    parameters,
  )
  return { method: 'POST', path: `/v2/models/${modelId}/infer`, contentType: BINARY_TYPE, headerLength, body }
}

function chooseOffers(offers: readonly Offer[], bytes: number, node: Hex | undefined, random: () => number): Offer[] {
  if (node === undefined) return byPrice(offers, bytes, random).slice(0, NODES_ASKED)
  const chosen = offers.filter((offer) => offer.node === node)
  if (chosen.length === 0) throw new OgError('MODEL_NOT_SERVED', `node ${node} does not offer this model`)
  return chosen
}

async function requireBalance({ chain, account }: Context, [cheapest]: Offer[], bytes: number): Promise<void> {
  const need = cheapest ? priceOf(cheapest, bytes) : 0n
  if (need === 0n || !account) return
  const { wopg } = await chain.balance(account.address.toLowerCase() as Hex)
  if (wopg < need)
    throw new OgError(
      'PAYMENT_INSUFFICIENT_BALANCE',
      `the request costs ${formatOpg(need)} OPG and the account has ${formatOpg(wopg)} WOPG; wrap some OPG (og.wallet.wrap)`,
      {
        details: { have: wopg, need },
      },
    )
}

interface Round {
  model: LoadedModel
  request: BundleRequest
  chosen: Offer[]
  purse: Purse
  deadline: number
  signal: AbortSignal | undefined
}

/** Asks one node after the other until one takes the request; a busy one is asked again later. */
async function ask(context: Context, { model, request, chosen, purse, deadline, signal }: Round): Promise<RawAnswer> {
  const secrets = chosen.map(() => context.random(32))
  let last: OgError | undefined
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, offer] of chosen.entries()) {
      const secret = secrets[i] as Uint8Array
      const onSend = (price: bigint) => context.book.put({ ...entryOf(context, model, offer, request, secret, price), request })
      try {
        const { reply, payment } = await exchange(context, { offer, request, secret, purse, deadline, signal, onSend })
        return { model, offer, request, secret, payment, reply }
      } catch (error) {
        if (!(error instanceof NotTaken)) throw error
        last = error.reason
      }
    }
    if (performance.now() + 1000 > deadline) break
    await context.sleep(500 * (round + 1), signal)
  }
  throw last ?? new OgError('MODEL_NOT_SERVED', `no node took the request for model ${model.modelId}`)
}

function entryOf(
  context: Context,
  model: LoadedModel,
  offer: Offer,
  request: BundleRequest,
  secret: Uint8Array,
  price: bigint,
): AnswerEntry {
  const { modelId, asked } = model
  const at = Math.floor(context.now())
  return {
    requestId: requestIdOf(secret),
    secret: bytesToHex(secret),
    modelId,
    model: asked,
    node: offer.node,
    requestHash: requestHashOf(request),
    price,
    at,
    state: 'sent',
  }
}

/** Verdict first, outputs afterwards. What fails is kept in the book, as proof of it. */
async function conclude(context: Context, answer: RawAnswer, inputs: CheckedInputs): Promise<InferResult> {
  const { model, offer, request, secret, payment, reply } = answer
  const entry = entryOf(context, model, offer, request, secret, payment?.value ?? 0n)
  const { requestId } = entry
  const bundle = await bundleOf(context, answer).catch(async (cause) => {
    if (!isOgError(cause) || !isLie(cause)) throw cause
    await context.book.put({ ...entry, request, state: 'refused', code: cause.code })
    throw refused(
      `the answer of node ${offer.node} cannot be verified: ${cause.message}`,
      { requestId, node: offer.node, modelId: model.modelId },
      cause,
    )
  })
  const verdict = await judge(context, bundle, answer)
  if (!verdict.ok) {
    await context.book.put({ ...entry, state: 'refused', code: 'VERIFICATION_FAILED', bundle })
    throw refused(failureOf(verdict, offer.node), { verdict, requestId, node: offer.node, modelId: model.modelId })
  }
  await context.book.put({ ...entry, state: 'answered', bundle })
  const outputs = decodeResponse(model.manifest.outputs, inputs.bindings, reply.headers, reply.body)
  return { outputs, receipt: bundle.receipt, verdict, bundle, requestId, secret: entry.secret }
}

/** Whether an error means that the answer itself is wrong, not that somebody could not be reached. */
const isLie = ({ code }: OgError): boolean => /^(RECEIPT|SIGNATURE|NODE_RESPONSE|NODE_REQUEST|HTTP)_/.test(code)

/** What failed, in the words of the verdict. */
export function failureOf({ checks }: Verdict, node: Hex): string {
  const failed = checks.filter(({ status }) => status === 'fail')
  const missing = checks.filter(({ status }) => status === 'absent')
  const shown = (failed.length > 0 ? failed : missing).map(({ id, says }) => `${id}: ${says}`)
  return `the answer of node ${node} was refused. ${shown.join(' ')}`
}

export const refused = (message: string, details: Record<string, unknown>, cause?: unknown): OgError =>
  new OgError('VERIFICATION_FAILED', message, { details, cause })

const uniform = (random: Context['random']): number => new DataView(random(4).slice().buffer).getUint32(0) / 2 ** 32
