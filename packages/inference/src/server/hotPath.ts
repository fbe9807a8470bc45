import type { IncomingMessage, ServerResponse } from 'node:http'
import { ClientMemory, checkRequest, Gathered, type MemoryHolder, OgError } from '@opengradient/protocol'
import { type InferOptions, infer } from './infer.ts'
import { errorReply } from './status.ts'

const INFER = /^\/v2\/models\/([^/?]+)(?:\/versions\/([^/?]+))?\/infer(?:\?|$)/
const JSON_TYPE = /^application\/json\s*(?:;|$)/i
const BINARY_TYPE = /^application\/octet-stream\s*(?:;|$)/i

export interface HotPathOptions extends InferOptions {
  readonly names: readonly string[]
  readonly maxBodyBytes: number
  /** Bytes that all callers together may hold in bodies that come and in answers that they do not take. Who holds the most is disconnected then. */
  readonly maxHeldBytes: number
}

/**
 * Takes inference requests before the HTTP framework sees them: routing, guarding and collecting one kind of body by hand costs a fifth of
 * what the framework needs for it, and this is the one path whose cost counts. Everything else is left to it (false).
 */
export function hotPath(options: HotPathOptions): (request: IncomingMessage, response: ServerResponse) => boolean {
  const refusalOf = headGuard(options)
  const memory = new ClientMemory(options.maxHeldBytes)
  let last: Target | undefined
  return (request, response) => {
    if (request.method !== 'POST') return false
    // Most requests follow one to the same model.
    const target = last?.url === request.url ? last : targetOf(request.url!)
    if (target === undefined) return false
    last = target
    const { model, version } = target
    const refused = refusalOf(request)
    if (refused !== undefined) refuse(request, response, refused, options)
    else
      collect(request, options.maxBodyBytes, memory, (body) => {
        if (body instanceof OgError) refuse(request, response, body, options)
        else void infer({ message: request, response, body, model, version }, options).then(() => holdUntaken(response, memory))
      })
    return true
  }
}

/** What the path of an inference request names. */
interface Target {
  readonly url: string
  readonly model: string
  readonly version: string | undefined
}

function targetOf(url: string): Target | undefined {
  const [, model, version] = INFER.exec(url) ?? []
  return model === undefined ? undefined : { url, model: decoded(model), version: version === undefined ? undefined : decoded(version) }
}

/** Why a request may not even send its body. Heads repeat: one that names the same host and type as the last accepted one is accepted. */
function headGuard({ names, maxBodyBytes }: HotPathOptions): (request: IncomingMessage) => OgError | undefined {
  let known: { host: string; type: string | undefined; binary: boolean } | undefined
  return ({ method, headers }) => {
    const { host, origin } = headers
    const type = headers['content-type']
    const binary = headers['inference-header-content-length'] !== undefined
    if (known === undefined || host !== known.host || type !== known.type || binary !== known.binary || origin !== undefined) {
      const refused = checkRequest({ method: method!, host, origin, contentType: type }, { names, jsonOnly: false })
      if (refused !== undefined) return refused
      // Triton's clients name no type. A page can do that unasked as well, but no browser leaves out its Origin.
      if (type !== undefined && !(JSON_TYPE.test(type) || (binary && BINARY_TYPE.test(type)))) {
        return new OgError(
          'HTTP_CONTENT_TYPE_REFUSED',
          'Send application/json, or application/octet-stream with Inference-Header-Content-Length for binary tensors.',
        )
      }
      if (origin === undefined) known = { host: host!, type, binary }
    }
    const encoding = headers['content-encoding']
    if (encoding !== undefined && encoding !== 'identity')
      return new OgError('HTTP_CONTENT_TYPE_REFUSED', 'Compressed bodies are refused: hashes are over the bytes as sent.')
    if (Number(headers['content-length'] ?? 0) > maxBodyBytes) return tooLarge(maxBodyBytes)
    return undefined
  }
}

/**
 * The body's bytes, as they were sent: hashes are over them. Calls back once, or never if the caller leaves before the end. From then on the
 * queue that it waits in counts it.
 */
function collect(request: IncomingMessage, maxBytes: number, memory: ClientMemory, done: (body: Buffer | OgError) => void): void {
  const announced = Number(request.headers['content-length'] ?? Number.POSITIVE_INFINITY)
  let first: Buffer | undefined
  let rest: Gathered | undefined
  let holder: MemoryHolder | undefined
  let length = 0
  const hold = (bytes: number): void => {
    if (holder === undefined) {
      holder = memory.enter(() => {
        rest = undefined
        length = Number.POSITIVE_INFINITY
        request.destroy()
      })
      request.on('close', holder.leave)
    }
    holder.hold(bytes)
  }
  request.on('data', (part: Buffer) => {
    if (length > maxBytes) return
    length += part.length
    if (length > maxBytes) {
      rest = undefined
      holder?.leave()
      done(tooLarge(maxBytes))
    } else if (first === undefined) {
      // Most bodies come in one piece, which is used as it is. Of thousands that do not end, the first pieces are most of it.
      first = part
      if (length < announced) hold(length)
    } else {
      if (rest === undefined) {
        rest = new Gathered(maxBytes)
        rest.add(first)
      }
      rest.add(part)
      hold(part.length)
    }
  })
  request.on('end', () => {
    holder?.leave()
    if (length <= maxBytes) done(rest === undefined ? (first ?? EMPTY) : Buffer.from(rest.bytes().buffer))
  })
}

const EMPTY = Buffer.alloc(0)

/** What the machine did not take of an answer stays here until the caller reads it. */
function holdUntaken(response: ServerResponse, memory: ClientMemory): void {
  const bytes = response.writableLength
  if (bytes === 0 || response.writableFinished) return
  const holder = memory.enter(() => response.destroy())
  response.on('close', holder.leave)
  holder.hold(bytes)
}

/** Answers without reading the rest, and ends the connection: what follows on it would be that rest. */
function refuse(request: IncomingMessage, response: ServerResponse, error: OgError, { stats }: HotPathOptions): void {
  const { status, headers, body } = errorReply(error)
  stats.observe(status, 0)
  response.writeHead(status, { ...headers, 'content-length': body.length, ...(request.complete ? {} : { connection: 'close' }) })
  response.end(body)
  request.resume()
}

function decoded(segment: string): string {
  if (!segment.includes('%')) return segment
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

function tooLarge(maxBytes: number): OgError {
  return new OgError('HTTP_BODY_TOO_LARGE', `The body is over the limit of ${maxBytes} bytes of this node.`, { details: { maxBytes } })
}
