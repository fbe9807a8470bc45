import type { Datatype } from '@opengradient/protocol'

/**
 * A tensor as it crosses the engine boundary. `data` is row-major and little-endian, `product(shape) × ELEMENT_BYTES[datatype]` bytes long;
 * `BYTES` elements are each a uint32le length and that many bytes, as in the protocol's binary extension.
 */
export interface Tensor {
  readonly name: string
  readonly datatype: Datatype
  readonly shape: readonly number[]
  readonly data: Uint8Array
}

/** Number of elements of a shape. Exact for every shape whose product is below 2^53; larger ones are Infinity-like and fail any size check. */
export function elementsOf(shape: readonly number[]): number {
  let n = 1
  for (let i = 0; i < shape.length; i++) n *= shape[i]!
  return n
}

/** Whether two tensors have the same datatype, shape and bytes. */
export function equalTensors(a: Tensor, b: Tensor): boolean {
  return a.datatype === b.datatype && a.shape.join() === b.shape.join() && Buffer.compare(a.data, b.data) === 0
}

/** The elements of a floating-point tensor as numbers; undefined for integers, booleans and strings. */
export function numbersOf({ datatype, data }: Tensor): Float32Array | Float64Array | undefined {
  if (datatype === 'FP16') return Float32Array.from(new Uint16Array(aligned(data, 2)), halfToNumber)
  if (datatype === 'FP32') return new Float32Array(aligned(data, 4))
  if (datatype === 'FP64') return new Float64Array(aligned(data, 8))
  return undefined
}

/** The bytes as a buffer that typed arrays can be made of: a copy, at offset 0. */
function aligned(data: Uint8Array, size: number): ArrayBuffer {
  const bytes = data.byteLength - (data.byteLength % size)
  const copy = new ArrayBuffer(bytes)
  new Uint8Array(copy).set(data.subarray(0, bytes))
  return copy
}

/** IEEE 754 binary16 from its bits. */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}
