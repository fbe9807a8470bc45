import { type Datatype, OgError } from '@opengradient/protocol'

/** An element: bigint for INT64, text for BYTES, else a number. */
export type Value = number | bigint | string

/** Types of which outputs and inputs of provable models are. */
type Readable = 'FP32' | 'FP64' | 'INT32' | 'INT64' | 'BYTES'

const DECIMAL = /^-?(?:0|[1-9]\d{0,18})$/
const INT64 = 2n ** 63n
const INT32 = 2 ** 31

/** The elements of `data` of a JSON tensor, nested or flat. @throws OgError `INPUT_MALFORMED` */
export function jsonValues(name: string, datatype: Datatype, data: unknown, count: number): Value[] {
  if (!Array.isArray(data)) throw wrong(name, 'has no data')
  const type = readable(name, datatype)
  const flat: unknown[] = data.flat(16)
  if (flat.length !== count) throw wrong(name, `has ${flat.length} values; its shape asks for ${count}`)
  return flat.map((value) => fromJson(type, value) ?? refuse(name, `has a value that is no ${type}`))
}

/** The elements of a binary tensor, little-endian. @throws OgError `INPUT_MALFORMED` */
export function binaryValues(name: string, datatype: Datatype, bytes: Uint8Array, count: number): Value[] {
  const type = readable(name, datatype)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  if (type === 'BYTES') return texts(name, bytes, view, count)
  const size = type === 'FP32' || type === 'INT32' ? 4 : 8
  if (bytes.length !== size * count) throw wrong(name, `has ${bytes.length} bytes; its shape asks for ${size * count}`)
  return Array.from({ length: count }, (_, i) => {
    if (type === 'FP32') return view.getFloat32(4 * i, true)
    if (type === 'INT32') return view.getInt32(4 * i, true)
    return type === 'FP64' ? view.getFloat64(8 * i, true) : view.getBigInt64(8 * i, true)
  })
}

function fromJson(type: Readable, value: unknown): Value | undefined {
  if (type === 'BYTES') return typeof value === 'string' ? value : undefined
  if (type === 'INT64') {
    const whole = typeof value === 'string' ? DECIMAL.test(value) : Number.isSafeInteger(value)
    const integer = whole ? BigInt(value as string | number) : INT64
    return integer < INT64 && integer >= -INT64 ? integer : undefined
  }
  if (typeof value !== 'number' || !Number.isFinite(value)) return undefined
  if (type === 'INT32') return Number.isInteger(value) && value < INT32 && value >= -INT32 ? value : undefined
  return type === 'FP32' ? Math.fround(value) : value
}

/** Each text is its length as u32, then its UTF-8. */
function texts(name: string, bytes: Uint8Array, view: DataView, count: number): string[] {
  const out: string[] = []
  let at = 0
  while (at + 4 <= bytes.length) {
    const end = at + 4 + view.getUint32(at, true)
    if (end > bytes.length) throw wrong(name, 'has a text beyond its end')
    out.push(utf8(name, bytes.subarray(at + 4, end)))
    at = end
  }
  if (at !== bytes.length || out.length !== count) throw wrong(name, `has ${out.length} texts; its shape asks for ${count}`)
  return out
}

function utf8(name: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return refuse(name, 'has a text that is not UTF-8')
  }
}

function readable(name: string, datatype: Datatype): Readable {
  if (datatype === 'FP32' || datatype === 'FP64' || datatype === 'INT32' || datatype === 'INT64' || datatype === 'BYTES') return datatype
  throw wrong(name, `is of type ${datatype}, which no provable model has`)
}

const wrong = (name: string, what: string): OgError => new OgError('INPUT_MALFORMED', `Inference message: tensor "${name}" ${what}.`)

function refuse(name: string, what: string): never {
  throw wrong(name, what)
}
