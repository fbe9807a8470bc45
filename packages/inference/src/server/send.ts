import type { ServerResponse } from 'node:http'

/** Hashes are over the bytes sent, so nobody on the way may touch them. */
export const UNTOUCHED = { 'content-encoding': 'identity', 'cache-control': 'no-transform' } as const

/** Headers of an answer of each content type. */
export const ANSWER_HEADERS = {
  'application/json': { 'content-type': 'application/json', ...UNTOUCHED },
  'application/octet-stream': { 'content-type': 'application/octet-stream', ...UNTOUCHED },
} as const

const NONE: Readonly<Record<string, string>> = Object.freeze({})

/**
 * One list of names and values: what node:http turns into bytes with the least work.
 * @param body as text it is ASCII: it goes out in one piece with the head
 */
export function send(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
  body: Uint8Array | string,
  extra: Readonly<Record<string, string>> = NONE,
  more: Readonly<Record<string, string>> = NONE,
): void {
  if (response.destroyed || response.headersSent) return
  const list = ['content-length', String(body.length)]
  for (const part of [headers, extra, more]) for (const name in part) list.push(name, part[name]!)
  response.writeHead(status, list)
  if (typeof body === 'string') response.end(body, 'latin1')
  else response.end(body)
}
