import type { Signature, Tensor } from '@opengradient/inference'
import { onnxEngine } from '@opengradient/inference/engine'
import { OgError, sha256Hex } from '@opengradient/protocol'
import type { Samples } from '@opengradient/zkml'
import { type SampleInputs, valuesOf } from './samples.ts'

type Answers = Record<string, (number | string)[]>

/**
 * What ONNX Runtime answers to the samples, in a process of its own as in a node: the float model that an integer model is compared with.
 *
 * @throws OgError `MODEL_INVALID`, `ENGINE_*`
 */
export async function withReference(bytes: Uint8Array, samples: SampleInputs): Promise<Samples> {
  const engine = onnxEngine()
  try {
    const model = await engine.load({ bytes, sha256: sha256Hex(bytes) })
    // The compiler says what is wrong with inputs of other types, together with what else of the file cannot be proved.
    if (model.signature.inputs.some(({ datatype }) => datatype !== 'FP32' && datatype !== 'FP64')) return samples
    const open = isOpen(model.signature)
    const outputs: Answers = {}
    for (let row = 0; row < (open ? 1 : samples.rows); row++) {
      const { outputs: answers } = await model.run(inputsOf(model.signature, samples, row, open ? samples.rows : 1))
      for (const answer of answers) outputs[answer.name] = [...(outputs[answer.name] ?? []), ...valuesFrom(answer)]
    }
    return { ...samples, outputs }
  } finally {
    await engine.close()
  }
}

/** Whether one run can take all samples at once. */
const isOpen = ({ inputs }: Signature): boolean =>
  inputs.every(({ shape }) => shape !== undefined && typeof shape[0] !== 'number' && shape.length > 0)

/** The inputs of `count` samples from `row` on. */
function inputsOf({ inputs }: Signature, samples: SampleInputs, row: number, count: number): Tensor[] {
  return inputs.map(({ name, datatype, shape = [] }) => {
    const size = valuesOf(shape)
    const values = Array.from({ length: size * count }, (_, i) => samples.inputs[name]![row * size + i]!)
    const data = datatype === 'FP64' ? Float64Array.from(values) : Float32Array.from(values)
    return { name, datatype, shape: shape.map((axis) => (typeof axis === 'number' ? axis : count)), data: new Uint8Array(data.buffer) }
  })
}

/** The elements of an output as numbers and texts. */
function valuesFrom({ name, datatype, data }: Tensor): (number | string)[] {
  const { buffer } = new Uint8Array(data)
  switch (datatype) {
    case 'FP32':
      return [...new Float32Array(buffer)]
    case 'FP64':
      return [...new Float64Array(buffer)]
    case 'INT64':
      return Array.from(new BigInt64Array(buffer), Number)
    case 'INT32':
      return [...new Int32Array(buffer)]
    case 'BYTES':
      return texts(data)
    default:
      throw new OgError('ZK_UNSUPPORTED_OP', `Output "${name}" is of type ${datatype}; outputs of a provable model are numbers or labels.`)
  }
}

function texts(data: Uint8Array): string[] {
  const view = new DataView(data.buffer, data.byteOffset, data.length)
  const out: string[] = []
  for (let at = 0; at < data.length; ) {
    const end = at + 4 + view.getUint32(at, true)
    out.push(new TextDecoder().decode(data.subarray(at + 4, end)))
    at = end
  }
  return out
}
