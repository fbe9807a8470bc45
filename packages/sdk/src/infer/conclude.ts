import type { Claims, Platform, TcbStatus } from '@opengradient/attestation'
import {
  type Bundle,
  type BundlePayment,
  type BundleRequest,
  bytesToHex,
  type Hex,
  isOgError,
  OgError,
  paymentIdOf,
  type Receipt,
  requestHashOf,
  requestIdOf,
  type Verdict,
} from '@opengradient/protocol'
import type { AnswerEntry } from '../answers/book.ts'
import { keepAnswer, keepRefused } from '../answers/keep.ts'
import type { Context, SdkLevel } from '../context.ts'
import type { LoadedModel } from '../models/load.ts'
import type { Offer } from '../pay/offers.ts'
import type { KeptSeal } from '../tee/channel.ts'
import type { CheckedInputs } from '../tensor/inputs.ts'
import { decodeResponse } from '../tensor/response.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { bundleOf, judge, type RawAnswer } from './attest.ts'
import type { Limit } from './limit.ts'
import { type ProofProgress, proofFor } from './proof.ts'

/** An answer that passed its verification. */
export interface InferResult {
  /** By name, as the manifest declares them. */
  outputs: Record<string, Tensor>
  receipt: Receipt
  verdict: Verdict
  /** Everything needed to verify the answer again, offline (`encodeBundle`). Holds request and answer: share it knowingly. */
  bundle: Bundle
  requestId: Hex
  /** At level tee and development: what its evidence says, verified before anything was sent. */
  enclave?: EnclaveSummary
  /** 32 bytes, hex: gives access to request and answer at the node. Keep it. */
  secret: Hex
}

/** An enclave in short. `trust` development: no hardware protects anything. */
export interface EnclaveSummary {
  platform: Platform
  trust: Claims['trust']
  /** Of the code, by the platform's names. */
  measurements: Readonly<Record<string, Hex>>
  tcb: TcbStatus
}

/** How an answer is concluded. */
export interface Wanted extends Limit {
  level: SdkLevel
  onProof: ((progress: ProofProgress) => void) | undefined
  /** At level zk: the file of the integer model. */
  zkir: Uint8Array | undefined
}

/** Verdict first, outputs afterwards. What fails is kept in the book, as proof of it. At level zk the proof is waited for in between. */
export async function conclude(context: Context, answer: RawAnswer, inputs: CheckedInputs, wanted: Wanted): Promise<InferResult> {
  const { model, offer, request, payment, reply, sealed } = answer
  const { level } = wanted
  const entry = entryOf(context, { ...answer, seal: sealed?.kept }, payment, level)
  const { requestId } = entry
  const signed = await bundleOf(context, answer, wanted).catch(async (cause) => {
    if (!isOgError(cause)) throw cause
    if (!isLie(cause)) throw unverified(cause, requestId)
    const unkept = await keepRefused(context, { ...entry, request, state: 'refused', code: cause.code })
    throw refused(
      `the answer of node ${offer.node} cannot be verified: ${cause.message}${unkept}`,
      { requestId, node: offer.node, modelId: model.modelId },
      cause,
    )
  })
  const bundle = level === 'zk' ? await withProof(context, signed, entry, answer, wanted) : signed
  const verdict = await judge(context, bundle, answer, level)
  if (!verdict.ok) {
    const unkept = await keepRefused(context, { ...entry, state: 'refused', code: 'VERIFICATION_FAILED', bundle })
    throw refused(failureOf(verdict, offer.node) + unkept, { verdict, requestId, node: offer.node, modelId: model.modelId })
  }
  const outputs = await outputsOf(context, { ...entry, bundle }, () =>
    decodeResponse(model.manifest.outputs, inputs.bindings, reply.headers, reply.body, level),
  )
  await keepAnswer(context, { ...entry, state: 'answered', bundle }, wanted.signal)
  const enclave = sealed ? { enclave: summaryOf(sealed.claims) } : {}
  return { outputs, receipt: bundle.receipt, verdict, bundle, requestId, ...enclave, secret: entry.secret }
}

/** What an answer that passed its verification holds. One that holds no such thing was signed, and paid for, and is kept as proof of that. */
export async function outputsOf<Outputs>(context: Context, entry: AnswerEntry, decode: () => Outputs): Promise<Outputs> {
  try {
    return decode()
  } catch (cause) {
    if (!isOgError(cause)) throw cause
    const { requestId, node, modelId } = entry
    const unkept = await keepRefused(context, { ...entry, state: 'refused', code: cause.code })
    throw refused(`the answer of node ${node} is signed and cannot be used: ${cause.message}${unkept}`, { requestId, node, modelId }, cause)
  }
}

/**
 * The bundle with its proof. First the answer is judged as a signed one: a lie is no reason to wait. Until the proof is there the book holds
 * the request as one whose outcome is unknown, with the answer.
 */
async function withProof(context: Context, signed: Bundle, entry: AnswerEntry, answer: RawAnswer, wanted: Wanted): Promise<Bundle> {
  const verdict = await judge(context, signed, answer, 'signature')
  if (!verdict.ok) return signed
  await keepAnswer(context, { ...entry, bundle: signed }, wanted.signal)
  return { ...signed, zk: await proofFor(context, signed, { ...wanted, manifest: answer.model.manifest, secret: answer.secret }) }
}

const summaryOf = ({ platform, trust, measurements, tcb }: Claims): EnclaveSummary => ({ platform, trust, measurements, tcb: tcb.status })

/** Whether an error means that the answer itself is wrong, not that somebody could not be reached. */
const isLie = ({ code }: OgError): boolean => /^(RECEIPT|SIGNATURE|NODE_RESPONSE|NODE_REQUEST|HTTP)_/.test(code)

/** The answer is there, and somebody who is needed to judge it is not. */
const unverified = (cause: OgError, requestId: Hex): OgError =>
  new OgError(
    cause.code,
    `${cause.message.replace(/\.$/, '')}. The answer to request ${requestId} came and could not be verified; og.recover('${requestId}') asks again and never pays twice`,
    { cause, details: { ...cause.details, requestId } },
  )

/** Why an answer is not the one that was paid for; undefined if it is. A verdict alone cannot tell: it does not know what was sent. */
export function otherPayment({ paymentId, requestId, node, modelId }: AnswerEntry, receipt: Receipt): OgError | undefined {
  if (paymentId === undefined || receipt.paymentId === paymentId) return undefined
  const details = { requestId, node, modelId, paymentId, found: receipt.paymentId }
  return refused(`the answer of node ${node} was refused. Its receipt is for another payment than the one that was sent`, details)
}

/** What failed, in the words of the verdict. */
export function failureOf({ checks }: Verdict, node: Hex): string {
  const shown = checks.filter(({ status }) => status === 'fail').map(({ id, says }) => `${id}: ${says}`)
  return `the answer of node ${node} was refused. ${shown.join(' ')}`
}

export const refused = (message: string, details: Record<string, unknown>, cause?: unknown): OgError =>
  new OgError('VERIFICATION_FAILED', message, { details, cause })

/** What a request was, and to whom. */
interface Asked {
  model: LoadedModel
  offer: Offer
  request: BundleRequest
  secret: Uint8Array
  seal: KeptSeal | undefined
}

/** The entry of a request in the book, before its outcome is known. */
export function entryOf(
  context: Context,
  { model, offer, request, secret, seal }: Asked,
  payment: BundlePayment | undefined,
  level: SdkLevel,
): AnswerEntry {
  const { modelId, asked } = model
  const at = Math.floor(context.now())
  return {
    requestId: requestIdOf(secret),
    secret: bytesToHex(secret),
    modelId,
    model: asked,
    node: offer.node,
    requestHash: requestHashOf(request, seal?.salts.requestSalt),
    price: payment?.value ?? 0n,
    ...(payment ? { paymentId: paymentIdOf(payment) } : {}),
    at,
    state: 'sent',
    ...(level === 'signature' ? {} : { level }),
    ...(seal ? { seal } : {}),
  }
}
