import { isArrayOf } from '@opengradient/protocol'
import { cellsOf } from '../ir/axes.ts'
import { EXACT_LIMIT } from '../ir/bounds.ts'
import type { IntArray, IrTensor } from '../ir/types.ts'
import { byteLengthOf, intsOfBytes } from '../ir/values.ts'
import type { PublicValues } from '../program/types.ts'
import type { ZkModel } from './model.ts'

/** What a proof says: this model, on these inputs, gives these outputs. */
export interface ZkStatement {
  /** 32 bytes. */
  readonly zkModelId: Uint8Array
  /** Inputs in one statement; 1 if left out. */
  readonly batch?: number
  /** Values of the inputs, and of the outputs: tensors in the order of the model, batch first, row-major, little-endian of their type. */
  readonly x: Uint8Array
  readonly y: Uint8Array
  /** What the proof is for, ≤ 256 bytes: chain, request, nonce. */
  readonly ctx: Uint8Array
}

/** Reads the values of a statement; undefined if lengths are wrong or an int64 output is not below 2^61 in size. SPEC 2.5, 9.2 step 4. */
export function readValues(model: ZkModel, { x, y, batch = 1 }: ZkStatement): PublicValues | undefined {
  const inputs = split(
    model.ir.inputs.map((id) => model.ir.tensors[id]!),
    x,
    batch,
  )
  const outputs = split(
    model.ir.outputs.map((id) => model.ir.tensors[id]!),
    y,
    batch,
  )
  if (inputs === undefined || outputs === undefined || !outputs.every(([, values]) => isExact(values))) return undefined
  return { tensors: new Map([...inputs, ...outputs]), weights: model.manifest.weights === 1 ? [] : model.weights! }
}

function split(tensors: readonly IrTensor[], bytes: Uint8Array, batch: number): [number, IntArray][] | undefined {
  const lengths = tensors.map(({ dt, axes }) => byteLengthOf(dt, batch * cellsOf(axes)))
  if (lengths.reduce((sum, length) => sum + length, 0) !== bytes.length) return undefined
  let at = 0
  return tensors.map(({ id, dt }, i) => {
    at += lengths[i]!
    return [id, intsOfBytes(dt, bytes.subarray(at - lengths[i]!, at))]
  })
}

/** Without this y and y − p could both be an answer. */
function isExact(values: IntArray): boolean {
  return !isArrayOf('BigInt64Array', values) || values.every((value) => value < EXACT_LIMIT && value > -EXACT_LIMIT)
}
