import { DATATYPES, type Datatype, ELEMENT_BYTES, parseStrictJson } from '@opengradient/protocol'

/** A tensor of an Open Inference Protocol message, as far as it is shown. */
export interface ShownTensor {
  readonly name: string
  readonly datatype: Datatype
  readonly shape: readonly number[]
  /** The first values, as text. */
  readonly values: readonly string[]
  /** How many there are. */
  readonly total: number
}

/** Most values shown of one tensor, and most characters of them. */
const MOST = 64
const MOST_TEXT = 20_000
/** Most tensors shown, and most of each in a shape: a body with more is shown as text. */
const MOST_TENSORS = 64
const MOST_AXES = 16
/** Longest name shown. */
const MOST_NAME = 256

/**
 * The tensors of a request or response body: `data` in the JSON, or binary behind it (`headerLength` bytes of JSON, then the
 * tensors one after another, little-endian). `undefined` if the body is not such a message, or one that readers would read in different ways.
 * Nothing is decided here, only shown.
 */
export function tensorsIn(body: Uint8Array, headerLength: number | undefined, list: 'inputs' | 'outputs'): ShownTensor[] | undefined {
  let offset = headerLength ?? body.length
  if (!isSize(offset) || offset > body.length) return undefined
  const message = json(body.subarray(0, offset))
  const entries = isRecord(message) ? message[list] : undefined
  if (!Array.isArray(entries) || entries.length > MOST_TENSORS) return undefined
  const tensors: ShownTensor[] = []
  for (const entry of entries) {
    if (!isRecord(entry)) return undefined
    const { name, datatype, shape, data } = entry
    if (typeof name !== 'string' || name.length > MOST_NAME || !isDatatype(datatype) || !isShape(shape)) return undefined
    const size = isRecord(entry.parameters) ? entry.parameters.binary_data_size : undefined
    if (size !== undefined) {
      // As the SDK reads it: what does not lie one after another in the body is no answer.
      if (!isSize(size) || offset + size > body.length) return undefined
      tensors.push({ name, datatype, shape, ...decode(body.subarray(offset, offset + size), datatype) })
      offset += size
    } else {
      const all = Array.isArray(data) ? data.flat(16) : []
      const first = all.slice(0, MOST)
      if (!first.every((value) => isValue(value, datatype))) return undefined
      tensors.push({ name, datatype, shape, values: texts(first, datatype), total: all.length })
    }
  }
  return offset === body.length ? tensors : undefined
}

function decode(bytes: Uint8Array, datatype: Datatype): Pick<ShownTensor, 'values' | 'total'> {
  if (datatype === 'BYTES') return decodeTexts(bytes)
  const total = Math.floor(bytes.length / ELEMENT_BYTES[datatype])
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const values = Array.from({ length: Math.min(MOST, total) }, (_, i) => element(view, datatype, i * ELEMENT_BYTES[datatype]))
  return { values: texts(values, datatype), total }
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

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** Each text is its length as u32, then its UTF-8. */
function decodeTexts(bytes: Uint8Array): Pick<ShownTensor, 'values' | 'total'> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const values: string[] = []
  let total = 0
  for (let at = 0; at + 4 <= bytes.length; total++) {
    const start = at + 4
    at = start + view.getUint32(at, true)
    if (values.length < MOST) values.push(decoder.decode(bytes.subarray(start, at)))
  }
  return { values: texts(values, 'BYTES'), total }
}

/** IEEE 754 binary16. */
function half(bits: number): number {
  const sign = bits >> 15 === 0 ? 1 : -1
  const exponent = (bits >> 10) & 31
  const fraction = bits & 1023
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

/** Values as they are read: floats with the digits and the sign that they have, texts in quotes and cut where they would not fit. */
function texts(values: readonly unknown[], datatype: Datatype): string[] {
  const room = Math.floor(MOST_TEXT / values.length)
  return values.map((value) => {
    if (Object.is(value, -0)) return '-0'
    if (typeof value === 'number' && datatype === 'FP32') return float32(value)
    if (typeof value === 'number' && datatype === 'FP16') return `${Number(value.toPrecision(5))}`
    if (typeof value !== 'string') return `${value}`
    return value.length > room ? `${JSON.stringify(value.slice(0, room))} …` : JSON.stringify(value)
  })
}

/** The fewest digits by which 32 bits tell this number from all others; whole numbers with all of theirs. */
function float32(value: number): string {
  const nearest = Math.fround(value)
  if (Number.isSafeInteger(nearest)) return `${nearest}`
  const shown = [6, 7, 8].map((digits) => Number(nearest.toPrecision(digits))).find((shown) => Math.fround(shown) === nearest)
  return `${shown ?? Number(nearest.toPrecision(9))}`
}

/** As the SDK reads it, so that more than a million values, which would hold up the page, are shown as text. */
function json(bytes: Uint8Array): unknown {
  try {
    return parseStrictJson(bytes, { maxBytes: bytes.length, maxDepth: 24, inexactNumbers: true })
  } catch {
    return undefined
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)
const isDatatype = (value: unknown): value is Datatype => DATATYPES.some((datatype) => datatype === value)
const isSize = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0
const isShape = (value: unknown): value is number[] => Array.isArray(value) && value.length <= MOST_AXES && value.every(isSize)

/** A value that can be shown as what it is: whole numbers that JavaScript would round are no values of whole types. */
function isValue(value: unknown, datatype: Datatype): boolean {
  if (typeof value === 'number') return datatype.startsWith('FP') || Number.isSafeInteger(value)
  return typeof value === 'string' || typeof value === 'boolean'
}
