import { cells } from '../real/types.ts'
import type { Value } from '../real/value.ts'
import type { Call, Rules } from './call.ts'

/** Normalisations that are fixed scales at inference time. */
export const normalisations: Rules = { BatchNormalization: (c) => [batchNorm(c)] }

/** (x − mean)/√(var + ε)·scale + shift per channel: an affine node, which then merges into its neighbours. */
function batchNorm(c: Call): Value {
  if (c.number('training_mode', 0) !== 0 || c.number('spatial', 1) === 0 || c.node.outputs.slice(1).some((name) => name !== ''))
    return c.refuse('training mode')
  const x = c.var(0)
  const [scale, shift, mean, variance] = [1, 2, 3, 4].map((i) => c.const(i, 'a statistic').tensor.data) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ]
  const epsilon = c.number('epsilon', 1e-5)
  const c1 = scale.map((s, i) => s / Math.sqrt(variance[i]! + epsilon))
  const c0 = shift.map((b, i) => b - c1[i]! * mean[i]!)
  const n = scale.length
  if (x.shape.length > 1 && x.shape[1] !== n) return c.refuse(`${n} channels of statistics for a value [${x.shape.join(',')}]`)
  const sample = c.b.sample(x)
  const view = [c.b.batch === undefined ? x.shape[0]! : 1, n, cells(x.shape.slice(2))]
  return c.b.value(c.b.affine(c.b.as(x, view), 1, c1, c0), sample)
}
