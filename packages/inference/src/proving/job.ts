import { fromBase64, type Hex, hexToBytes, OgError, parseHex, zkStatementHash } from '@opengradient/protocol'
import * as z from 'zod'

/** A proof that this node owes: everything it takes to make it, however often the node is killed meanwhile. */
export interface ProofJob {
  readonly requestId: Hex
  readonly modelId: Hex
  readonly zkModelId: Hex
  /** Hash of the statement, as the receipt names it. */
  readonly proofRef: Hex
  /** Inputs, outputs and context of the statement. */
  readonly x: Uint8Array
  readonly y: Uint8Array
  readonly ctx: Uint8Array
  /** Unix milliseconds by which the proof is to be there. */
  readonly deadline: number
}

const bytes = z.base64().max(2 ** 27)
const schema = z.strictObject({
  v: z.literal(1),
  requestId: z.string(),
  modelId: z.string(),
  zkModelId: z.string(),
  proofRef: z.string(),
  x: bytes,
  y: bytes,
  ctx: bytes,
  deadline: z.int(),
})

const text = (part: Uint8Array): string => Buffer.from(part.buffer, part.byteOffset, part.byteLength).toString('base64')

/** A job as its file holds it. */
export function encodeJob({ requestId, modelId, zkModelId, proofRef, x, y, ctx, deadline }: ProofJob): Buffer {
  const json = { v: 1, requestId, modelId, zkModelId, proofRef, x: text(x), y: text(y), ctx: text(ctx), deadline }
  return Buffer.from(JSON.stringify(json))
}

/**
 * Reads a job file. `proofRef` is the hash of all that is proved, so a damaged job is never taken for a whole one.
 * @throws OgError `JOURNAL_CORRUPT`
 */
export function decodeJob(file: Uint8Array): ProofJob {
  try {
    const json = schema.parse(JSON.parse(Buffer.from(file).toString()))
    const [requestId, modelId, zkModelId, proofRef] = [json.requestId, json.modelId, json.zkModelId, json.proofRef].map((hex) =>
      parseHex(hex, 32, 'a job'),
    ) as [Hex, Hex, Hex, Hex]
    const [x, y, ctx] = [json.x, json.y, json.ctx].map((part) => fromBase64(part)) as [Uint8Array, Uint8Array, Uint8Array]
    const job: ProofJob = { requestId, modelId, zkModelId, proofRef, x, y, ctx, deadline: json.deadline }
    if (zkStatementHash(job) !== proofRef) throw new Error('its statement is not the one of its receipt')
    if (!Buffer.from(ctx.subarray(32, 64)).equals(hexToBytes(requestId))) throw new Error('its statement is about another request')
    return job
  } catch (cause) {
    throw new OgError('JOURNAL_CORRUPT', `a proof's job file cannot be read: ${(cause as Error).message}`, { cause })
  }
}
