import { type BundleRequest, concatBytes } from '@opengradient/protocol'
import { bytesOfInts, decodeIr, decodeZkir, encodeInputs, type Ir, type ModelIo } from '@opengradient/zkml'
import { type MessageTensor, tensorsOf } from '../tensors/message.ts'

/** The input of a statement. */
export interface ProvedInput {
  /** SPEC 1.7: tensors in the order of the integer model, batch first. */
  readonly bytes: Uint8Array
  /** Integers in it. */
  readonly count: number
  /** Inputs in one statement. */
  readonly rows: number
}

/** The inputs of a request, rounded as the integer model takes them. Throws, for people, why they cannot be. */
export function quantised(ir: Ir, io: ModelIo, { body, headerLength }: Pick<BundleRequest, 'body' | 'headerLength'>): ProvedInput {
  const tensors = tensorsOf(body, 'inputs', headerLength ?? body.length)
  const values = Object.fromEntries(tensors.map((tensor) => [tensor.name, floats(tensor)]))
  const unknown = tensors.find(({ name }) => !io.inputs.some((input) => input.name === name))
  if (unknown) throw new Error(`the integer model has no input "${unknown.name}".`)
  const rows = io.batch ? rowsOf(tensors) : 1
  for (const tensor of tensors) checkShape(`input "${tensor.name}"`, tensor, io.batch, rows, io.inputs)
  const integers = encodeInputs(ir, io, values, rows)
  return { bytes: concatBytes(...integers.map(bytesOfInts)), count: integers.reduce((sum, { length }) => sum + length, 0), rows }
}

/** The same from the file of an integer model. */
export function quantisedBy(zkir: Uint8Array, request: Pick<BundleRequest, 'body' | 'headerLength'>): ProvedInput {
  const { ir, io } = decodeZkir(zkir)
  return quantised(decodeIr(ir), io, request)
}

function floats({ name, datatype, values }: MessageTensor): number[] {
  if (datatype !== 'FP32' && datatype !== 'FP64') throw new Error(`input "${name}" is of type ${datatype}, not a floating-point number.`)
  return values as number[]
}

/** The length of the first axis, which all inputs share. */
function rowsOf(tensors: readonly MessageTensor[]): number {
  const [rows = 0, ...others] = tensors.map(({ shape }) => shape[0] ?? 0)
  if (rows < 1 || others.some((other) => other !== rows)) throw new Error('its inputs do not have one batch.')
  return rows
}

/** Whoever reads a tensor reads it by its shape: the same numbers as other rows or columns would be another question, or another answer. */
export function checkShape(
  what: string,
  { name, shape }: MessageTensor,
  batch: boolean,
  rows: number,
  samples: readonly { readonly name: string; readonly shape: readonly number[] }[],
): void {
  const sample = samples.find((one) => one.name === name)!.shape
  const expected = batch ? [rows, ...sample] : sample
  if (shape.join() !== expected.join()) throw new Error(`${what} has the shape [${shape}], not [${expected}].`)
}
