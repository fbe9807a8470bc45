import type { Kernels } from '../kernels/kernels.ts'
import type { Contract } from './ops/op.ts'

/** Below this many products the copies into the kernels' memory cost more than they save. */
const WORTH = 1024

/** `plain` for small contractions, the kernels for others: the same sums, exactly. Memory used is given back after every call. */
export function kernelContract(kernels: Kernels, plain: Contract): Contract {
  return (w, x, shape) => {
    const { outputs, rows, inner } = shape
    if (outputs * rows * inner < WORTH) return plain(w, x, shape)
    const mark = kernels.mark()
    try {
      const y = kernels.alloc(8 * rows * outputs)
      kernels.fn.matmulI16(y, kernels.put(w), kernels.put(x), outputs, rows, inner)
      return toNumbers(kernels, y, rows * outputs)
    } finally {
      kernels.release(mark)
    }
  }
}

/** int64 below 2^53 as float64, from their halves, which is faster than by BigInt. */
function toNumbers(kernels: Kernels, at: number, length: number): Float64Array {
  const halves = kernels.u32(at, 2 * length)
  const out = new Float64Array(length)
  for (let i = 0; i < length; i++) out[i] = (halves[2 * i + 1]! | 0) * 2 ** 32 + halves[2 * i]!
  return out
}
