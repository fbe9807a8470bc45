import { DATATYPES, type Datatype, elementCount, OgError, parseStrictJson } from '@opengradient/protocol'
import { binaryValues, jsonValues, type Value } from './values.ts'

/** A tensor of an Open Inference Protocol message. BYTES are texts. */
export interface MessageTensor {
  readonly name: string
  readonly datatype: Datatype
  readonly shape: readonly number[]
  readonly values: readonly Value[]
}

const MAX_DEPTH = 64
const MAX_TENSORS = 256

/**
 * The tensors of a request or an answer: `data` in the JSON, or binary behind it in the order of the list. `headerLength`: bytes of the JSON,
 * if the message says so; otherwise it ends where its braces do.
 *
 * @throws OgError `INPUT_MALFORMED`
 */
export function tensorsOf(body: Uint8Array, list: 'inputs' | 'outputs', headerLength = jsonLength(body)): MessageTensor[] {
  if (headerLength > body.length) throw malformed('its JSON would be longer than its body')
  const json = body.subarray(0, headerLength)
  const message = record(parseStrictJson(json, { maxBytes: json.length, maxDepth: MAX_DEPTH, inexactNumbers: true }), 'the body')
  const entries = message[list]
  if (!Array.isArray(entries) || entries.length > MAX_TENSORS) throw malformed(`"${list}" must be a list of tensors`)
  let at = headerLength
  const names = new Set<string>()
  const tensors = entries.map((entry, i): MessageTensor => {
    const { name, datatype, shape, data, parameters } = record(entry, `${list}[${i}]`)
    if (typeof name !== 'string' || names.has(name)) throw malformed(`${list}[${i}] must have a name of its own`)
    names.add(name)
    if (!isDatatype(datatype)) throw malformed(`tensor "${name}" must have a datatype`)
    const count = countOf(name, shape)
    const size = parameters === undefined ? undefined : record(parameters, 'parameters').binary_data_size
    if (size === undefined) return { name, datatype, shape: shape as number[], values: jsonValues(name, datatype, data, count) }
    if (!isSize(size) || size > body.length - at || data !== undefined) throw malformed(`the binary size of "${name}" is wrong`)
    at += size
    const bytes = body.subarray(at - size, at)
    return { name, datatype, shape: shape as number[], values: binaryValues(name, datatype, bytes, count) }
  })
  if (at !== body.length) throw malformed(`${body.length - at} bytes belong to no tensor`)
  return tensors
}

/** Bytes of the JSON value at the start of `body`: up to the brace that closes its first one. */
export function jsonLength(body: Uint8Array): number {
  let depth = 0
  let quoted = false
  for (let at = 0; at < body.length; at++) {
    const byte = body[at]
    if (quoted) {
      if (byte === 0x5c) at += 1
      else if (byte === 0x22) quoted = false
    } else if (byte === 0x22) quoted = true
    else if (byte === 0x7b || byte === 0x5b) depth += 1
    else if ((byte === 0x7d || byte === 0x5d) && --depth === 0) return at + 1
  }
  return body.length
}

const isDatatype = (value: unknown): value is Datatype => DATATYPES.some((datatype) => datatype === value)
const isSize = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0

function countOf(name: string, shape: unknown): number {
  if (!Array.isArray(shape) || !shape.every(isSize)) throw malformed(`the shape of "${name}" must be a list of sizes`)
  return Number(elementCount(shape))
}

function record(value: unknown, what: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw malformed(`${what} must be an object`)
}

/** What an unreadable message is. */
export function malformed(reason: string): OgError {
  return new OgError('INPUT_MALFORMED', `Inference message: ${reason}.`)
}
