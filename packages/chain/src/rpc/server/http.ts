import type { IncomingMessage, ServerResponse } from 'node:http'
import { type ClientMemory, checkRequest, Gathered, type MemoryHolder, type OgError } from '@opengradient/protocol'
import { RPC_CODE } from '../codec/error.ts'
import type { Dispatcher } from '../dispatcher.ts'
import { SHARED_OWNER } from '../filters/filters.ts'
import type { RpcLimits } from '../limits.ts'
import type { Client } from '../method.ts'

/** Milliseconds for which a refused client may go on sending. */
const REFUSAL_GRACE_MS = 1_000

/** Milliseconds for which an answer may wait for a client that takes nothing of it. */
const SILENCE_MS = 120_000

/** JSON documents by their path, `/join.json`. */
export type Documents = Readonly<Record<string, () => string>>

/**
 * Answers JSON-RPC in the body of a POST to `/`, and documents to a GET; refuses what a web page of another origin can send. A client that
 * stops reading is disconnected. `forget`: what is kept for an owner.
 */
export function httpHandler(
  dispatcher: Dispatcher,
  names: readonly string[],
  limits: Pick<RpcLimits, 'maxBodyBytes'>,
  memory: ClientMemory,
  forget: (owner: string) => void,
  documents: Documents = {},
  silence = SILENCE_MS,
) {
  const client = sharedClient(memory, forget)
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const refusal = checkRequest(headOf(request), { names, jsonOnly: true })
    if (refusal) return refuse(response, refusal.code === 'HTTP_CONTENT_TYPE_REFUSED' ? 415 : 403, refusal.message, refusal)
    const path = request.url?.split('?', 1)[0] ?? '/'
    if (request.method === 'GET' && Object.hasOwn(documents, path)) return send(response, 200, documents[path]!())
    if (path !== '/') return refuse(response, 404, 'JSON-RPC is answered at /')
    if (request.method !== 'POST') return refuse(response, 405, 'POST a JSON-RPC request, or open a WebSocket')
    const holder = memory.enter(() => request.socket.destroy())
    response.on('close', holder.leave)
    const body = await readBody(request, limits.maxBodyBytes, holder)
    if (body === undefined) return refuse(response, 413, `the body is larger than ${limits.maxBodyBytes} bytes; send smaller batches`)
    const answer = await dispatcher.handle(body, client)
    response.setTimeout(silence, () => response.destroy())
    if (answer === undefined) response.writeHead(204).end()
    else {
      holder.hold(answer.length)
      send(response, 200, answer)
    }
  }
}

/**
 * HTTP clients share one owner: they come and go with every request. When their filters are what holds the most memory of all, these are
 * forgotten: clients make new ones.
 */
function sharedClient(memory: ClientMemory, forget: (owner: string) => void): Client {
  const enter = (): MemoryHolder =>
    memory.enter(() => {
      holder = enter()
      forget(SHARED_OWNER)
    })
  let holder = enter()
  return {
    owner: SHARED_OWNER,
    get memory() {
      return holder
    },
  }
}

/** What the guard looks at, of a request or a WebSocket handshake. */
export function headOf(request: IncomingMessage) {
  const { host, origin } = request.headers
  return { method: request.method ?? '', host, origin, contentType: request.headers['content-type'] }
}

/** The body as text; undefined as soon as it is larger than `max` bytes. */
async function readBody(request: IncomingMessage, max: number, holder: MemoryHolder): Promise<string | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > max) return undefined
  const body = new Gathered(max)
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    holder.hold(chunk.length)
    if (!body.add(chunk)) return undefined
  }
  return Buffer.from(body.bytes().buffer).toString('utf8')
}

function send(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }).end(body)
}

/**
 * A refusal before JSON-RPC begins, in its form all the same: clients show the message. What is left of the body is read and
 * thrown away for a moment, or the client would see a broken connection instead of the answer; then the connection ends.
 */
function refuse(response: ServerResponse, status: number, message: string, error?: OgError): void {
  const { req } = response
  req.resume()
  setTimeout(() => req.destroy(), REFUSAL_GRACE_MS).unref()
  response.setHeader('connection', 'close')
  const body = { code: RPC_CODE.invalidRequest, message, ...(error && { data: error.toJSON() }) }
  send(response, status, JSON.stringify({ jsonrpc: '2.0', id: null, error: body }))
}
