import { equalTensors, numbersOf, type Tensor } from '../engine/tensor.ts'

/**
 * Why `got` is not `want`, or undefined. The rule of the third-party vectors: numbers equal within 1e-4 relative (1e-6 absolute; values below
 * 1 % of the tensor's largest are measured against that), integers, strings, types and shapes exactly.
 */
export function difference(got: Tensor, want: Tensor): string | undefined {
  if (got.datatype !== want.datatype) return `${got.name}: ${got.datatype} instead of ${want.datatype}`
  if (got.shape.join() !== want.shape.join()) return `${got.name}: shape [${got.shape}] instead of [${want.shape}]`
  const g = numbersOf(got)
  const w = numbersOf(want)
  if (g === undefined || w === undefined) return equalTensors(got, want) ? undefined : `${got.name}: the bytes differ`
  let largest = 0
  for (const x of w) if (Number.isFinite(x)) largest = Math.max(largest, Math.abs(x))
  for (let i = 0; i < w.length; i++) {
    const allowed = 1e-6 + 1e-4 * Math.max(Math.abs(w[i]!), largest / 100)
    if (!Object.is(g[i], w[i]) && !(Math.abs(g[i]! - w[i]!) <= allowed) && !(g[i] === w[i]))
      return `${got.name}[${i}]: ${g[i]} instead of ${w[i]}`
  }
  return undefined
}
