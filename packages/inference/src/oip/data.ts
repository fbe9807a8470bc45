import { type Datatype, ELEMENT_BYTES, OgError } from '@opengradient/protocol'
import { numberToHalf } from './half.ts'

/** Where a value stands, for messages. Only built when something is wrong. */
type Where = () => string

/**
 * The elements of a JSON tensor as bytes. `data` is flat, or nested exactly as the shape says. Numbers must fit the datatype; whole numbers
 * of 64 bits may be decimal strings; `BYTES` are strings, taken as UTF-8.
 * @throws OgError `INPUT_SIZE`, `INPUT_MALFORMED`, `INPUT_OUT_OF_RANGE`
 */
export function bytesOfData(
  name: string,
  datatype: Datatype,
  shape: readonly number[],
  count: number,
  data: readonly unknown[],
): Uint8Array {
  const where: Where = () => `input "${name}"`
  const flat = Array.isArray(data[0]) ? flatten(data, shape, count, where) : data
  if (flat.length !== count)
    throw new OgError('INPUT_SIZE', `${where()} has ${flat.length} elements, the shape [${shape.join(',')}] asks for ${count}.`, {
      details: { input: name },
    })
  switch (datatype) {
    case 'FP32':
      return floats(new Float32Array(count), flat, where)
    case 'FP64':
      return floats(new Float64Array(count), flat, where)
    case 'FP16':
      return halves(flat, where)
    case 'INT64':
    case 'UINT64':
      return longs(datatype === 'INT64' ? new BigInt64Array(count) : new BigUint64Array(count), datatype, flat, where)
    case 'BOOL':
      return booleans(flat, where)
    case 'BYTES':
      return strings(flat, where)
    default:
      return integers(INTEGER_VIEWS[datatype](count), datatype, flat, where)
  }
}

type IntegerArray = Int8Array | Int16Array | Int32Array | Uint8Array | Uint16Array | Uint32Array

const INTEGER_VIEWS: Readonly<Record<'INT8' | 'INT16' | 'INT32' | 'UINT8' | 'UINT16' | 'UINT32', (n: number) => IntegerArray>> = {
  INT8: (n) => new Int8Array(n),
  INT16: (n) => new Int16Array(n),
  INT32: (n) => new Int32Array(n),
  UINT8: (n) => new Uint8Array(n),
  UINT16: (n) => new Uint16Array(n),
  UINT32: (n) => new Uint32Array(n),
}

/** Nested lists into one. Every level must have exactly the size that the shape gives it. */
function flatten(data: readonly unknown[], shape: readonly number[], count: number, where: Where): unknown[] {
  const out: unknown[] = []
  const walk = (list: unknown, depth: number): void => {
    if (depth === shape.length) {
      out.push(list)
      return
    }
    if (!Array.isArray(list) || list.length !== shape[depth]) {
      throw new OgError('INPUT_SIZE', `${where()} is not nested as its shape [${shape.join(',')}] says, at depth ${depth}.`)
    }
    for (const item of list) walk(item, depth + 1)
  }
  walk(data, 0)
  if (out.length !== count) throw new OgError('INPUT_SIZE', `${where()} has ${out.length} elements, the shape asks for ${count}.`)
  return out
}

function floats(out: Float32Array | Float64Array, data: readonly unknown[], where: Where): Uint8Array {
  for (let i = 0; i < data.length; i++) {
    const value = data[i]
    if (typeof value !== 'number') throw wrongType(where, i, value, 'a number')
    out[i] = value
  }
  const i = firstInfinite(out)
  if (i >= 0) throw outOfRange(where, i, data[i])
  return bytesOf(out)
}

/** JSON holds no NaN and no infinity, but a number may be too large for 32 bits. */
function firstInfinite(values: Float32Array | Float64Array): number {
  for (let i = 0; i < values.length; i++) if (values[i]! - values[i]! !== 0) return i
  return -1
}

function halves(data: readonly unknown[], where: Where): Uint8Array {
  const out = new Uint16Array(data.length)
  for (let i = 0; i < data.length; i++) {
    const value = data[i]
    if (typeof value !== 'number') throw wrongType(where, i, value, 'a number')
    const bits = numberToHalf(value)
    if ((bits & 0x7c00) === 0x7c00) throw outOfRange(where, i, value)
    out[i] = bits
  }
  return bytesOf(out)
}

function integers(out: IntegerArray, datatype: Datatype, data: readonly unknown[], where: Where): Uint8Array {
  for (let i = 0; i < data.length; i++) {
    const value = data[i]
    if (typeof value !== 'number') throw wrongType(where, i, value, 'a whole number')
    out[i] = value
    if (out[i] !== value) throw outOfRange(where, i, value, datatype)
  }
  return bytesOf(out)
}

function longs(out: BigInt64Array | BigUint64Array, datatype: Datatype, data: readonly unknown[], where: Where): Uint8Array {
  for (let i = 0; i < data.length; i++) {
    const value = data[i]
    const whole =
      typeof value === 'number' ? Number.isSafeInteger(value) : typeof value === 'string' && /^-?(?:0|[1-9][0-9]{0,19})$/.test(value)
    if (!whole) throw wrongType(where, i, value, 'a whole number, beyond 2^53 as a decimal string')
    const number = BigInt(value as number | string)
    out[i] = number
    if (out[i] !== number) throw outOfRange(where, i, value, datatype)
  }
  return bytesOf(out)
}

function booleans(data: readonly unknown[], where: Where): Uint8Array {
  const out = new Uint8Array(data.length)
  for (let i = 0; i < data.length; i++) {
    const value = data[i]
    if (typeof value !== 'boolean') throw wrongType(where, i, value, 'true or false')
    out[i] = value ? 1 : 0
  }
  return out
}

/** Written into one piece: a million short texts in pieces of their own are a second, and a hundred times their bytes. */
function strings(data: readonly unknown[], where: Where): Uint8Array {
  let size = 0
  for (let i = 0; i < data.length; i++) {
    const value = data[i]
    if (typeof value !== 'string') throw wrongType(where, i, value, 'a string')
    size += 4 + Buffer.byteLength(value)
  }
  const out = Buffer.allocUnsafeSlow(size)
  let at = 0
  for (const value of data as readonly string[]) {
    const length = out.write(value, at + 4)
    at = out.writeUInt32LE(length, at) + length
  }
  return out
}

function bytesOf(array: ArrayBufferView): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
}

function wrongType(where: Where, i: number, value: unknown, expected: string): OgError {
  return new OgError(
    'INPUT_MALFORMED',
    `${where()}: element ${i} is ${Array.isArray(value) ? 'a list' : JSON.stringify(value)?.slice(0, 64)}, expected ${expected}.`,
  )
}

function outOfRange(where: Where, i: number, value: unknown, datatype?: Datatype): OgError {
  return new OgError(
    'INPUT_OUT_OF_RANGE',
    `${where()}: element ${i} is ${String(value).slice(0, 64)}, which ${datatype ?? 'its datatype'} cannot hold.`,
  )
}

/**
 * Checks elements that came as bytes, for what a size cannot show: no NaN and no infinity (unless allowed), booleans 0 or 1, strings UTF-8.
 * @throws OgError `INPUT_NOT_FINITE`, `INPUT_OUT_OF_RANGE`
 */
export function checkElements(name: string, datatype: Datatype, data: Uint8Array, allowNonFinite: boolean): void {
  const size = ELEMENT_BYTES[datatype]
  if (datatype === 'BOOL') {
    for (let i = 0; i < data.length; i++)
      if (data[i]! > 1)
        throw new OgError('INPUT_OUT_OF_RANGE', `input "${name}": element ${i} is neither 0 nor 1.`, { details: { input: name } })
  } else if (datatype === 'BYTES') checkUtf8(name, data)
  else if (!allowNonFinite && (datatype === 'FP32' || datatype === 'FP64' || datatype === 'FP16')) {
    const i = firstNonFinite(datatype, data)
    if (i >= 0)
      throw new OgError('INPUT_NOT_FINITE', `input "${name}": element ${i} is NaN or infinite.`, {
        details: { input: name, element: i, bytes: size },
      })
  }
}

/** Index of the first NaN or infinity, -1 if none: all bits of its exponent are set. Reads bytes, since tensors need not be aligned. */
export function firstNonFinite(datatype: 'FP16' | 'FP32' | 'FP64', data: Uint8Array): number {
  if (datatype === 'FP32') {
    for (let i = 3; i < data.length; i += 4) if ((data[i]! & 0x7f) === 0x7f && data[i - 1]! >= 0x80) return (i - 3) / 4
  } else if (datatype === 'FP64') {
    for (let i = 7; i < data.length; i += 8) if ((data[i]! & 0x7f) === 0x7f && data[i - 1]! >= 0xf0) return (i - 7) / 8
  } else {
    for (let i = 1; i < data.length; i += 2) if ((data[i]! & 0x7c) === 0x7c) return (i - 1) / 2
  }
  return -1
}

const UTF8 = new TextDecoder('utf-8', { fatal: true })

function checkUtf8(name: string, data: Uint8Array): void {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  for (let at = 0, i = 0; at < data.byteLength; i++) {
    const length = view.getUint32(at, true)
    try {
      UTF8.decode(data.subarray(at + 4, at + 4 + length))
    } catch (cause) {
      throw new OgError('INPUT_MALFORMED', `input "${name}": string ${i} is not UTF-8; engines cannot take other bytes.`, {
        details: { input: name },
        cause,
      })
    }
    at += 4 + length
  }
}
