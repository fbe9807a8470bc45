import { eachField, type ProtobufReader as Reader } from '@opengradient/protocol'
import type { Context } from './context.ts'
import { listFieldOf, ONNX_TYPES } from './types.ts'

const MAX_RANK = 32
/** Constants of up to this many elements are kept: shapes, repeats, pads. */
const MAX_KEPT = 64
/** Beyond what any file can hold, whatever its type. */
const MAX_STORED = 2n ** 33n

/** What the rest of the validator needs to know of a stored tensor. */
export interface StoredTensor {
  readonly name: string
  readonly type: number
  readonly dims: readonly bigint[]
  readonly elements: bigint
  /** Values of a small integer tensor. */
  readonly integers?: readonly bigint[]
}

/** A TensorProto: known type, honest size, no data outside the file. */
export function readTensor(reader: Reader, context: Context): StoredTensor {
  const { path } = context
  const dims: bigint[] = []
  let name = ''
  let type = -1
  let raw: { start: number; end: number } | undefined
  let listField: number | undefined
  let listCount = 0
  const integers: bigint[] = []
  const list = (field: number, count: (r: Reader) => number) => (r: Reader) => {
    if (listField !== undefined && listField !== field) throw path.invalid('TENSOR_DATA', 'elements in two different lists')
    listField = field
    listCount += count(r)
  }
  const countOf = (element: 'varint' | 'fixed32' | 'fixed64') => (r: Reader) => r.countScalars(element)
  const external = (what: string) => (): never => {
    throw path.invalid('EXTERNAL_DATA', `${what}: data outside the file is refused; store the weights in the model file`)
  }
  eachField(
    reader,
    {
      2: (r) => {
        type = r.int31()
      },
      3: () => {
        throw path.invalid('SEGMENT', 'segmented tensors are refused')
      },
      8: (r) => {
        name = r.text()
      },
      9: (r) => {
        raw = r.span()
      },
      12: (r) => void r.span(),
      14: (r) => {
        if (r.int31() !== 0) external('data_location')()
      },
    },
    {
      1: (r) => {
        r.int64s(dims, MAX_RANK + 1)
        if (dims.length > MAX_RANK) throw path.invalid('RANK', `more than ${MAX_RANK} dimensions`)
      },
      4: list(4, countOf('fixed32')),
      5: list(5, (r) => r.int64s(integers, MAX_KEPT)),
      6: list(6, (r) => {
        r.span()
        return 1
      }),
      7: list(7, (r) => r.int64s(integers, MAX_KEPT)),
      10: list(10, countOf('fixed64')),
      11: list(11, countOf('varint')),
      13: external('external_data'),
      16: (r) => void r.span(),
    },
  )
  const known = ONNX_TYPES.get(type)
  if (known === undefined) throw path.invalid('DATATYPE', type === -1 ? 'a tensor without data_type' : `data type ${type} is not served`)
  let elements = 1n
  for (const dim of dims) {
    if (dim < 0n) throw path.invalid('DIMS', `dimension ${dim} is negative`)
    elements *= dim
  }
  if (elements > MAX_STORED || dims.some((dim) => dim > 0x7fff_ffffn))
    throw path.invalid('DIMS', `a tensor [${dims.join(',')}] that no file can hold`)
  if (raw !== undefined) {
    if (listField !== undefined) throw path.invalid('TENSOR_DATA', 'elements both in raw_data and in a list')
    if (type === 8) throw path.invalid('TENSOR_DATA', 'strings cannot be raw_data')
    const bytes = (elements * BigInt(known.bits) + 7n) / 8n
    if (BigInt(raw.end - raw.start) !== bytes)
      throw path.invalid('TENSOR_SIZE', `raw_data has ${raw.end - raw.start} bytes, [${dims.join(',')}] asks for ${bytes}`)
    if ((type === 6 || type === 7) && elements <= BigInt(MAX_KEPT)) integers.push(...rawIntegers(reader.bytes, raw, type))
  } else {
    if (listField !== undefined && listField !== listFieldOf(type))
      throw path.invalid('TENSOR_DATA', `type ${type} does not keep its elements in field ${listField}`)
    const expected = known.bits === 4 ? (elements + 1n) / 2n : elements
    if (BigInt(listCount) !== expected)
      throw path.invalid('TENSOR_SIZE', `${listCount} elements are stored, [${dims.join(',')}] asks for ${expected}`)
  }
  const small = (type === 6 || type === 7) && BigInt(integers.length) === elements
  return { name, type, dims, elements, ...(small ? { integers } : {}) }
}

/**
 * A SparseTensorProto. What counts is the dense size, which the file's own size does not bound: runtimes unpack it. Values and indices are
 * checked as tensors, external data included.
 */
export function readSparseTensor(reader: Reader, context: Context): StoredTensor {
  const { path } = context
  const dims: bigint[] = []
  let values: StoredTensor | undefined
  let indices: StoredTensor | undefined
  eachField(
    reader,
    {
      1: (r) => {
        values = context.at('values', () => readTensor(r.message(), context))
      },
      2: (r) => {
        indices = context.at('indices', () => readTensor(r.message(), context))
      },
    },
    {
      3: (r) => {
        r.int64s(dims, MAX_RANK + 1)
        if (dims.length > MAX_RANK) throw path.invalid('RANK', `more than ${MAX_RANK} dimensions`)
      },
    },
  )
  if (values === undefined || indices === undefined) throw path.invalid('SPARSE', 'a sparse tensor without values or indices')
  let elements = 1n
  for (const dim of dims) {
    if (dim <= 0n) throw path.invalid('DIMS', `dimension ${dim} of a sparse tensor`)
    elements *= dim
  }
  if (elements > BigInt(context.limits.maxElements))
    throw path.invalid('DIMS', `a sparse tensor [${dims.join(',')}] is over the limit of ${context.limits.maxElements} elements`)
  if (indices.type !== 7 || values.dims.length !== 1) throw path.invalid('SPARSE', 'indices must be int64 and values one-dimensional')
  const count = values.elements
  if (indices.elements !== count && indices.elements !== count * BigInt(dims.length))
    throw path.invalid('SPARSE', `${indices.elements} indices do not fit ${count} values`)
  return { name: values.name, type: values.type, dims, elements }
}

function rawIntegers(bytes: Uint8Array, raw: { start: number; end: number }, type: number): bigint[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset + raw.start, raw.end - raw.start)
  const size = type === 7 ? 8 : 4
  return Array.from({ length: view.byteLength / size }, (_, i) =>
    size === 8 ? view.getBigInt64(i * 8, true) : BigInt(view.getInt32(i * 4, true)),
  )
}
