/** One HTTP exchange, bounded in time and size. Bodies are whole: everything this project fetches has a known limit. */
export interface HttpRequest {
  method?: 'GET' | 'HEAD' | 'POST' | 'PUT'
  headers?: Record<string, string>
  body?: Uint8Array
  signal?: AbortSignal
  /** Milliseconds until the last byte of the reply. */
  timeoutMs: number
  /** Most bytes the body of the reply may have. */
  maxBytes: number
}

/** A whole answer, within the bytes that were asked for. */
export interface HttpReply {
  status: number
  headers: Headers
  body: Uint8Array
}

/**
 * Sends one request and never follows a redirect. `webHttp` makes one from `fetch`, `guardedHttp` (in `./node`) one that also keeps
 * away from private addresses.
 *
 * @throws OgError `NODE_ENDPOINT_REFUSED` (nothing was sent), `NODE_UNREACHABLE` (`details.sent`: whether the request may have arrived),
 * `NODE_RESPONSE_INVALID` (redirect, or more than `maxBytes`)
 */
export type Http = (url: string, request: HttpRequest) => Promise<HttpReply>
