import { eachField, type ProtobufReader } from '@opengradient/protocol'
import { ONNX_TYPE, type OnnxTensor } from './types.ts'

/** Elements of all stored tensors together: twice what a weights blob may hold. */
export const MAX_ELEMENTS = 2 ** 27
const MAX_RANK = 16

/** Bytes of one raw element, and how it is read. Types that no operator in scope reads are refused. */
const RAW: Readonly<Record<number, readonly [bytes: number, read: (view: DataView, at: number) => number]>> = {
  [ONNX_TYPE.float]: [4, (v, at) => v.getFloat32(at, true)],
  [ONNX_TYPE.uint8]: [1, (v, at) => v.getUint8(at)],
  [ONNX_TYPE.int8]: [1, (v, at) => v.getInt8(at)],
  4: [2, (v, at) => v.getUint16(at, true)],
  5: [2, (v, at) => v.getInt16(at, true)],
  12: [4, (v, at) => v.getUint32(at, true)],
  13: [8, (v, at) => Number(v.getBigUint64(at, true))],
  [ONNX_TYPE.int32]: [4, (v, at) => v.getInt32(at, true)],
  [ONNX_TYPE.int64]: [8, (v, at) => Number(v.getBigInt64(at, true))],
  [ONNX_TYPE.bool]: [1, (v, at) => v.getUint8(at)],
  [ONNX_TYPE.double]: [8, (v, at) => v.getFloat64(at, true)],
}

/** Counts elements over a whole file. */
export interface ElementBudget {
  left: number
}

/** A TensorProto with its values. @throws OgError `MODEL_INVALID` for data outside the file, types not read, sizes that do not fit. */
export function readTensor(reader: ProtobufReader, budget: ElementBudget): OnnxTensor {
  const { path } = reader
  const view = new DataView(reader.bytes.buffer, reader.bytes.byteOffset, reader.bytes.byteLength)
  const dims: bigint[] = []
  const integers: bigint[] = []
  const numbers: number[] = []
  let name = ''
  let type = -1
  let lists = 0
  let raw: { start: number; end: number } | undefined
  const list = (field: number, read: (r: ProtobufReader) => void) => (r: ProtobufReader) => {
    if (lists !== 0 && lists !== field) throw path.invalid('TENSOR_DATA', 'elements in two different lists')
    lists = field
    read(r)
  }
  const external = (): never => {
    throw path.invalid('EXTERNAL_DATA', 'data outside the file is refused; store the weights in the model file')
  }
  eachField(
    reader,
    {
      2: (r) => {
        type = r.int31()
      },
      8: (r) => {
        name = r.text()
      },
      9: (r) => {
        raw = r.span()
      },
      12: (r) => void r.span(),
      14: (r) => {
        if (r.int31() !== 0) external()
      },
    },
    {
      1: (r) => {
        r.int64s(dims, MAX_RANK + 1)
        if (dims.length > MAX_RANK) throw path.invalid('RANK', `more than ${MAX_RANK} dimensions`)
      },
      4: list(4, (r) => r.fixedOffsets('fixed32', (at) => numbers.push(view.getFloat32(at, true)))),
      5: list(5, (r) => void r.int64s(integers, MAX_ELEMENTS)),
      7: list(7, (r) => void r.int64s(integers, MAX_ELEMENTS)),
      11: list(11, (r) => void r.int64s(integers, MAX_ELEMENTS)),
      10: list(10, (r) => r.fixedOffsets('fixed64', (at) => numbers.push(view.getFloat64(at, true)))),
      13: external,
      16: (r) => void r.span(),
    },
  )
  const known = RAW[type]
  if (known === undefined) throw path.invalid('DATATYPE', type === -1 ? 'a tensor without data_type' : `data type ${type} is not read`)
  const elements = countElements(dims)
  budget.left -= elements ?? Number.POSITIVE_INFINITY
  if (elements === undefined || budget.left < 0) throw path.invalid('DIMS', `more than ${MAX_ELEMENTS} stored elements`)
  const [bytes, read] = known
  const stored = raw === undefined ? integers.length + numbers.length : (raw.end - raw.start) / bytes
  if (raw !== undefined && lists !== 0) throw path.invalid('TENSOR_DATA', 'elements both in raw_data and in a list')
  if (stored !== elements) throw path.invalid('TENSOR_SIZE', `${stored} elements are stored, [${dims.join(',')}] asks for ${elements}`)
  const data = new Float64Array(elements)
  if (raw !== undefined) for (let i = 0; i < elements; i++) data[i] = read(view, raw.start + i * bytes)
  else for (let i = 0; i < elements; i++) data[i] = numbers[i] ?? Number(integers[i])
  return { name, type, dims: dims.map(Number), data }
}

function countElements(dims: readonly bigint[]): number | undefined {
  let elements = 1n
  for (const dim of dims) {
    if (dim < 0n || dim > BigInt(MAX_ELEMENTS)) return undefined
    elements *= dim
    if (elements > BigInt(MAX_ELEMENTS)) return undefined
  }
  return Number(elements)
}
