import { concatBytes, type Datatype, ELEMENT_BYTES, OgError, type TensorSpec } from '@opengradient/protocol'
import { bytesOfInts, type IntArray, type Ir } from '@opengradient/zkml'
import { numbersOf, type Tensor } from '../engine/tensor.ts'

/** An answer of level zk. */
export interface ZkAnswer {
  /** In this order: the declared outputs, decoded from the proven integers; those integers, `zk:<i>`; the float runtime's answer, `float:<name>`. */
  readonly tensors: readonly Tensor[]
  /** Outputs as the statement holds them. */
  readonly y: Uint8Array
  /** The largest difference between a number of the integer model and of the float runtime; undefined without the latter. */
  readonly floatMaxError: number | undefined
}

/**
 * Puts an answer together.
 * @param engine what the zk engine answered: declared outputs, then the integers
 * @param floats what the float runtime answered to the same inputs, in the order declared
 */
export function zkAnswer(
  ir: Ir,
  declared: readonly TensorSpec[],
  engine: readonly Tensor[],
  floats: readonly Tensor[] | undefined,
): ZkAnswer {
  const decoded = declared.map(({ datatype }, i) => asDeclared(engine[i]!, datatype))
  const integers = engine.slice(declared.length)
  return {
    tensors: [...decoded, ...integers, ...(floats ?? []).map((tensor) => ({ ...tensor, name: `float:${tensor.name}` }))],
    y: concatBytes(...ir.outputs.map((id, i) => bytesOfInts(intsOf(ir.tensors[id]!.dt, integers[i]!)))),
    floatMaxError: floats && maxError(decoded, floats),
  }
}

const INTEGERS: Readonly<Partial<Record<Datatype, (view: DataView, at: number, value: number) => void>>> = {
  INT64: (view, at, value) => view.setBigInt64(at, BigInt(value), true),
  INT32: (view, at, value) => view.setInt32(at, value, true),
  INT16: (view, at, value) => view.setInt16(at, value, true),
  INT8: (view, at, value) => view.setInt8(at, value),
  UINT8: (view, at, value) => view.setUint8(at, value),
}

/** Whole numbers (the index of an ArgMax) where the manifest declares an integer type; everything else as the engine gave it. */
function asDeclared(tensor: Tensor, datatype: Datatype): Tensor {
  const write = INTEGERS[datatype]
  if (tensor.datatype !== 'FP32' || write === undefined) return tensor
  const values = numbersOf(tensor)!
  const data = new Uint8Array(values.length * ELEMENT_BYTES[datatype])
  const view = new DataView(data.buffer)
  for (let i = 0; i < values.length; i++) write(view, i * ELEMENT_BYTES[datatype], Math.round(values[i]!))
  return { ...tensor, datatype, data }
}

function intsOf(dt: 'i16' | 'i32' | 'i64', { name, datatype, data }: Tensor): IntArray {
  if (datatype !== 'INT64') throw new OgError('ENGINE_FAILED', `The zk engine gave "${name}" as ${datatype}.`)
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  const values = Array.from({ length: data.byteLength / 8 }, (_, i) => view.getBigInt64(i * 8, true))
  if (dt === 'i64') return BigInt64Array.from(values)
  return dt === 'i32' ? Int32Array.from(values, Number) : Int16Array.from(values, Number)
}

function maxError(decoded: readonly Tensor[], floats: readonly Tensor[]): number {
  let most = 0
  for (const [i, tensor] of floats.entries()) {
    const [a, b] = [numbersOf(decoded[i]!), numbersOf(tensor)]
    if (a === undefined || b === undefined || a.length !== b.length) continue
    for (let j = 0; j < a.length; j++) most = Math.max(most, Math.abs(a[j]! - b[j]!))
  }
  return most
}
