import {
  type Address,
  type Bundle,
  encodeBundle,
  type Hex,
  hexToBytes,
  isOgError,
  OgError,
  type Policy,
  presets,
  receiptHash,
  requestIdOf,
  type SignedReceipt,
  type Verdict,
} from '@opengradient/protocol'
import { isEquivocation, verify } from '@opengradient/verifier'
import type { Context } from '../context.ts'
import { evidenceFor, ownRules } from '../infer/attest.ts'
import { otherPayment } from '../infer/conclude.ts'
import type { KeptSeal } from '../tee/channel.ts'
import type { AnswerEntry } from './book.ts'
import { keysOf } from './equivocation.ts'
import { type Asked, bundleFromNode, inclusionFromNode, receiptFromNode, type ShownReceipt } from './nodeRecords.ts'
import { settledInstead } from './settledInstead.ts'
import { asked } from './unanswered.ts'

/** A bundle, ready to be written to a file, and what it proves now. */
export interface StoredBundle {
  bundle: Bundle
  /** `application/vnd.opengradient.bundle+json`. Holds request and answer. */
  bytes: Uint8Array
  verdict: Verdict
}

/** What names a request that the book does not know. */
export interface BundleOptions {
  /** 32 bytes, hex; not needed for requests that the book knows. */
  secret?: Hex
  /** Who was asked; not needed for requests that the book knows. */
  node?: Address
}

/**
 * The bundle of an earlier answer with the newest evidence of the chain: settlement and batch, if they are there by now.
 *
 * The answer itself is the one that was kept when it came; only without one is the node asked for it.
 *
 * @throws OgError `NODE_REQUEST_UNKNOWN` and `NODE_UNREACHABLE`, as `recover` does, `VERIFICATION_FAILED` when the node's answer is for another payment,
 * `NODE_SIGNED_TWICE` when the node now shows another receipt for the same payment, or settled it
 */
export async function storedBundle(context: Context, requestId: Hex, options: BundleOptions = {}): Promise<StoredBundle> {
  const entry = await context.book.get(requestId)
  const who = whoToAsk(requestId, entry, options)
  const give = () => bundleFromNode(context, who)
  const kept = entry?.bundle ?? (await (entry ? asked(context, entry, give) : give()))
  const other = entry && !entry.bundle ? otherPayment(entry, kept.receipt) : undefined
  if (other) throw other
  const record = await recordOf(context, kept, who.node, entry?.seal)
  const { inclusion: _, ...rest } = { ...kept, ...(entry?.request ? { request: entry.request } : {}) }
  const bundle: Bundle = { ...rest, ...record }
  const verdict = await bestVerdict(context, bundle, entry, requestId)
  await requireNoOtherSettled(context, kept, verdict)
  return { bundle, bytes: encodeBundle(bundle), verdict }
}

/**
 * What the chain shows of an answer, in the block that settled or anchored it, as far as its node says where: what was so then is what counts, since
 * keys and prices may have changed. Nothing that the node says is believed.
 *
 * @throws OgError `NODE_SIGNED_TWICE` when the node shows another receipt for the same payment
 */
export async function recordOf(
  context: Context,
  answer: Pick<Bundle, 'receipt' | 'signature' | 'signer' | 'execution'>,
  node: Address,
  seal: KeptSeal | undefined,
): Promise<Pick<Bundle, 'chain' | 'inclusion'>> {
  const { receipt, signer: key, execution } = answer
  const shown = await receiptFromNode(context, receipt.requestId, node)
  if (shown) await requireOneReceipt(context, answer, shown)
  const place = await inclusionFromNode(context, answer, node)
  const { modelId, paymentId } = receipt
  const batch = place ? { batch: place.inclusion.batch.sequence } : {}
  const chain = await evidenceFor(
    context,
    { node: receipt.node, key, modelId, execution, seal, paymentId, ...batch },
    Math.max(shown?.block ?? 0, place?.block ?? 0),
  )
  return { ...(place ? { inclusion: place.inclusion } : {}), chain }
}

/** Judged as settled; while the settlement is on its way, as an answer. It has to show the level that it was asked for at, by the caller's own rules. */
async function bestVerdict(context: Context, bundle: Bundle, entry: AnswerEntry | undefined, requestId: Hex): Promise<Verdict> {
  const { chain, now } = context
  const level = entry?.level ?? 'signature'
  const expect = {
    requestId,
    ...(entry ? { requestHash: entry.requestHash, modelId: entry.modelId, node: entry.node, maxPrice: entry.price } : {}),
  }
  const judged = (policy: Policy) =>
    verify(bundle, { ...policy, level, expect, ...ownRules(context, level) }, chain.trust, Math.floor(now()))
  const settled = await judged(presets.settled)
  const pending = settled.checks.filter(({ status }) => status === 'fail').every(({ code }) => code === 'ABSENT')
  return settled.ok || !pending ? settled : judged(presets.answer)
}

function whoToAsk(requestId: Hex, entry: AnswerEntry | undefined, { secret = entry?.secret, node = entry?.node }: BundleOptions): Asked {
  if (!node)
    throw new OgError(
      'NODE_REQUEST_UNKNOWN',
      `request ${requestId} is not in the book; name the node that was asked, and the request secret`,
    )
  const bytes = secret === undefined ? undefined : hexToBytes(secret)
  if (bytes && requestIdOf(bytes) !== requestId)
    throw new OgError('REQUEST_SECRET_INVALID', `this secret is not the one of request ${requestId}`)
  return { requestId, secret: bytes, node }
}

/** Two receipts of one node for one payment cost it its bond; whoever sees both should report them. */
async function requireOneReceipt(context: Context, answer: SignedReceipt, { signed: second }: ShownReceipt): Promise<void> {
  const { domain } = context.chain
  if (receiptHash(answer.receipt, domain) === receiptHash(second.receipt, domain)) return
  await requireOneSigned(context, answer, second, 'shows')
}

/** The same where the payment was settled for the other one, as the verdict says; it stands if that one is not to be had. @throws OgError `NODE_SIGNED_TWICE` */
export async function requireNoOtherSettled(context: Context, bundle: Bundle, { checks }: Verdict): Promise<void> {
  if (!checks.some(({ code }) => code === 'SETTLED_OTHER_RECEIPT')) return
  try {
    const second = await settledInstead(context, bundle)
    if (second) await requireOneSigned(context, bundle, second, 'settled')
  } catch (error) {
    if (!isOgError(error, 'RECEIPT_MISSING')) throw error
  }
}

async function requireOneSigned(
  context: Context,
  { receipt, signature }: SignedReceipt,
  second: SignedReceipt,
  what: string,
): Promise<void> {
  const first = { receipt, signature }
  const { node, requestId } = receipt
  if (!isEquivocation(first, second, await keysOf(context.chain, await context.chain.head(), first, second))) return
  throw new OgError(
    'NODE_SIGNED_TWICE',
    `node ${node} ${what} another receipt for request ${requestId} than the one it gave: it signed twice for one payment, for which it loses its bond. Report both: og.report(first, second)`,
    { details: { node, first, second } },
  )
}
