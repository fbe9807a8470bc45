import { MAX_BLOCK_BYTES } from '../../executor/rules.ts'
import { METHODS, type Method } from './methods.ts'
import type { Message, Read, Written } from './protobuf/message.ts'
import { message, text } from './protobuf/message.ts'
import { malformed, Reader } from './protobuf/reader.ts'
import { Writer } from './protobuf/writer.ts'

export type RequestOf<M extends Method> = Read<(typeof METHODS)[M]['request']['message']>
export type ResponseOf<M extends Method> = Written<(typeof METHODS)[M]['response']['message']>

/** Any request, named. */
export type Request = { readonly [M in Method]: { readonly method: M; readonly value: RequestOf<M> } }[Method]
/** Any response as a client reads it, named. */
export type Response =
  | { readonly [M in Method]: { readonly method: M; readonly value: Read<(typeof METHODS)[M]['response']['message']> } }[Method]
  | { readonly method: 'exception'; readonly value: Read<typeof EXCEPTION> }

/**
 * Fields that one message may have. Any block that a proposer can make has to be read, to be refused in words: an error ends CometBFT, and it
 * would meet the same block after each start. Its smallest transactions have no byte and take two; the rest is for votes and evidence.
 */
const MAX_FIELDS = MAX_BLOCK_BYTES

const EXCEPTION = message({ error: text(1) })

type Envelope = ReadonlyMap<number, { readonly method: string; readonly message: Message<unknown, never> }>

const envelope = (side: 'request' | 'response'): Map<number, { method: string; message: Message<unknown, never> }> =>
  new Map(Object.entries(METHODS).map(([method, sides]) => [sides[side].number, { method, message: sides[side].message }]))

const REQUESTS: Envelope = envelope('request')
const RESPONSES: Envelope = envelope('response').set(1, { method: 'exception', message: EXCEPTION })

/** The request in one frame. A request that this node does not know cannot be skipped: it would stay without an answer. */
export function readRequest(frame: Uint8Array): Request {
  return readOneOf(frame, REQUESTS) as Request
}

/** The response in one frame, as the engine reads it. */
export function readResponse(frame: Uint8Array): Response {
  return readOneOf(frame, RESPONSES) as Response
}

export function writeRequest<M extends Method>(method: M, value: Written<(typeof METHODS)[M]['request']['message']>): Uint8Array {
  const { number, message } = METHODS[method].request
  return writeOneOf(number, (message as Message<unknown, typeof value>).write(value))
}

export function writeResponse<M extends Method>(method: M, value: ResponseOf<M>): Uint8Array {
  const { number, message } = METHODS[method].response
  return writeOneOf(number, (message as Message<unknown, typeof value>).write(value))
}

/** The answer after which the connection closes. */
export function writeException(error: string): Uint8Array {
  return writeOneOf(1, EXCEPTION.write({ error }))
}

function readOneOf(frame: Uint8Array, known: Envelope): { method: string; value: unknown } {
  const reader = new Reader(frame, { left: MAX_FIELDS })
  if (!reader.next()) throw malformed('EMPTY', 'a message is empty')
  const found = known.get(reader.field)
  if (!found) throw malformed('UNKNOWN_METHOD', `field ${reader.field} is no method that this node knows`)
  const value = found.message.read(reader.message())
  if (reader.next()) throw malformed('DUPLICATE_FIELD', 'a message holds more than one method')
  return { method: found.method, value }
}

function writeOneOf(number: number, body: Uint8Array): Uint8Array {
  const writer = new Writer()
  writer.bytes(number, body)
  return writer.finish()
}
