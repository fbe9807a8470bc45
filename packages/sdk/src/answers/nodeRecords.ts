import { parseEndpoint } from '@opengradient/client'
import {
  type Address,
  type Bundle,
  bundleCodec,
  type Hex,
  type Inclusion,
  isError,
  isOgError,
  leafOf,
  MAX_BUNDLE_BYTES,
  OgError,
  parseAs,
  parseBundle,
  parseHex,
  parseReceipt,
  parseStrictJson,
  receiptHash,
  type SignedReceipt,
} from '@opengradient/protocol'
import type { Context } from '../context.ts'
import { privately } from '../infer/attest.ts'
import { nodeError } from '../infer/nodeError.ts'

/** Which answer of which node. */
export interface Asked {
  requestId: Hex
  /** 32 bytes. */
  secret: Uint8Array | undefined
  node: Address
}

/** The bundle as the node keeps it; nothing in it is believed. @throws OgError `NODE_*`, `BUNDLE_*` */
export async function bundleFromNode(context: Context, { requestId, secret, node }: Asked): Promise<Bundle> {
  if (!secret) throw new OgError('REQUEST_SECRET_INVALID', `the secret of request ${requestId} is needed to ask the node for its answer`)
  const reply = await privately(context, `${await endpointOf(context, node)}/v1/receipts/${requestId}/bundle`, secret, MAX_BUNDLE_BYTES)
  if (reply.status !== 200) throw nodeError(node, reply)
  return parseBundle(reply.body)
}

/** What a node publishes about a receipt. `block`: where it says that the payment was settled; only a hint where to look. */
export interface ShownReceipt {
  signed: SignedReceipt
  block: number
}

/** Undefined when the node has none or cannot be reached. */
export async function receiptFromNode(context: Context, requestId: Hex, node: Address): Promise<ShownReceipt | undefined> {
  const json = await openly(context, node, `/v1/receipts/${requestId}`)
  return readable(() => {
    const { receipt, signature, settlement } = json as { receipt: unknown; signature: unknown; settlement?: unknown }
    return { signed: { receipt: parseReceipt(receipt), signature: parseHex(signature, 65, 'signature') }, block: blockOf(settlement) }
  })
}

/** The place of the receipt in a batch, if the node gives one that is about this receipt. A wrong one fails in the verdict. */
export async function inclusionFromNode(
  context: Context,
  { receipt }: Pick<Bundle, 'receipt'>,
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
    if (isOgError(error) || (isError(error) && error.name === 'TypeError')) return undefined
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

/** Where a node is reached now. @throws OgError `NODE_NOT_FOUND`, `NODE_ENDPOINT_REFUSED` */
export async function endpointOf({ chain }: Context, node: Address): Promise<string> {
  const fact = await chain.node(node)
  if (!fact) throw new OgError('NODE_NOT_FOUND', `no node ${node} is registered`)
  return parseEndpoint(fact.endpoint, { local: chain.local })
}
