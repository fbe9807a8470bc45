import type { Context } from './context.ts'
import type { StoredTensor } from './tensorProto.ts'

/** Looks up a constant by the name of its value, in this graph and those around it. */
export type Constants = (name: string) => StoredTensor | undefined

/** What an operator's attributes say, as far as it matters here. */
export interface NodeFacts {
  readonly opType: string
  readonly inputs: readonly string[]
  readonly ints: ReadonlyMap<string, readonly bigint[]>
}

/** Operators whose output size a constant input fixes: which input, and how it is read. */
const SIZED_BY: Readonly<Record<string, readonly [input: number, kind: 'shape' | 'factors' | 'count']>> = {
  ConstantOfShape: [0, 'shape'],
  Expand: [1, 'shape'],
  Reshape: [1, 'shape'],
  CenterCropPad: [1, 'shape'],
  MaxUnpool: [2, 'shape'],
  Tile: [1, 'factors'],
  Resize: [3, 'shape'],
  Pad: [1, 'count'],
  OneHot: [1, 'count'],
  DFT: [1, 'count'],
  HannWindow: [0, 'count'],
  HammingWindow: [0, 'count'],
  BlackmanWindow: [0, 'count'],
  MelWeightMatrix: [0, 'count'],
}

/** Attributes that are sizes: no sane value is near 2^31, and their product is a number of elements. */
const SIZE_ATTRIBUTES = ['shape', 'output_shape', 'kernel_shape']
const STEP_ATTRIBUTES = ['pads', 'output_padding', 'strides', 'dilations', 'paddings', 'repeats', 'blocksize']

/**
 * Refuses operators that would allocate far more than any honest model, as far as constants show it. A model may still compute a huge shape
 * from its input or by repeated concatenation: the memory limit of the process is the backstop.
 */
export function checkAllocation(node: NodeFacts, constants: Constants, context: Context): void {
  const limit = BigInt(context.limits.maxElements)
  const refuse = (elements: bigint): never => {
    throw context.path.invalid('ALLOCATION', `${node.opType} would make ${elements} elements; the limit is ${limit}`)
  }
  const sized = SIZED_BY[node.opType]
  if (sized !== undefined) {
    const [index, kind] = sized
    const values = constants(node.inputs[index] ?? '')?.integers
    if (values !== undefined) {
      const sizes = values.map((value) => (value < 0n ? -value : value))
      const elements = kind === 'count' ? sizes.reduce((a, b) => a + b, 0n) : sizes.reduce((a, b) => a * (b === 0n ? 1n : b), 1n)
      const times = kind === 'factors' ? (constants(node.inputs[0] ?? '')?.elements ?? 1n) : 1n
      if (elements * times > limit) refuse(elements * times)
    }
  }
  if (node.opType === 'Range') {
    const [start, end, step] = [0, 1, 2].map((i) => constants(node.inputs[i] ?? '')?.integers?.[0])
    if (start !== undefined && end !== undefined && step !== undefined && step !== 0n && (end - start) / step > limit)
      refuse((end - start) / step)
  }
  for (const name of SIZE_ATTRIBUTES) {
    const elements = node.ints.get(name)?.reduce((a, b) => a * (b > 0n ? b : 1n), 1n)
    if (elements !== undefined && elements > limit) refuse(elements)
  }
  for (const name of STEP_ATTRIBUTES) {
    for (const value of node.ints.get(name) ?? []) if (value > limit || value < -limit) refuse(value)
  }
}
