import { type ClientRequest, type IncomingMessage, request } from 'node:http'
import { concatBytes } from '@opengradient/protocol'
import { failed, reasonOf, systemCode, unavailable } from '../errors.ts'

export interface HttpQuestion {
  /** A unix socket, or a host and port. */
  readonly to: { readonly socketPath: string } | { readonly host: string; readonly port: number }
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  /** JSON to be posted; what is only to be had is asked for without. */
  readonly body?: string
  /** Names the other side in messages. */
  readonly what: string
  /** Milliseconds until the whole answer is there. */
  readonly timeout: number
  /** Most bytes of the answer. */
  readonly max: number
}

/** One question by HTTP: the body of an answer with status 200. ATTESTER_UNAVAILABLE when nobody listens, else ATTESTER_FAILED. */
export function askHttp({ to, path, headers, body, what, timeout, max }: HttpQuestion): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const method = body === undefined ? 'GET' : 'POST'
    const sent = request({ ...to, path, method, headers: { host: 'localhost', ...headers, ...bodyHeaders(body) }, agent: false })
    const timer = setTimeout(() => sent.destroy(failed(`${what} did not answer within ${timeout} ms`)), timeout)
    const end = (error: Error | undefined, received?: Uint8Array): void => {
      clearTimeout(timer)
      if (error) reject(error)
      else resolve(received!)
    }
    sent.on('response', (response) => collect(sent, response, what, max, end))
    sent.on('error', (error) => end(named(what, error)))
    sent.end(body)
  })
}

const bodyHeaders = (body: string | undefined) =>
  body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }

function collect(
  sent: ClientRequest,
  response: IncomingMessage,
  what: string,
  max: number,
  end: (error?: Error, body?: Uint8Array) => void,
) {
  const parts: Uint8Array[] = []
  let size = 0
  response.on('data', (chunk: Uint8Array) => {
    size += chunk.length
    if (size > max) sent.destroy(failed(`${what} answered more than ${max} bytes`))
    else parts.push(chunk)
  })
  response.on('error', (error) => end(named(what, error)))
  response.on('end', () => {
    const body = concatBytes(...parts)
    const said = new TextDecoder().decode(body.subarray(0, 200))
    if (response.statusCode === 200) end(undefined, body)
    else end(failed(`${what} answered with status ${response.statusCode}: ${said}`))
  })
}

/** Codes of a connection that was never made. */
const ABSENT = new Set(['ENOENT', 'ECONNREFUSED', 'EACCES', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND'])

function named(what: string, error: Error): Error {
  const code = systemCode(error)
  if (error.name === 'OgError') return error
  return ABSENT.has(code ?? '')
    ? unavailable(`${what} cannot be reached: ${reasonOf(error)}`, error)
    : failed(`${what}: ${reasonOf(error)}`, error)
}
