import type { HttpReply } from '@opengradient/client'
import {
  BILLING_UNITS,
  type Bundle,
  type BundlePayment,
  type BundleRequest,
  type ChainEvidence,
  decodeReceiptHeader,
  fromBase64,
  type Hex,
  isOgError,
  MAX_EXECUTION_BYTES,
  OgError,
  type Policy,
  parseExecution,
  presets,
  receiptHash,
  recoverAddress,
  requestHashOf,
  requestIdOf,
  type SignedReceipt,
  type Verdict,
} from '@opengradient/protocol'
import { verify } from '@opengradient/verifier'
import type { Context, SdkLevel } from '../context.ts'
import type { LoadedModel } from '../models/load.ts'
import type { Offer } from '../pay/offers.ts'
import type { KeptSeal, SealedParts } from '../tee/channel.ts'
import { type Limit, within } from './limit.ts'
import { nodeError } from './nodeError.ts'

/** An answer as it came, before anything is believed of it. */
export interface RawAnswer {
  model: LoadedModel
  offer: Offer
  request: BundleRequest
  secret: Uint8Array
  payment: BundlePayment | undefined
  /** Opened, if it was sealed. */
  reply: HttpReply
  sealed: SealedParts | undefined
}

/** Receipt, execution record and chain evidence of an answer, put together. @throws OgError `RECEIPT_*`, `SIGNATURE_*`, `NODE_*`, and what the chain throws */
export async function bundleOf(context: Context, answer: RawAnswer, limit: Limit): Promise<Bundle> {
  const { model, offer, request, payment, reply, sealed } = answer
  const signed = readReceipt(reply)
  const { domain, network } = context.chain
  const signer = recoverAddress(receiptHash(signed.receipt, domain), signed.signature)
  const execution = sealed ? sealed.execution : await fetchExecution(context, answer, limit)
  const needed = { node: offer.node, key: signer, modelId: model.modelId, execution, seal: sealed?.kept }
  const proofs = () => Promise.all([evidenceFor(context, needed), sealed ? teeParts(context, sealed.kept) : undefined])
  const [chain, tee] = await within(limit, proofs, unproven)
  return {
    version: 1,
    network: { chainId: network.chainId, settlement: domain.settlement },
    ...signed,
    signer,
    execution,
    manifest: model.manifestBytes,
    author: model.fact.author,
    request,
    response: { contentType: reply.headers.get('content-type') ?? '', body: reply.body },
    // Also beside a receipt that claims to be free: what was paid for has to be said to be.
    ...(payment ? { payment } : {}),
    ...tee,
    chain,
  }
}

const unproven = () => new OgError('CHAIN_UNREACHABLE', 'the chain did not give the proofs for the answer in time')

/** What shows the enclave of an answer, and the salts of its hashes. */
export async function teeParts({ chain }: Context, { cmw, policy, salts }: KeptSeal): Promise<Required<Pick<Bundle, 'tee' | 'seal'>>> {
  const [{ json }, roots] = await Promise.all([chain.attestationPolicy(policy), chain.developmentRoots()])
  const developmentRoots = roots.length > 0 ? { developmentRoots: roots } : {}
  return { tee: { cmw: fromBase64(cmw), policy: json, ...developmentRoots }, seal: salts }
}

/** Judges an answer as the one that was asked for: this id, these bytes, this model, this node, at most this price, at this level. */
export function judge(
  context: Context,
  bundle: Bundle,
  { model, offer, request, secret, payment, sealed }: Omit<RawAnswer, 'reply'>,
  level: SdkLevel,
): Promise<Verdict> {
  const expect = {
    requestId: requestIdOf(secret),
    requestHash: requestHashOf(request, sealed?.kept.salts.requestSalt),
    modelId: model.modelId,
    node: offer.node,
    maxPrice: payment?.value ?? 0n,
  }
  return verify(bundle, callPolicy(context, level, expect), context.chain.trust, Math.floor(context.now()))
}

/** What an answer has to show when it arrives. */
export const callPolicy = (context: Context, level: SdkLevel, expect: NonNullable<Policy['expect']>): Policy => ({
  ...{ require: [...presets.answer.require, 'request.fresh'], level, expect },
  ...ownRules(context, level),
})

/** What the caller judges enclaves by instead of the network's policy, if it has one. */
export const ownRules = ({ policy: { attestation } }: Context, level: SdkLevel): Pick<Policy, 'attestation'> =>
  attestation ? { attestation: { ...attestation, allowDevelopment: level === 'development' } } : {}

function readReceipt(reply: HttpReply): SignedReceipt {
  const header = reply.headers.get('og-receipt')
  if (header === null) throw new OgError('RECEIPT_MISSING', 'the answer carries no receipt')
  return decodeReceiptHeader(header)
}

async function fetchExecution(context: Context, { offer, secret }: RawAnswer, limit: Limit): Promise<Uint8Array> {
  const { node, endpoint } = offer
  const url = `${endpoint}/v1/receipts/${requestIdOf(secret)}/execution`
  for (let wait = 100; ; wait *= 4) {
    const isLast = wait >= 2000 || performance.now() + wait > limit.deadline
    const reply = await privately(context, url, secret, MAX_EXECUTION_BYTES, limit).catch((error) => {
      if (isOgError(error, 'NODE_UNREACHABLE') && !isLast && performance.now() + wait < limit.deadline) return undefined
      throw error
    })
    if (reply?.status === 200) return reply.body
    if (reply && (reply.status < 500 || isLast)) throw nodeError(node, reply)
    await context.sleep(wait, limit.signal)
  }
}

/** Asks a node for something that only the holder of the request secret may have. */
export async function privately(context: Context, url: string, secret: Uint8Array, maxBytes: number, limit?: Limit): Promise<HttpReply> {
  const hex = `0x${[...secret].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`
  return context.nodeHttp(url, {
    headers: { 'og-request-secret': hex },
    timeoutMs: Math.max(1, Math.ceil(Math.min(30_000, (limit?.deadline ?? Number.POSITIVE_INFINITY) - performance.now()))),
    maxBytes,
    ...(limit?.signal ? { signal: limit.signal } : {}),
  })
}

/**
 * Proofs of what a verdict asks, in the newest block or in the one at `height`; units are those that the execution record quotes.
 * For an old answer the block that settled or anchored it is the right one: key and price are then those of its time.
 */
export async function evidenceFor(context: Context, { execution, seal, ...query }: EvidenceNeeded, height = 0): Promise<ChainEvidence> {
  const at = await usableHeight(context, height)
  const keyset = seal ? { keyset: { digest: seal.keyset, policy: seal.policy, marks: seal.marks } } : {}
  return context.chain.evidence({ ...query, ...keyset, unit: quotedUnits(execution) }, at === undefined ? {} : { height: at })
}

export interface EvidenceNeeded {
  node: Hex
  key: Hex
  modelId: Hex
  execution: Uint8Array
  /** Of a sealed request: to prove its keyset. */
  seal: KeptSeal | undefined
  paymentId?: Hex
  batch?: bigint
}

/** A height that somebody named, if it is one of the past; a little ahead of the newest block that was seen, it is waited for. */
async function usableHeight({ chain }: Context, height: number): Promise<number | undefined> {
  const newest = (await chain.head()).header.number
  if (height <= 0 || height > newest + 20) return undefined
  if (height <= newest) return height
  return chain.head({ atLeast: height }).then(
    () => height,
    () => undefined,
  )
}

function quotedUnits(execution: Uint8Array): number[] {
  try {
    return parseExecution(execution).quote.map(({ unit }) => BILLING_UNITS.indexOf(unit))
  } catch (error) {
    if (isOgError(error)) return []
    throw error
  }
}
