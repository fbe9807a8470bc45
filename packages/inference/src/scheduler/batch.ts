import type { TensorInfo } from '../engine/engine.ts'
import type { Tensor } from '../engine/tensor.ts'

/**
 * Whether requests of a model can be stacked: every input and output has the same symbol as its first dimension, and no strings (whose rows
 * have no fixed length). Whether they *may* be is what the manifest says (`batch.invariant`).
 */
export function canStack(inputs: readonly TensorInfo[], outputs: readonly TensorInfo[]): boolean {
  const symbol = inputs[0]?.shape?.[0]
  if (typeof symbol !== 'string' || outputs.length === 0) return false
  return [...inputs, ...outputs].every(
    ({ shape, datatype }) => shape?.[0] === symbol && datatype !== 'BYTES' && !shape.slice(1).includes(symbol),
  )
}

/** Rows of a stackable request: the size of its first dimension. */
export function rowsOf(inputs: readonly Tensor[]): number {
  return inputs[0]!.shape[0]!
}

/** Whether two requests differ in nothing but their number of rows. */
export function sameBut(a: readonly Tensor[], b: readonly Tensor[]): boolean {
  for (let i = 0; i < a.length; i++) {
    const left = a[i]!.shape
    const right = b[i]!.shape
    if (left.length !== right.length) return false
    for (let d = 1; d < left.length; d++) if (left[d] !== right[d]) return false
  }
  return true
}

/** One request out of several, their rows below each other. */
export function stack(requests: readonly (readonly Tensor[])[]): Tensor[] {
  const [first] = requests
  return first!.map(({ name, datatype, shape }, i) => {
    const parts = requests.map((inputs) => inputs[i]!)
    const rows = parts.reduce((sum, part) => sum + part.shape[0]!, 0)
    return { name, datatype, shape: [rows, ...shape.slice(1)], data: Buffer.concat(parts.map((part) => part.data)) }
  })
}

/** The outputs of each request again; undefined if the outputs do not have a row for each row that went in. */
export function unstack(outputs: readonly Tensor[], rows: readonly number[]): Tensor[][] | undefined {
  const total = rows.reduce((sum, n) => sum + n, 0)
  if (outputs.some(({ shape }) => shape[0] !== total)) return undefined
  let start = 0
  return rows.map((n) => {
    const from = start
    start += n
    return outputs.map(({ name, datatype, shape, data }) => {
      const rowBytes = data.byteLength / total
      return { name, datatype, shape: [n, ...shape.slice(1)], data: data.subarray(from * rowBytes, (from + n) * rowBytes) }
    })
  })
}
