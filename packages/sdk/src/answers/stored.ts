import { parseEndpoint } from '@opengradient/client'
import {
  type Address,
  type Bundle,
  bundleCodec,
  encodeBundle,
  type Hex,
  hexToBytes,
  type Inclusion,
  isOgError,
  leafOf,
  MAX_BUNDLE_BYTES,
  OgError,
  type Policy,
  parseAs,
  parseBundle,
  parseHex,
  parseReceipt,
  parseStrictJson,
  presets,
  receiptHash,
  requestIdOf,
  type SignedReceipt,
  type Verdict,
} from '@opengradient/protocol'
import { isEquivocation, verify } from '@opengradient/verifier'
import type { Context } from '../context.ts'
import { evidenceFor, privately } from '../infer/attest.ts'
import { nodeError } from '../infer/nodeError.ts'
import type { AnswerEntry } from './book.ts'

/** A bundle, ready to be written to a file, and what it proves now. */
export interface StoredBundle {
  bundle: Bundle
  /** `application/vnd.opengradient.bundle+json`. Holds request and answer. */
  bytes: Uint8Array
  verdict: Verdict
}

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
 * @throws OgError `NODE_REQUEST_UNKNOWN`, `NODE_UNREACHABLE`, `NODE_SIGNED_TWICE` when the node now shows another receipt for the same payment
 */
export async function storedBundle(context: Context, requestId: Hex, options: BundleOptions = {}): Promise<StoredBundle> {
  const entry = await context.book.get(requestId)
  const asked = whoToAsk(requestId, entry, options)
  const kept = entry?.bundle ?? (await bundleFromNode(context, asked))
  const { receipt, signer, execution } = kept
  const shown = await receiptFromNode(context, requestId, asked.node)
  if (shown) await requireOneReceipt(context, kept, shown)
  const place = await inclusionFromNode(context, kept, asked.node)
  const chain = await evidenceFor(
    context,
    {
      node: receipt.node,
      key: signer,
      modelId: receipt.modelId,
      execution,
      paymentId: receipt.paymentId,
      ...(place ? { batch: place.inclusion.batch.sequence } : {}),
    },
    Math.max(shown?.block ?? 0, place?.block ?? 0),
  )
  const { inclusion: _, ...rest } = { ...(entry?.request ? { request: entry.request } : {}), ...kept }
  const bundle: Bundle = { ...rest, ...(place ? { inclusion: place.inclusion } : {}), chain }
  const verdict = await bestVerdict(context, bundle, entry, requestId)
  return { bundle, bytes: encodeBundle(bundle), verdict }
}

/** Judged as settled; while the settlement is on its way, as an answer. */
async function bestVerdict({ chain, now }: Context, bundle: Bundle, entry: AnswerEntry | undefined, requestId: Hex): Promise<Verdict> {
  const expect = {
    requestId,
    ...(entry ? { requestHash: entry.requestHash, modelId: entry.modelId, node: entry.node, maxPrice: entry.price } : {}),
  }
  const judged = (policy: Policy) => verify(bundle, { ...policy, expect }, chain.trust, Math.floor(now()))
  const settled = await judged(presets.settled)
  const pending = settled.checks.filter(({ status }) => status === 'fail').every(({ code }) => code === 'ABSENT')
  return settled.ok || !pending ? settled : judged(presets.answer)
}

interface Asked {
  requestId: Hex
  secret: Uint8Array | undefined
  node: Address
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

/** The bundle as the node keeps it; nothing in it is believed. @throws OgError `NODE_*`, `BUNDLE_*` */
export async function bundleFromNode(context: Context, { requestId, secret, node }: Asked): Promise<Bundle> {
  if (!secret) throw new OgError('REQUEST_SECRET_INVALID', `the secret of request ${requestId} is needed to ask the node for its answer`)
  const reply = await privately(context, `${await endpointOf(context, node)}/v1/receipts/${requestId}/bundle`, secret, MAX_BUNDLE_BYTES)
  if (reply.status !== 200) throw nodeError(node, reply)
  return parseBundle(reply.body)
}

/** Two receipts of one node for one payment cost it its bond; whoever sees both should report them. */
async function requireOneReceipt(context: Context, bundle: Bundle, { signed: second }: ShownReceipt): Promise<void> {
  const { domain } = context.chain
  const first = { receipt: bundle.receipt, signature: bundle.signature }
  if (receiptHash(first.receipt, domain) === receiptHash(second.receipt, domain)) return
  const { node, requestId } = bundle.receipt
  const head = await context.chain.head()
  const key = await context.chain.at(head).key(node, bundle.signer)
  if (!isEquivocation(first, second, { domain, keyInterval: () => key, now: BigInt(head.header.timestamp) })) return
  throw new OgError(
    'NODE_SIGNED_TWICE',
    `node ${node} shows another receipt for request ${requestId} than the one it gave: it signed twice for one payment, for which it loses its bond. Report both receipts`,
    { details: { node, first, second } },
  )
}

/** What a node publishes about a receipt. `block`: where it says that the payment was settled; only a hint where to look. */
interface ShownReceipt {
  signed: SignedReceipt
  block: number
}

async function receiptFromNode(context: Context, requestId: Hex, node: Address): Promise<ShownReceipt | undefined> {
  const json = await openly(context, node, `/v1/receipts/${requestId}`)
  return readable(() => {
    const { receipt, signature, settlement } = json as { receipt: unknown; signature: unknown; settlement?: unknown }
    return { signed: { receipt: parseReceipt(receipt), signature: parseHex(signature, 65, 'signature') }, block: blockOf(settlement) }
  })
}

/** The place of the receipt in a batch, if the node gives one that is about this receipt. A wrong one fails in the verdict. */
async function inclusionFromNode(
  context: Context,
  { receipt }: Bundle,
  node: Address,
): Promise<{ inclusion: Inclusion; block: number } | undefined> {
  const json = await openly(context, node, `/v1/receipts/${receipt.requestId}/inclusion`)
  const found = readable(() => {
    const { leaf, path, batch, signature } = json as Record<string, unknown>
    return parseAs(bundleCodec.shape.inclusion, { leaf, path, batch, signature }, 'BUNDLE_MALFORMED', 'inclusion')
  })
  if (found?.leaf !== leafOf(receiptHash(receipt, context.chain.domain))) return undefined
  return { inclusion: found, block: blockOf(json) }
}

const blockOf = (json: unknown): number => {
  const block = (json as { block?: unknown } | undefined)?.block
  return Number.isSafeInteger(block) && (block as number) > 0 ? (block as number) : 0
}

/** What `read` makes of a stranger's JSON; undefined when it is not of the form. */
function readable<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (isOgError(error) || error instanceof TypeError) return undefined
    throw error
  }
}

/** Something public of a node as JSON; undefined when it is not there or the node is not. */
async function openly(context: Context, node: Address, path: string): Promise<unknown> {
  try {
    const reply = await context.nodeHttp(`${await endpointOf(context, node)}${path}`, { timeoutMs: 10_000, maxBytes: 1 << 20 })
    return reply.status === 200 ? parseStrictJson(reply.body, { maxBytes: 1 << 20, maxDepth: 12 }) : undefined
  } catch (error) {
    if (isOgError(error)) return undefined
    throw error
  }
}

async function endpointOf({ chain }: Context, node: Address): Promise<string> {
  const fact = await chain.node(node)
  if (!fact) throw new OgError('NODE_NOT_FOUND', `no node ${node} is registered`)
  return parseEndpoint(fact.endpoint, { local: chain.local })
}
