import { concatBytes } from '@opengradient/protocol'
import { bytesOfInts, encodeInputs } from '@opengradient/zkml'
import type { Context } from '../context.ts'
import { absent, fail, reasonOf, Stop } from '../outcome.ts'
import { type MessageTensor, tensorsOf } from '../tensors/message.ts'
import type { OpenModel } from './examine.ts'

/** The input of a statement. */
export interface ProvedInput {
  /** SPEC 1.7: tensors in the order of the integer model, batch first. */
  readonly bytes: Uint8Array
  /** Integers in it. */
  readonly count: number
  /** Inputs in one statement. */
  readonly rows: number
}

/** The input that this request is, quantised: nothing of it is taken from anybody's word. */
export function inputsOf({ bundle, request }: Context, { file: { io }, model: { ir } }: OpenModel): ProvedInput {
  if (bundle.request === undefined) throw new Stop(absent('zk.request'))
  if (request === undefined) throw new Stop(fail('REQUEST_HASH_MISMATCH'))
  try {
    const tensors = tensorsOf(request.body, 'inputs', request.headerLength ?? request.body.length)
    const values = Object.fromEntries(tensors.map((tensor) => [tensor.name, floats(tensor)]))
    const unknown = tensors.find(({ name }) => !io.inputs.some((input) => input.name === name))
    if (unknown) throw new Error(`the integer model has no input "${unknown.name}".`)
    const rows = io.batch ? rowsOf(tensors) : 1
    const integers = encodeInputs(ir, io, values, rows)
    return { bytes: concatBytes(...integers.map(bytesOfInts)), count: integers.reduce((sum, { length }) => sum + length, 0), rows }
  } catch (error) {
    throw new Stop(fail('ZK_INPUT_MISMATCH', { reason: reasonOf(error) }))
  }
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
