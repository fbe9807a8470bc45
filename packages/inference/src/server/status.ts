import { type ErrorCode, OgError } from '@opengradient/protocol'

/** HTTP status of each error code that is not 400. Codes of whole families are given by their prefix. */
const STATUS: Readonly<Partial<Record<ErrorCode, number>>> = {
  BATCH_NOT_ANCHORED: 404,
  CHANNEL_KEYSET_UNKNOWN: 409,
  DISK_FULL: 507,
  ENGINE_CANCELLED: 499,
  ENGINE_CLOSED: 503,
  ENGINE_CRASHED: 500,
  ENGINE_DEADLINE: 504,
  ENGINE_FAILED: 422,
  ENGINE_GOLDEN_MISMATCH: 503,
  ENGINE_LOAD_FAILED: 503,
  ENGINE_OUTPUT_TOO_LARGE: 422,
  ENGINE_OUT_OF_MEMORY: 422,
  ENGINE_QUARANTINED: 503,
  ENGINE_QUEUE_FULL: 429,
  ENGINE_UNAVAILABLE: 503,
  HTTP_BODY_TOO_LARGE: 413,
  HTTP_CONTENT_TYPE_REFUSED: 415,
  HTTP_HOST_REFUSED: 403,
  HTTP_METHOD_REFUSED: 405,
  HTTP_NOT_FOUND: 404,
  HTTP_ORIGIN_REFUSED: 403,
  HTTP_UNAUTHORIZED: 401,
  INPUT_TOO_LARGE: 413,
  INTERNAL: 500,
  JSON_TOO_LARGE: 413,
  JSON_TOO_MANY_NODES: 413,
  JOURNAL_BEHIND: 503,
  JOURNAL_CORRUPT: 500,
  JOURNAL_FAILED: 503,
  MANIFEST_MISMATCH: 503,
  MODEL_FORMAT_UNSUPPORTED: 503,
  MODEL_INVALID: 503,
  MODEL_NOT_FOUND: 404,
  MODEL_NOT_READY: 503,
  MODEL_NOT_SERVED: 404,
  MODEL_WITHDRAWN: 410,
  NODE_ATTESTATION_BUSY: 429,
  NODE_ATTESTATION_FAILED: 503,
  NODE_BACKLOG: 503,
  NODE_CLOCK_SKEW: 503,
  NODE_DRAINING: 503,
  NODE_NOT_ACTIVE: 503,
  NODE_NOT_ATTESTED: 404,
  NODE_REQUEST_ABORTED: 410,
  NODE_REQUEST_CONFLICT: 409,
  NODE_REQUEST_PENDING: 409,
  NODE_REQUEST_SEALED: 409,
  NODE_REQUEST_UNKNOWN: 404,
  SETTLEMENT_REVERTED: 410,
  STORE_HASH_MISMATCH: 503,
  STORE_NOT_FOUND: 503,
  STORE_UNREACHABLE: 503,
  ZK_PROOF_FAILED: 404,
  ZK_PROOF_UNKNOWN: 404,
  ZK_QUEUE_FULL: 429,
}

const FAMILIES: readonly (readonly [prefix: string, status: number])[] = [
  ['PAYMENT_', 402],
  ['CHAIN_', 503],
]

/** Every status that a request for inference may be answered with. */
export const STATUSES: readonly number[] = [...new Set([200, 400, ...Object.values(STATUS), ...FAMILIES.map(([, status]) => status)])].sort(
  (a, b) => a - b,
)

/** The HTTP status that an error is answered with: 4xx if another request could succeed, 5xx if it is the node's. */
export function statusOf(code: ErrorCode): number {
  return STATUS[code] ?? FAMILIES.find(([prefix]) => code.startsWith(prefix))?.[1] ?? 400
}

/** An error that its answer also tells in headers. */
export class Refusal extends OgError {
  readonly headers: Readonly<Record<string, string>>

  constructor({ code, message, details, cause }: OgError, headers: Readonly<Record<string, string>>) {
    super(code, message, { details, cause })
    this.headers = headers
  }
}

/** An error as an answer: the Open Inference Protocol's `{"error": "…"}`, with the code and where to read about it. */
export function errorReply(thrown: unknown): { status: number; headers: Record<string, string>; body: Buffer } {
  const error = thrown instanceof OgError ? thrown : new OgError('INTERNAL', 'The node failed to answer. Its log has the reason.')
  const { code, message, docs, details } = error.toJSON()
  const retryAfterMs = typeof details.retryAfterMs === 'number' ? details.retryAfterMs : undefined
  return {
    status: statusOf(code),
    headers: {
      'content-type': 'application/json',
      'content-encoding': 'identity',
      'cache-control': 'no-transform',
      ...(retryAfterMs === undefined ? {} : { 'retry-after': String(Math.max(1, Math.ceil(retryAfterMs / 1000))) }),
      ...(error instanceof Refusal ? error.headers : {}),
    },
    body: Buffer.from(JSON.stringify({ error: message, code, docs, details })),
  }
}
