import { halfToNumber, type Tensor } from '../engine/tensor.ts'

const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER)

/**
 * The elements of a tensor as the inside of a JSON list. What JSON has no number for is a string, as in the JSON mapping of protocol
 * buffers: "NaN", "Infinity", "-Infinity", and whole numbers beyond ±(2^53 − 1).
 */
export function jsonElements({ datatype, data }: Tensor): string {
  switch (datatype) {
    case 'FP32':
      return floats(view(Float32Array, data))
    case 'FP64':
      return floats(view(Float64Array, data))
    case 'FP16':
      return floats(Float32Array.from(view(Uint16Array, data), halfToNumber))
    case 'INT8':
      return view(Int8Array, data).join()
    case 'INT16':
      return view(Int16Array, data).join()
    case 'INT32':
      return view(Int32Array, data).join()
    case 'UINT8':
      return view(Uint8Array, data).join()
    case 'UINT16':
      return view(Uint16Array, data).join()
    case 'UINT32':
      return view(Uint32Array, data).join()
    case 'INT64':
      return Array.from(view(BigInt64Array, data), long).join()
    case 'UINT64':
      return Array.from(view(BigUint64Array, data), long).join()
    case 'BOOL':
      return Array.from(data, (byte) => (byte === 0 ? 'false' : 'true')).join()
    case 'BYTES':
      return strings(data)
        .map((text) => JSON.stringify(text))
        .join()
  }
}

/** Strings of a `BYTES` tensor. */
export function strings(data: Uint8Array): string[] {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength)
  const out: string[] = []
  for (let at = 0; at < bytes.length; ) {
    const length = bytes.readUInt32LE(at)
    out.push(bytes.toString('utf8', at + 4, at + 4 + length))
    at += 4 + length
  }
  return out
}

function long(value: bigint): string {
  return value > MAX_SAFE || value < -MAX_SAFE ? `"${value}"` : `${value}`
}

function floats(values: Float32Array | Float64Array): string {
  return allPlain(values) ? values.join() : Array.from(values, float).join()
}

function float(value: number): string {
  if (Object.is(value, -0)) return '-0'
  return Number.isFinite(value) ? String(value) : `"${value}"`
}

/** Whether JavaScript writes all of them as JSON does: it writes -0 as 0, and then the answer as text would not be the answer. */
function allPlain(values: Float32Array | Float64Array): boolean {
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!
    // Of what is not finite, the difference is not a number.
    if (value - value !== 0 || (value === 0 && 1 / value < 0)) return false
  }
  return true
}

type View<T> = { readonly BYTES_PER_ELEMENT: number; new (buffer: ArrayBufferLike, byteOffset: number, length: number): T }

/** The bytes as elements: in place if they lie at a multiple of the element's size, else copied. */
function view<T>(Elements: View<T>, data: Uint8Array): T {
  const size = Elements.BYTES_PER_ELEMENT
  const { buffer, byteOffset } = data.byteOffset % size === 0 ? data : Uint8Array.from(data)
  return new Elements(buffer, byteOffset, data.byteLength / size)
}
