import type { Contract } from './op.ts'

/** The plain contraction: dot products in float64, exact since no sum reaches 2^53 (SPEC 2.4). */
export const contractPlain: Contract = (w, x, { outputs, rows, inner }) => {
  const out = new Float64Array(rows * outputs)
  for (let r = 0; r < rows; r++) {
    for (let o = 0; o < outputs; o++) {
      const atW = o * inner
      const atX = r * inner
      let sum = 0
      for (let k = 0; k < inner; k++) sum += w[atW + k]! * x[atX + k]!
      out[r * outputs + o] = sum
    }
  }
  return out
}
