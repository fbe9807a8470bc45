import { type Bundle, type Hex, hexToBytes, isOgError, OgError } from '@opengradient/protocol'
import { isEquivocation, jsonLength, verify } from '@opengradient/verifier'
import type { AnswerEntry } from '../answers/book.ts'
import { keysOf } from '../answers/equivocation.ts'
import { keepAnswer, keepRefused } from '../answers/keep.ts'
import { bundleFromNode } from '../answers/nodeRecords.ts'
import { openedAnswer } from '../answers/sealed.ts'
import { recordOf, requireNoOtherSettled } from '../answers/stored.ts'
import { asked } from '../answers/unanswered.ts'
import type { Context } from '../context.ts'
import { type LoadedModel, loadModel } from '../models/load.ts'
import { bindingsOf, HEADER_LENGTH } from '../tensor/request.ts'
import { decodeResponse } from '../tensor/response.ts'
import { callPolicy, teeParts } from './attest.ts'
import { failureOf, type InferResult, otherPayment, outputsOf, refused } from './conclude.ts'
import { type ProofProgress, proofFor } from './proof.ts'

/** How long a proof is waited for. */
const PROOF_WAIT_MS = 60_000

/**
 * Asks again for the answer to a request whose outcome is unknown, or whose answer was refused. Nothing is signed and nothing is paid for a
 * second time.
 *
 * @throws OgError `NODE_REQUEST_UNKNOWN` when the node says that it never took it, and `NODE_UNREACHABLE`: the message says what the chain proves
 * of its payment (`details.settledFor`, the hash of a receipt; `details.voidAt`, unix seconds), and when `infer` may be called again;
 * `NODE_REQUEST_PENDING` when its payment is not settled yet and its answer waits for that, `SETTLEMENT_REVERTED` when it never will be: not
 * charged; `VERIFICATION_FAILED`, `NODE_SIGNED_TWICE`, `ZK_PROOF_PENDING`
 */
export async function recover(context: Context, requestId: Hex, onProof?: (progress: ProofProgress) => void): Promise<InferResult> {
  const entry = await context.book.get(requestId)
  if (!entry) throw new OgError('NODE_REQUEST_UNKNOWN', `request ${requestId} is not in the book of this application`)
  const model = await loadModel(context.chain.at(await context.chain.head()), context.files, entry.modelId)
  const found = await foundOf(context, entry, model)
  const request = entry.request ?? entry.bundle?.request
  const { inclusion: _, ...rest } = { ...found, ...(request ? { request } : {}) }
  const record = await recordOf(context, found, entry.node, entry.seal)
  const tee = entry.seal ? await teeParts(context, entry.seal) : {}
  const signed: Bundle = { ...rest, ...tee, ...record }
  const deadline = performance.now() + PROOF_WAIT_MS
  const proof = { manifest: model.manifest, secret: hexToBytes(entry.secret), deadline, signal: undefined, onProof }
  const bundle = entry.level === 'zk' && !signed.zk ? { ...signed, zk: await proofFor(context, signed, proof) } : signed
  const expect = { requestId, requestHash: entry.requestHash, modelId: entry.modelId, node: entry.node, maxPrice: entry.price }
  const verdict = await verify(
    bundle,
    callPolicy(context, entry.level ?? 'signature', expect),
    context.chain.trust,
    Math.floor(context.now()),
  )
  const { receipt, response } = bundle
  if (!verdict.ok || !response) {
    const unkept = await keepRefused(context, { ...entry, state: 'refused', code: 'VERIFICATION_FAILED', bundle })
    await requireNoOtherSettled(context, bundle, verdict)
    throw refused(failureOf(verdict, entry.node) + unkept, { verdict, requestId, node: entry.node, modelId: entry.modelId })
  }
  const other = otherPayment(entry, receipt)
  if (other) {
    await keepRefused(context, { ...entry, state: 'refused', code: 'PAYMENT_MISMATCH', bundle })
    throw other
  }
  const outputs = await outputsOf(context, { ...entry, bundle }, () =>
    decodeResponse(model.manifest.outputs, bindingsOf(model.manifest.inputs, request), headersOf(response), response.body, entry.level),
  )
  await keepAnswer(context, { ...entry, state: 'answered', bundle })
  return { outputs, receipt, verdict, bundle, requestId, secret: entry.secret }
}

/**
 * The answer that is kept, or that its node gives. One that was refused may have been altered on its way: then its node still has the one that
 * was paid for. A second receipt for this payment that the node signed stays: it proves that it did.
 */
async function foundOf(context: Context, entry: AnswerEntry, model: LoadedModel): Promise<FoundAnswer> {
  const { bundle } = entry
  if (!bundle) return asked(context, entry, () => answerOf(context, entry, model))
  if (entry.state !== 'refused') return bundle
  try {
    const { request, payment } = bundle
    const again = await answerOf(context, { ...entry, ...(request ? { request } : {}), ...(payment ? { payment } : {}) }, model)
    const keys = await keysOf(context.chain, await context.chain.head(), bundle, again)
    return isEquivocation(bundle, again, keys) ? bundle : again
  } catch (error) {
    if (isOgError(error)) return bundle
    throw error
  }
}

type FoundAnswer = Omit<Bundle, 'chain'> & Partial<Pick<Bundle, 'chain'>>

/** The answer as its node gives it again; a sealed one is opened and put together here, since only the caller can. */
function answerOf(context: Context, entry: AnswerEntry, model: LoadedModel): Promise<FoundAnswer> {
  const { requestId, node } = entry
  const secret = hexToBytes(entry.secret)
  return entry.seal ? openedAnswer(context, entry, entry.seal, model) : bundleFromNode(context, { requestId, secret, node })
}

/** A bundle keeps no headers: where the JSON of a binary response ends is found by its braces. */
function headersOf({ contentType, body }: NonNullable<Bundle['response']>): Headers {
  if (contentType !== 'application/octet-stream') return new Headers()
  return new Headers({ [HEADER_LENGTH]: `${jsonLength(body)}` })
}
