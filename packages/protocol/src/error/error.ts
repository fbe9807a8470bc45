import { isBytes, isError } from '../realm/realm.ts'
import type { ErrorCode } from './codes.ts'

/** What an `OgError` says beside its code and message. */
export interface OgErrorOptions {
  /** Machine-readable facts: limits, offsets, field names. Never secrets or bodies. */
  details?: Record<string, unknown>
  cause?: unknown
  /** Where to read on; by default the entry of the code in `docs/errors.md`. */
  docs?: string
}

/** What `OgError.toJSON` gives: safe to log and to send to a client, without stack traces. */
export interface OgErrorJson {
  code: ErrorCode
  message: string
  docs: string
  details: Record<string, unknown>
  cause?: OgErrorJson | string
}

/**
 * The one error family. The message says what was wrong, where, and what to do; the code is for programs.
 * Functions that take untrusted input throw nothing else.
 */
export class OgError extends Error {
  override readonly name = 'OgError'
  readonly code: ErrorCode
  readonly docs: string
  readonly details: Record<string, unknown>

  constructor(code: ErrorCode, message: string, options: OgErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.docs = options.docs ?? `docs/errors.md#${code}`
    this.details = options.details ?? {}
  }

  /** The first error of the cause chain, this one included, that satisfies `accept`; without it the root cause. */
  walk(accept?: (error: unknown) => boolean): unknown {
    let current: unknown = this
    const seen = new Set<unknown>()
    while (!seen.has(current)) {
      if (accept?.(current)) return current
      seen.add(current)
      const next: unknown = isError(current) ? current.cause : undefined
      if (next === undefined || next === null) return accept ? undefined : current
      current = next
    }
    return accept ? undefined : current
  }

  toJSON(): OgErrorJson {
    const { cause } = this
    const json: OgErrorJson = { code: this.code, message: this.message, docs: this.docs, details: plain(this.details, 0) }
    if (cause instanceof OgError) json.cause = cause.toJSON()
    else if (isError(cause)) json.cause = cause.message
    return json
  }
}

/** Whether `value` is an `OgError`, of the code given if one is. */
export function isOgError(value: unknown, code?: ErrorCode): value is OgError {
  return value instanceof OgError && (code === undefined || value.code === code)
}

/** Details go this deep; what lies below is left out, so that a circle ends. */
const MAX_DETAIL_DEPTH = 6

/** Details as JSON can hold them: bigints become decimal strings, bytes become their length. */
function plain(details: Record<string, unknown>, depth: number): Record<string, unknown> {
  return Object.fromEntries(Object.entries(details).map(([key, value]) => [key, plainValue(value, depth + 1)]))
}

function plainValue(value: unknown, depth: number): unknown {
  if (depth > MAX_DETAIL_DEPTH) return '…'
  if (typeof value === 'bigint') return value.toString()
  if (isBytes(value)) return `${value.length} bytes`
  if (isError(value)) return value.message
  if (Array.isArray(value)) return value.map((item) => plainValue(item, depth + 1))
  if (typeof value === 'object' && value !== null) return plain(value as Record<string, unknown>, depth)
  return value
}
