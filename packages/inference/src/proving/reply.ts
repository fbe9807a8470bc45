import { type Hex, OgError } from '@opengradient/protocol'
import type { Answer } from '../journal/entry.ts'
import { ZK_LEVEL } from '../payment/x402.ts'
import type { ProofQueue } from './queue.ts'

/** A proof, or how far it is. */
export type ProofReply =
  | { readonly kind: 'proof'; readonly proof: Uint8Array }
  | { readonly kind: 'pending'; readonly body: { readonly state: string; readonly position: number; readonly expected_ms: number } }

/**
 * The proof of an answer. Who asks has shown the request's secret: x and y are in the statement.
 * @throws OgError `ZK_PROOF_UNKNOWN` (another level, or no longer kept), `ZK_PROOF_FAILED`
 */
export async function proofOf(
  queue: Pick<ProofQueue, 'progress' | 'proof'>,
  requestId: Hex,
  { receipt }: Pick<Answer, 'receipt'>,
): Promise<ProofReply> {
  const progress = receipt.level === ZK_LEVEL ? queue.progress(requestId) : undefined
  if (progress === undefined) throw new OgError('ZK_PROOF_UNKNOWN', `There is no proof of request ${requestId} here.`)
  const { state, position, expectedMs, reason } = progress
  if (state === 'failed') throw new OgError('ZK_PROOF_FAILED', `The proof of request ${requestId} could not be made: ${reason}`)
  if (state !== 'proved') return { kind: 'pending', body: { state, position, expected_ms: expectedMs } }
  const proof = await queue.proof(requestId)
  if (proof === undefined) throw new OgError('ZK_PROOF_UNKNOWN', `The proof of request ${requestId} is no longer kept.`)
  return { kind: 'proof', proof }
}
