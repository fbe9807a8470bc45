import { OgError } from '@opengradient/protocol'
import { decodeIr, decodeZkir, type ModelIo, type ZkirFile, zkModelId } from '@opengradient/zkml'
import type { Engine, Signature, TensorInfo } from './engine.ts'
import { zkIdentity } from './identity.ts'
import { ProcessEngine, type ProcessEngineOptions } from './processEngine.ts'

/** Programs of large models are many small objects. */
export const ZK_HEAP_MB = 1024

/** The integer models of `zkml`. Answers are exact: numbers of the file's outputs, and the integers that a proof is about as `zk:<i>`. */
export function zkEngine(options: Pick<ProcessEngineOptions, 'log' | 'maxOutputBytes'> = {}): Engine {
  return new ProcessEngine({ name: 'zk', identity: zkIdentity, validate: readZkir, heapMb: ZK_HEAP_MB, ...options })
}

/** A `.zkir` file that this node may give to an engine. */
export interface ReadZkir extends ZkirFile {
  readonly signature: Signature
  /** 32 bytes; the model's name. Whether integer model and weights are those that it names is for the engine to say. */
  readonly zkModelId: Uint8Array
}

/** Names that an answer of level zk gives to tensors of its own. */
const OWN_NAME = /^(?:zk|float):/

/**
 * Reads a `.zkir` file before any engine does.
 * @throws OgError `MODEL_INVALID`
 */
export function readZkir(bytes: Uint8Array): ReadZkir {
  let file: ZkirFile
  try {
    file = decodeZkir(bytes)
  } catch (cause) {
    const { message } = cause as Error
    throw new OgError('MODEL_INVALID', `The .zkir file cannot be read: ${message}`, { details: { reason: 'ZKIR' }, cause })
  }
  const { io } = file
  const reserved = io.outputs.find(({ name }) => OWN_NAME.test(name))
  if (reserved !== undefined)
    throw new OgError('MODEL_INVALID', `The output "${reserved.name}" has a name that is kept for the answer's own tensors.`, {
      details: { reason: 'ZKIR', field: reserved.name },
    })
  return { ...file, zkModelId: zkModelId(file.manifest), signature: signatureOf(file) }
}

function signatureOf({ io, ir }: ZkirFile): Signature {
  const inputs = io.inputs.map(({ name, shape }): TensorInfo => ({ name, datatype: 'FP32', shape: sampleShape(io, shape) }))
  const outputs = io.outputs.map(({ name, shape, decode }): TensorInfo => {
    const strings = decode.kind === 'label' && decode.labels.some((label) => typeof label === 'string')
    const datatype = decode.kind === 'label' ? (strings ? 'BYTES' : 'INT64') : 'FP32'
    return { name, datatype, shape: sampleShape(io, shape) }
  })
  return { inputs, outputs: [...outputs, ...integerOutputs(ir)] }
}

function integerOutputs(bytes: Uint8Array): TensorInfo[] {
  const ir = decodeIr(bytes)
  return ir.outputs.map((id, i) => ({ name: `zk:${i}`, datatype: 'INT64', shape: ir.tensors[id]!.axes }))
}

/** One sample a request: a proof of version 1 is about one, unless its publisher registered others. */
function sampleShape({ batch }: ModelIo, shape: readonly number[]): readonly number[] {
  return batch ? [1, ...shape] : shape
}
