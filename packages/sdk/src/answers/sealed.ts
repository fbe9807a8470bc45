import { type Bundle, hexToBytes, OgError, receiptHash, recoverAddress } from '@opengradient/protocol'
import type { Context } from '../context.ts'
import { privately } from '../infer/attest.ts'
import { nodeError } from '../infer/nodeError.ts'
import type { LoadedModel } from '../models/load.ts'
import { type KeptSeal, openReply } from '../tee/channel.ts'
import type { AnswerEntry } from './book.ts'
import { endpointOf, receiptFromNode } from './nodeRecords.ts'

const MAX_RESPONSE = 256 * 1024 * 1024

/**
 * The answer to a sealed request, asked for again: the node gives the bytes that it sealed, and the receipt. Nothing in it is believed.
 *
 * @throws OgError `NODE_*`, `CHANNEL_*`, `SIGNATURE_*`
 */
export async function openedAnswer(
  context: Context,
  { requestId, node, secret, request, payment }: AnswerEntry,
  { state }: KeptSeal,
  model: LoadedModel,
): Promise<Omit<Bundle, 'chain'>> {
  const url = `${await endpointOf(context, node)}/v1/receipts/${requestId}/response`
  const reply = await privately(context, url, hexToBytes(secret), MAX_RESPONSE)
  if (reply.status !== 200) throw nodeError(node, reply)
  const opened = await openReply(state, reply)
  const shown = await receiptFromNode(context, requestId, node)
  if (!opened || !shown) throw new OgError('RECEIPT_MISSING', `node ${node} gives the answer to request ${requestId} without its receipt`)
  const { domain, network } = context.chain
  return {
    version: 1,
    network: { chainId: network.chainId, settlement: domain.settlement },
    ...shown.signed,
    signer: recoverAddress(receiptHash(shown.signed.receipt, domain), shown.signed.signature),
    execution: opened.execution,
    manifest: model.manifestBytes,
    author: model.fact.author,
    ...(request ? { request } : {}),
    ...(payment ? { payment } : {}),
    response: { contentType: reply.headers.get('content-type') ?? '', body: opened.body },
  }
}
