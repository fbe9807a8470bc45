import { createHash, timingSafeEqual } from 'node:crypto'
import { Readable } from 'node:stream'
import { CHUNK_SIZE, checkRequest, OgError } from '@opengradient/protocol'
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { FileStore } from '../fileStore.ts'
import { parseName } from '../layout.ts'
import { idleLimited } from './idle.ts'
import { parseRange } from './range.ts'
import { statusOf } from './status.ts'

export interface ServerOptions {
  store: FileStore
  /** What an uploader sends as `Authorization: Bearer …`. Downloads need none. */
  token: string
  /** Names under which this server may be addressed (`Host`); see `checkRequest` of protocol. */
  names: string[]
  /** An upload that sends nothing for so long is dropped. */
  idleMs: number
  /** Hears of each failure that is the server's own fault. */
  onError: (error: unknown) => void
}

/** Milliseconds after which a connection on which nothing moves is closed: a reader that stopped reading holds a file open. */
const CONNECTION_MS = 120_000

/** A file is data, never a page: nothing served here may run in a browser, whatever its bytes are. */
const FILE_HEADERS = {
  'content-type': 'application/octet-stream',
  'content-disposition': 'attachment',
  'content-security-policy': "sandbox; default-src 'none'",
  'x-content-type-options': 'nosniff',
  'cache-control': 'public, max-age=31536000, immutable',
  'accept-ranges': 'bytes',
}

type FileRequest = FastifyRequest<{ Params: { name: string } }>

/** `PUT|GET|HEAD /files/{sha256}`, `GET /files/{sha256}/chunks`, `GET /status`. Errors are `OgError` as JSON. */
export function storeServer({ store, token, names, idleMs, onError }: ServerOptions): FastifyInstance {
  const app = fastify({
    logger: false,
    requestTimeout: 0,
    connectionTimeout: CONNECTION_MS,
    exposeHeadRoutes: false,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 64 },
  })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/octet-stream', (_request, payload, done) => done(null, payload))
  app.addHook('onRequest', async (request) => {
    const { host, origin, 'content-type': contentType } = request.headers
    const refused = checkRequest({ host, origin, contentType, method: request.method }, { names, jsonOnly: false })
    if (refused) throw refused
  })
  app.setErrorHandler((error, _request, reply) => sendError(reply, error, onError))
  app.setNotFoundHandler((_request, reply) =>
    sendError(reply, new OgError('HTTP_NOT_FOUND', 'the store serves /files/{sha256}, /files/{sha256}/chunks and /status'), onError),
  )

  app.put('/files/:name', async (request: FileRequest, reply) => {
    checkToken(request.headers.authorization, token)
    const name = parseName(request.params.name)
    const length = request.headers['content-length']
    const body = request.body instanceof Readable ? idleLimited(request.body, idleMs) : Readable.from([])
    const stored = await store.put(name, body, length === undefined ? undefined : Number(length))
    return reply.code(stored.created ? 201 : 200).send({ sha256: name, size: stored.size })
  })

  app.head('/files/:name', async (request: FileRequest, reply) => {
    const name = parseName(request.params.name)
    const size = await store.size(name)
    if (size === undefined) return reply.code(404).headers(FILE_HEADERS).send()
    return reply.headers({ ...FILE_HEADERS, etag: `"${name}"`, 'content-length': size }).send()
  })

  app.get('/files/:name', async (request: FileRequest, reply) => sendFile(store, parseName(request.params.name), request, reply))

  app.get('/files/:name/chunks', async (request: FileRequest) => {
    const name = parseName(request.params.name)
    const { size, chunks } = await store.chunks(name)
    return { sha256: name, size, chunkBytes: CHUNK_SIZE, chunks }
  })

  app.get('/status', async () => ({ ...store.status(), chunkBytes: CHUNK_SIZE }))
  return app
}

async function sendFile(store: FileStore, name: string, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const size = await store.size(name)
  if (size === undefined) throw new OgError('STORE_NOT_FOUND', `this store has no file ${name}`)
  const etag = `"${name}"`
  if (request.headers['if-none-match'] === etag)
    return reply
      .code(304)
      .headers({ ...FILE_HEADERS, etag })
      .send()
  const sameFile = request.headers['if-range'] === undefined || request.headers['if-range'] === etag
  const range = sameFile ? parseRange(request.headers.range, size) : 'whole'
  if (range === 'unsatisfiable') {
    reply.header('content-range', `bytes */${size}`)
    throw new OgError('STORE_RANGE', `the file has ${size} bytes; ask for a range that begins inside it`)
  }
  const { start, end } = range === 'whole' ? { start: 0, end: size } : range
  const bytes = store.read(name, { start, end })
  const first = await bytes.next()
  if (range !== 'whole') reply.code(206).header('content-range', `bytes ${start}-${end - 1}/${size}`)
  reply.headers({ ...FILE_HEADERS, etag, 'content-length': end - start })
  const stream = Readable.from(continued(first, bytes), { objectMode: false })
  // A reader who left before the first byte: what never began has no end of its own, and the file would stay open.
  stream.once('close', () => void bytes.return(undefined))
  return reply.send(stream)
}

/** The stream whose first chunk has been read already, so that a corrupted file can still be answered with an error. */
async function* continued(first: IteratorResult<Uint8Array>, rest: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (!first.done) yield first.value
  yield* rest
}

function checkToken(header: string | undefined, token: string): void {
  const digest = (value: string) => createHash('sha256').update(value).digest()
  if (header !== undefined && timingSafeEqual(digest(header), digest(`Bearer ${token}`))) return
  throw new OgError('HTTP_UNAUTHORIZED', 'uploading needs the header Authorization: Bearer followed by the token of this store')
}

function sendError(reply: FastifyReply, error: unknown, onError: (error: unknown) => void): FastifyReply {
  const known = error instanceof OgError ? error : undefined
  const status = known ? statusOf(known) : ((error as { statusCode?: number }).statusCode ?? 500)
  if (status >= 500) onError(error)
  const shown =
    known ??
    new OgError(
      status < 500 ? 'HTTP_NOT_FOUND' : 'INTERNAL',
      status < 500 ? (error as Error).message : 'the store failed; its log says why',
    )
  return reply.code(status).header('x-content-type-options', 'nosniff').type('application/json').send({ error: shown.toJSON() })
}
