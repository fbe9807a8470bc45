import { type Datatype, ELEMENT_BYTES, parseStrictJson } from '@opengradient/protocol'

/** A tensor of an Open Inference Protocol message, as far as it is shown. */
export interface ShownTensor {
  readonly name: string
  readonly datatype: string
  readonly shape: readonly number[]
  /** The first values, as text. */
  readonly values: readonly string[]
  /** How many there are. */
  readonly total: number
}

/** Most values of a JSON body that is shown by its tensors. */
const MOST_NODES = 8_000_000
/** Most values shown of one tensor. */
const MOST = 64

/**
 * The tensors of a request or response body: `data` in the JSON, or binary behind it (`headerLength` bytes of JSON, then the
 * tensors one after another, little-endian). `undefined` if the body is not such a message. Nothing is decided here, only shown.
 */
export function tensorsIn(body: Uint8Array, headerLength: number | undefined, list: 'inputs' | 'outputs'): ShownTensor[] | undefined {
  const message = json(body.subarray(0, headerLength))
  const entries = isRecord(message) ? message[list] : undefined
  if (!Array.isArray(entries)) return undefined
  let offset = headerLength ?? body.length
  const tensors: ShownTensor[] = []
  for (const entry of entries) {
    if (!isRecord(entry)) return undefined
    const size = isRecord(entry.parameters) ? (entry.parameters.binary_data_size as number | undefined) : undefined
    const described = { name: `${entry.name}`, datatype: `${entry.datatype}`, shape: numbers(entry.shape) }
    if (size !== undefined) {
      // As the SDK reads it: what does not lie one after another in the body is no answer.
      if (!Number.isSafeInteger(size) || size < 0 || offset + size > body.length) return undefined
      tensors.push({ ...described, ...decode(body.subarray(offset, offset + size), described.datatype) })
      offset += size
    } else {
      const data = Array.isArray(entry.data) ? entry.data.flat(16) : []
      tensors.push({ ...described, values: data.slice(0, MOST).map((value) => text(value, described.datatype)), total: data.length })
    }
  }
  return tensors
}

function decode(bytes: Uint8Array, datatype: string): Pick<ShownTensor, 'values' | 'total'> {
  if (datatype === 'BYTES') return decodeTexts(bytes)
  if (!Object.hasOwn(ELEMENT_BYTES, datatype)) return { values: [], total: 0 }
  const type = datatype as Exclude<Datatype, 'BYTES'>
  const total = Math.floor(bytes.length / ELEMENT_BYTES[type])
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const values = Array.from({ length: Math.min(MOST, total) }, (_, i) => text(element(view, type, i * ELEMENT_BYTES[type]), type))
  return { values, total }
}

function element(view: DataView, type: Exclude<Datatype, 'BYTES'>, at: number): unknown {
  switch (type) {
    case 'BOOL':
      return view.getUint8(at) !== 0
    case 'UINT8':
      return view.getUint8(at)
    case 'UINT16':
      return view.getUint16(at, true)
    case 'UINT32':
      return view.getUint32(at, true)
    case 'UINT64':
      return view.getBigUint64(at, true)
    case 'INT8':
      return view.getInt8(at)
    case 'INT16':
      return view.getInt16(at, true)
    case 'INT32':
      return view.getInt32(at, true)
    case 'INT64':
      return view.getBigInt64(at, true)
    case 'FP16':
      return half(view.getUint16(at, true))
    case 'FP32':
      return view.getFloat32(at, true)
    case 'FP64':
      return view.getFloat64(at, true)
  }
}

/** Each text is its length as u32, then its UTF-8. */
function decodeTexts(bytes: Uint8Array): Pick<ShownTensor, 'values' | 'total'> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const values: string[] = []
  let total = 0
  for (let at = 0; at + 4 <= bytes.length; total++) {
    const start = at + 4
    at = start + view.getUint32(at, true)
    if (values.length < MOST) values.push(JSON.stringify(new TextDecoder().decode(bytes.subarray(start, at))))
  }
  return { values, total }
}

/** IEEE 754 binary16. */
function half(bits: number): number {
  const sign = bits >> 15 === 0 ? 1 : -1
  const exponent = (bits >> 10) & 31
  const fraction = bits & 1023
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

/** A value as it is read: 32-bit floats with the digits that they have. */
function text(value: unknown, datatype: string): string {
  if (typeof value === 'number' && datatype === 'FP32') return `${Number(value.toPrecision(7))}`
  if (typeof value === 'number' && datatype === 'FP16') return `${Number(value.toPrecision(4))}`
  return typeof value === 'string' ? JSON.stringify(value) : `${value}`
}

function json(bytes: Uint8Array): unknown {
  try {
    return parseStrictJson(bytes, { maxBytes: bytes.length, maxDepth: 24, maxNodes: MOST_NODES, inexactNumbers: true })
  } catch {
    return undefined
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)
const numbers = (value: unknown): number[] => (Array.isArray(value) ? value.filter((part) => typeof part === 'number') : [])
