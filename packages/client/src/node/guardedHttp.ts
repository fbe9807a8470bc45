import { lookup as systemLookup } from 'node:dns/promises'
import { type ClientRequest, Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import type { LookupFunction } from 'node:net'
import { OgError } from '@opengradient/protocol'
import type { Http, HttpReply, HttpRequest } from '../http/http.ts'
import { isPublicAddress } from '../http/publicAddress.ts'
import { BoundedBody, isRedirect, redirected, unreachable } from '../http/webHttp.ts'

/** Which addresses may be asked. */
export interface GuardOptions {
  /** On a local network private addresses and plain http are allowed; see `isLocalNetwork`. */
  local: boolean
  /** All addresses of a name (the system's resolver). */
  resolve?: (host: string) => Promise<{ address: string; family: number }[]>
}

/**
 * An `Http` for addresses that strangers wrote on the chain. Each name is resolved once and pinned: the address that was judged is the one
 * that is connected to, now and later. A name with any private address is refused. No proxy, no redirect, no cookie.
 */
export function guardedHttp({ local, resolve = (host) => systemLookup(host, { all: true }) }: GuardOptions): Http & { close(): void } {
  const pins = new Map<string, Promise<{ address: string; family: number }[]>>()
  const pinned = (host: string) => {
    const known = pins.get(host)
    if (known) return known
    const found = resolve(host)
    pins.set(host, found)
    found.catch(() => pins.delete(host))
    return found
  }
  const lookup: LookupFunction = (host, options, callback) => {
    const answer = pinned(host).then((addresses) => {
      if (addresses.length === 0 || (!local && !addresses.every(({ address }) => isPublicAddress(address)))) throw privateAddress(host)
      return addresses
    })
    answer.then(
      (addresses) => {
        const [first] = addresses as [{ address: string; family: number }]
        if (options.all) callback(null, addresses)
        else callback(null, first.address, first.family)
      },
      (error) => callback(error, '', 4),
    )
  }
  const agents = { 'http:': new HttpAgent({ keepAlive: true }), 'https:': new HttpsAgent({ keepAlive: true }) }
  const http: Http = async (address, request) => {
    const url = new URL(address)
    if (url.protocol !== 'https:' && !(local && url.protocol === 'http:'))
      throw new OgError('NODE_ENDPOINT_REFUSED', `${url.origin} refused: only https is allowed outside a local network`)
    if (!local && isPublicAddress(url.hostname) === false) throw privateAddress(url.hostname)
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest
    const agent = url.protocol === 'https:' ? agents['https:'] : agents['http:']
    return exchange(address, request, () => send(url, { method: request.method ?? 'GET', headers: headersOf(request), agent, lookup }))
  }
  const close = () => {
    for (const agent of Object.values(agents)) agent.destroy()
  }
  return Object.assign(http, { close })
}

const privateAddress = (host: string): OgError =>
  new OgError('NODE_ENDPOINT_REFUSED', `${host} refused: it leads to a private address, and this is no local network`)

const headersOf = (request: HttpRequest): Record<string, string | number> => ({
  'accept-encoding': 'identity',
  ...request.headers,
  ...(request.body ? { 'content-length': request.body.length } : {}),
})

/**
 * One exchange, which may begin again: a server may close a kept connection in the moment in which it is used. Then nothing was answered, and
 * the request goes out on another, since what is sent from here may be sent twice: files are only read, and a node runs and charges a request
 * id once.
 */
function exchange(url: string, request: HttpRequest, open: () => ClientRequest): Promise<HttpReply> {
  return new Promise((resolve, reject) => {
    request.signal?.throwIfAborted()
    let sending: ClientRequest
    let connected = false
    let over = false
    const finish = (settle: () => void) => {
      over = true
      clearTimeout(timer)
      request.signal?.removeEventListener('abort', abort)
      settle()
    }
    const fail = (error: unknown) => {
      finish(() =>
        reject(error instanceof OgError || error === request.signal?.reason ? error : unreachable(url, describe(error), connected, error)),
      )
      sending.destroy()
    }
    const abort = () => fail(request.signal?.reason)
    const timer = setTimeout(() => fail(unreachable(url, `no full reply within ${request.timeoutMs} ms`, connected)), request.timeoutMs)
    request.signal?.addEventListener('abort', abort, { once: true })
    const send = () => {
      let answered = false
      const outgoing = open()
      sending = outgoing
      outgoing.on('socket', (socket) => {
        if (!socket.connecting) connected = true
        else
          socket.once('connect', () => {
            connected = true
          })
      })
      outgoing.on('error', (error) => {
        if (!over && !answered && outgoing.reusedSocket && isClosed(error)) send()
        else fail(error)
      })
      outgoing.on('response', (reply) => {
        answered = true
        readReply(url, reply, request.maxBytes).then((whole) => finish(() => resolve(whole)), fail)
      })
      outgoing.end(request.body)
    }
    send()
  })
}

async function readReply(url: string, reply: IncomingMessage, maxBytes: number): Promise<HttpReply> {
  const status = reply.statusCode ?? 0
  if (isRedirect(status)) throw redirected(url)
  const body = new BoundedBody(url, maxBytes)
  for await (const piece of reply as AsyncIterable<Buffer>) body.add(piece)
  if (!reply.complete) throw unreachable(url, 'the connection ended in the middle of the reply', true)
  const headers = new Headers()
  for (let i = 0; i + 1 < reply.rawHeaders.length; i += 2) headers.append(reply.rawHeaders[i] as string, reply.rawHeaders[i + 1] as string)
  return { status, headers, body: body.bytes() }
}

const isClosed = ({ code }: NodeJS.ErrnoException): boolean => code === 'ECONNRESET' || code === 'EPIPE'

const describe = (error: unknown): string => {
  const code = (error as NodeJS.ErrnoException).code
  return code ? `the connection failed (${code})` : 'the connection failed'
}
