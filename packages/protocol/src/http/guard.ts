import type { ErrorCode } from '../error/codes.ts'
import { OgError } from '../error/error.ts'

/** What a local server looks at before it reads a body. Header values as received, `undefined` if absent. */
export interface RequestHead {
  method: string
  host: string | undefined
  origin: string | undefined
  contentType: string | undefined
}

/** What a local server takes requests for. */
export interface GuardOptions {
  /** Names of this server: `localhost`, `127.0.0.1`, `[::1]`, a domain. A name with a port matches that port only. */
  names: readonly string[]
  /** Accept bodies of `application/json` only. Otherwise all but the types that a form or a foreign page can send unasked. */
  jsonOnly: boolean
}

const WITH_BODY = new Set(['POST', 'PUT', 'PATCH'])
/** Types that a browser sends across origins without asking first (Fetch standard, CORS-safelisted). */
const SENT_UNASKED = new Set(['text/plain', 'multipart/form-data', 'application/x-www-form-urlencoded'])
const AUTHORITY = /^(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::([0-9]{1,5}))?$/

/**
 * Whether a request may talk to a local server; the refusal as an error to answer with, or `undefined`. Any web page can
 * reach 127.0.0.1, by its own name too (DNS rebinding), so the Host must be a name of this server, an Origin must be one of
 * its own, and a body must be of a type that a page cannot send without being asked.
 */
export function checkRequest(head: RequestHead, { names, jsonOnly }: GuardOptions): OgError | undefined {
  if (!isOwn(head.host, names)) {
    return refusal('HTTP_HOST_REFUSED', `Host ${quote(head.host)} is not a name of this server. Use one of: ${names.join(', ')}.`)
  }
  if (head.origin !== undefined && !isOwn(/^https?:\/\/(.+)$/.exec(head.origin)?.[1], names)) {
    return refusal('HTTP_ORIGIN_REFUSED', `A page of ${quote(head.origin)} may not talk to this server.`)
  }
  if (!WITH_BODY.has(head.method)) return undefined
  const type = head.contentType?.split(';', 1)[0]?.trim().toLowerCase()
  if (jsonOnly ? type !== 'application/json' : type !== undefined && SENT_UNASKED.has(type)) {
    return refusal(
      'HTTP_CONTENT_TYPE_REFUSED',
      `Content-Type ${quote(head.contentType)} is refused.${jsonOnly ? ' Send application/json.' : ''}`,
    )
  }
  return undefined
}

function isOwn(authority: string | undefined, names: readonly string[]): boolean {
  const [whole, host] = AUTHORITY.exec(authority?.toLowerCase() ?? '') ?? []
  return host !== undefined && names.some((name) => name.toLowerCase() === host || name.toLowerCase() === whole)
}

function refusal(code: ErrorCode, message: string): OgError {
  return new OgError(code, message)
}

function quote(value: string | undefined): string {
  return value === undefined ? '(none)' : JSON.stringify(value.slice(0, 128))
}
