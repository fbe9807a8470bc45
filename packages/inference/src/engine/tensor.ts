/** Datatypes of the Open Inference Protocol, which manifests use too. `BYTES` is a list of byte strings. */
export const DATATYPES = [
  'BOOL',
  'UINT8',
  'UINT16',
  'UINT32',
  'UINT64',
  'INT8',
  'INT16',
  'INT32',
  'INT64',
  'FP16',
  'FP32',
  'FP64',
  'BYTES',
] as const
export type Datatype = (typeof DATATYPES)[number]

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

/** Bytes of one element; 0 for `BYTES`, whose elements differ in length. */
export const ELEMENT_BYTES: Readonly<Record<Datatype, number>> = {
  BOOL: 1,
  UINT8: 1,
  UINT16: 2,
  UINT32: 4,
  UINT64: 8,
  INT8: 1,
  INT16: 2,
  INT32: 4,
  INT64: 8,
  FP16: 2,
  FP32: 4,
  FP64: 8,
  BYTES: 0,
}

/** Number of elements of a shape. Exact for every shape whose product is below 2^53; larger ones are Infinity-like and fail any size check. */
export function elementCount(shape: readonly number[]): number {
  let n = 1
  for (let i = 0; i < shape.length; i++) n *= shape[i]!
  return n
}
