import { concatBytes, OgError } from '@opengradient/protocol'
import { bytesOfInts, encodeInputs, type Ir, type ModelIo } from '@opengradient/zkml'
import { elementsOf, halfToNumber, type Tensor } from '../engine/tensor.ts'

/** A request's inputs as the integer model takes them. */
export interface ZkInput {
  /** FP32, one sample. */
  readonly tensors: readonly Tensor[]
  /** The bytes that the statement holds. */
  readonly x: Uint8Array
}

/**
 * Quantises the inputs of a request. What does not fit is refused, never saturated, and before anything is paid.
 * @param tensors in the order of the model, checked against the manifest
 * @throws OgError `INPUT_SHAPE` (more or less than one sample), `ZK_INPUT_OUT_OF_RANGE`, `ZK_NON_FINITE_INPUT`
 */
export function quantised(ir: Ir, io: ModelIo, tensors: readonly Tensor[]): ZkInput {
  const floats = io.inputs.map(({ name, shape }, i) => {
    const { shape: given, datatype, data } = tensors[i]!
    const expected = io.batch ? [1, ...shape] : shape
    if (given.join() !== expected.join())
      throw new OgError('INPUT_SHAPE', `Input "${name}": a proof is about one sample, of the shape [${expected}], not [${given}].`, {
        details: { input: name, expected },
      })
    return { name, shape: expected, values: floatsOf(datatype, data, elementsOf(given)) }
  })
  const inputs = encodeInputs(ir, io, Object.fromEntries(floats.map(({ name, values }) => [name, values])))
  return {
    x: concatBytes(...inputs.map(bytesOfInts)),
    tensors: floats.map(({ name, shape, values }) => ({
      name,
      datatype: 'FP32',
      shape,
      data: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
    })),
  }
}

type Read = (view: DataView, at: number) => number

const READERS: Readonly<Partial<Record<Tensor['datatype'], readonly [bytes: number, read: Read]>>> = {
  BOOL: [1, (view, at) => view.getUint8(at)],
  UINT8: [1, (view, at) => view.getUint8(at)],
  UINT16: [2, (view, at) => view.getUint16(at, true)],
  UINT32: [4, (view, at) => view.getUint32(at, true)],
  UINT64: [8, (view, at) => Number(view.getBigUint64(at, true))],
  INT8: [1, (view, at) => view.getInt8(at)],
  INT16: [2, (view, at) => view.getInt16(at, true)],
  INT32: [4, (view, at) => view.getInt32(at, true)],
  INT64: [8, (view, at) => Number(view.getBigInt64(at, true))],
  FP16: [2, (view, at) => halfToNumber(view.getUint16(at, true))],
  FP32: [4, (view, at) => view.getFloat32(at, true)],
  FP64: [8, (view, at) => view.getFloat64(at, true)],
}

/** The elements of a tensor, each rounded to the nearest float32: what an integer model quantises. */
function floatsOf(datatype: Tensor['datatype'], data: Uint8Array, count: number): Float32Array<ArrayBuffer> {
  const reader = READERS[datatype]
  if (reader === undefined) throw new OgError('INPUT_DATATYPE', `An integer model takes numbers, not ${datatype}.`)
  const [size, read] = reader
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  const out = new Float32Array(count)
  for (let i = 0; i < count; i++) out[i] = read(view, i * size)
  return out
}
