import type { ErrorCode, OgError } from '@opengradient/protocol'
import type { Reply } from '../server/pipeline.ts'

const STATUS: Partial<Record<ErrorCode, number>> = {
  REQUEST_SECRET_INVALID: 400,
  REQUEST_HEAD_INVALID: 400,
  HTTP_METHOD_REFUSED: 405,
  NODE_REQUEST_UNKNOWN: 404,
  BATCH_NOT_ANCHORED: 404,
  NODE_REQUEST_ABORTED: 409,
  NODE_REQUEST_CONFLICT: 409,
  NODE_REQUEST_PENDING: 409,
  CHAIN_UNREACHABLE: 503,
  NODE_CLOCK_SKEW: 503,
  NODE_NOT_ACTIVE: 503,
  NODE_DRAINING: 503,
  DISK_FULL: 503,
  JOURNAL_FAILED: 503,
}

/** Seconds after which a refusal that is nobody's fault is worth another try. */
const RETRY_AFTER = '5'

/** HTTP status of a refusal by payment, receipts or journal. */
export function statusOf(code: ErrorCode): number {
  return STATUS[code] ?? (code.startsWith('PAYMENT_') ? 402 : 500)
}

/**
 * A refusal as HTTP. The body has `error` as a text, as the Open Inference Protocol wants it, and beside it code, docs and
 * details of the `OgError`.
 */
export function refusal(error: OgError, headers: Record<string, string> = {}): Reply {
  const { code, message, docs, details } = error.toJSON()
  const status = statusOf(code)
  return {
    status,
    headers: {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      ...(status === 503 && { 'retry-after': RETRY_AFTER }),
      ...headers,
    },
    body: Buffer.from(JSON.stringify({ error: message, code, docs, details })),
  }
}
