import { concatBytes, type Datatype, responseHashOf } from '@opengradient/protocol'
import { bytesOfInts, decodeOutputs, type IntArray, type Ir } from '@opengradient/zkml'
import type { Context } from '../context.ts'
import { absent, fail, reasonOf, Stop } from '../outcome.ts'
import { type MessageTensor, tensorsOf } from '../tensors/message.ts'
import type { Value } from '../tensors/values.ts'
import type { OpenModel } from './examine.ts'
import { checkShape } from './quantised.ts'

/** The output of a statement. */
export interface ProvedOutput {
  /** SPEC 1.7: tensors in the order of the integer model, batch first. */
  readonly bytes: Uint8Array
  /** Integers in it. */
  readonly count: number
  /** Outputs of the answer that are decodings of it. */
  readonly names: number
}

/** Names of the tensors that hold what is proved, and of those that the float runtime answered beside it, unless the model gives its outputs such names. */
const INTEGERS = 'zk:'
const FLOATS = 'float:'
const INT16 = 2n ** 15n

/** The integers that this answer holds (`zk:0`, `zk:1`, …); every output that the model declares must be there, as their decoding, in its shape. */
export function outputsOf({ bundle, manifest }: Context, { file: { io }, model: { ir } }: OpenModel, rows: number): ProvedOutput {
  const { response, receipt } = bundle
  if (response === undefined) throw new Stop(absent('zk.response'))
  if (responseHashOf(response.body) !== receipt.responseHash) throw new Stop(fail('RESPONSE_HASH_MISMATCH'))
  const types = new Map(manifest().outputs.map(({ name, datatype }) => [name, datatype]))
  try {
    const binary = response.contentType === 'application/octet-stream'
    const tensors = tensorsOf(response.body, 'outputs', binary ? undefined : response.body.length)
    const proved = tensors.filter(({ name }) => name.startsWith(INTEGERS))
    if (proved.length !== ir.outputs.length) throw new Error(`it holds ${proved.length} of ${ir.outputs.length} tensors "zk:…".`)
    const integers = ir.outputs.map((id, i) => integersOf(ir, id, proved, i, rows))
    const decoded = new Map(Object.entries(decodeOutputs(ir, io, integers)))
    const isBeside = (name: string) => !decoded.has(name) && (name.startsWith(INTEGERS) || name.startsWith(FLOATS))
    const declared = tensors.filter(({ name }) => !isBeside(name))
    for (const tensor of declared) {
      checkDecoding(tensor, decoded.get(tensor.name), types.get(tensor.name))
      checkShape(`output "${tensor.name}"`, tensor, io.batch, rows, io.outputs)
    }
    const missing = [...types.keys(), ...decoded.keys()].find((name) => !declared.some((tensor) => tensor.name === name))
    if (missing !== undefined) throw new Error(`it lacks output "${missing}", which the model declares.`)
    return {
      bytes: concatBytes(...integers.map(bytesOfInts)),
      count: integers.reduce((sum, { length }) => sum + length, 0),
      names: declared.length,
    }
  } catch (error) {
    throw new Stop(fail('ZK_OUTPUT_MISMATCH', { reason: reasonOf(error) }))
  }
}

/** Tensor `zk:<i>`: INT64 of as many values as the output has, each in the range of its type. */
function integersOf(ir: Ir, id: number, tensors: readonly MessageTensor[], i: number, rows: number): IntArray {
  const { dt, axes } = ir.tensors[id]!
  const name = `${INTEGERS}${i}`
  const tensor = tensors.find((one) => one.name === name)
  if (tensor?.datatype !== 'INT64') throw new Error(`it holds no tensor "${name}" of type INT64.`)
  const count = axes.reduce((product, n) => product * n, rows)
  if (tensor.values.length !== count) throw new Error(`"${name}" has ${tensor.values.length} integers, not ${count}.`)
  const values = tensor.values as readonly bigint[]
  if (dt === 'i64') return BigInt64Array.from(values)
  // Outputs are int64 or int16, never int32 (SPEC 2.4).
  if (values.some((value) => value >= INT16 || value < -INT16)) throw new Error(`"${name}" has an integer outside the range of its type.`)
  return Int16Array.from(values, Number)
}

function checkDecoding(
  { name, datatype, values }: MessageTensor,
  decoded: readonly (number | string)[] | undefined,
  declared: Datatype | undefined,
): void {
  if (decoded === undefined || datatype !== declared)
    throw new Error(`output "${name}" is not one that the manifest and the integer model declare.`)
  if (values.length !== decoded.length) throw new Error(`output "${name}" has ${values.length} values, not ${decoded.length}.`)
  const wrong = decoded.findIndex((value, i) => !isDecoding(datatype, value, values[i]!))
  if (wrong >= 0)
    throw new Error(`value ${wrong} of output "${name}" is ${told(values[wrong]!)}; the integers give ${told(decoded[wrong]!)}.`)
}

/** JavaScript writes −0 as 0. */
const told = (value: Value): string => (Object.is(value, -0) ? '-0' : `${value}`)

/** Whether `found` is `value` in this type: floats to the nearest, zeros with their sign, everything else exactly. */
function isDecoding(datatype: Datatype, value: number | string, found: Value): boolean {
  if (datatype === 'FP32') return typeof value === 'number' && Object.is(Math.fround(value), found)
  if (datatype === 'INT64') return Number.isSafeInteger(value) && BigInt(value) === found
  return value === found
}
