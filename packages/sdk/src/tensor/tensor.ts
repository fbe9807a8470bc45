import { type Datatype, OgError } from '@opengradient/protocol'

/** How the values of each datatype are held. FP16 as its bits (`float16`, `fromFloat16`), BOOL as 0 and 1, BYTES as one array an element. */
export interface DataOf {
  BOOL: Uint8Array
  UINT8: Uint8Array
  UINT16: Uint16Array
  UINT32: Uint32Array
  UINT64: BigUint64Array
  INT8: Int8Array
  INT16: Int16Array
  INT32: Int32Array
  INT64: BigInt64Array
  FP16: Uint16Array
  FP32: Float32Array
  FP64: Float64Array
  BYTES: Uint8Array[]
}

/** Values of one input or output, row-major. */
export type Tensor<D extends Datatype = Datatype> = { [K in D]: { datatype: K; shape: number[]; data: DataOf[K] } }[D]

/** Values of a tensor of any datatype. */
export type TensorData = DataOf[Datatype]

/** The typed array of each datatype; BYTES has none. */
export const ARRAYS = {
  BOOL: Uint8Array,
  UINT8: Uint8Array,
  UINT16: Uint16Array,
  UINT32: Uint32Array,
  UINT64: BigUint64Array,
  INT8: Int8Array,
  INT16: Int16Array,
  INT32: Int32Array,
  INT64: BigInt64Array,
  FP16: Uint16Array,
  FP32: Float32Array,
  FP64: Float64Array,
} as const satisfies { [K in Exclude<Datatype, 'BYTES'>]: new (length: number) => DataOf[K] }

/** The bytes of a tensor as Open Inference Protocol's binary extension sends them: little-endian; BYTES with a 32-bit length before each element. */
export function bytesOf(tensor: Tensor): Uint8Array {
  if (tensor.datatype !== 'BYTES') return new Uint8Array(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength)
  const out = new Uint8Array(tensor.data.reduce((size, element) => size + 4 + element.length, 0))
  const view = new DataView(out.buffer)
  let at = 0
  for (const element of tensor.data) {
    view.setUint32(at, element.length, true)
    out.set(element, at + 4)
    at += 4 + element.length
  }
  return out
}

/** The inverse of `bytesOf` for `count` elements. @throws OgError `NODE_RESPONSE_INVALID` when the bytes are too many or too few */
export function dataFrom(datatype: Datatype, bytes: Uint8Array, count: number, name: string): TensorData {
  if (datatype === 'BYTES') return elementsFrom(bytes, count, name)
  const Data = ARRAYS[datatype]
  if (bytes.length !== count * Data.BYTES_PER_ELEMENT) throw wrongSize(name, bytes.length, count * Data.BYTES_PER_ELEMENT)
  // Copied, since a view must begin at a multiple of its element size; `slice` of a Node Buffer would not copy.
  return new Data(new Uint8Array(bytes).buffer)
}

function elementsFrom(bytes: Uint8Array, count: number, name: string): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const elements: Uint8Array[] = []
  let at = 0
  while (elements.length < count) {
    const length = at + 4 <= bytes.length ? view.getUint32(at, true) : Number.POSITIVE_INFINITY
    if (at + 4 + length > bytes.length) throw wrongSize(name, bytes.length, at + 4 + length)
    elements.push(new Uint8Array(bytes.subarray(at + 4, at + 4 + length)))
    at += 4 + length
  }
  if (at !== bytes.length) throw wrongSize(name, bytes.length, at)
  return elements
}

const wrongSize = (name: string, found: number, needed: number): OgError =>
  new OgError('NODE_RESPONSE_INVALID', `output "${name}" has ${found} bytes; its shape and datatype need ${needed}`)
