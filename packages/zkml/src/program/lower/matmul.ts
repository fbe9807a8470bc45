import { product, space } from '../space.ts'
import type { Form } from '../types.ts'
import { withOnes } from './compose.ts'
import { accumulator, axesIn, type NodeContext, over, type Rule } from './rule.ts'
import type { Group } from './tensors.ts'
import { ids } from './view.ts'

/**
 * MatMulAA: Z(b,m,n) = Σ_k x(b,m,k)·z(b,n,k), where the batch and the leading axes are b. z is read with the axes that x has there.
 * SPEC 3.5.
 */
export const matMulAA: Rule = (context) => {
  const { section } = context
  const [a, b] = [axesIn(context, 0), axesIn(context, 1)]
  const [M = 1, K = 1] = a.slice(-2)
  const [N = 1] = b.slice(-2)
  const left = factor(context, 0, [{ n: product(a.slice(0, -2)) }, { n: M }, { n: K }])
  const exactly = (axes: readonly number[]) => axes.map((n): Group => ({ n, single: true }))
  const [leading, rows, inner] = [left.axes[0]!, left.axes[1]!, left.axes[2]!]
  const right = factor(context, 1, [...exactly(leading), { n: N }, ...exactly(inner)])
  const columns = right.axes[leading.length]!
  const output = [...left.form[0].slice(0, 1 + leading.length + rows.length), ...space(columns)]
  const Z = withOnes(context.builder, accumulator(context, over(context, [...leading, ...rows, ...columns])), output)
  section.con(left.form, right.form, Z, 1 + leading.length, rows.length, columns.length, inner.length)
}

/** An input with its axes by group. */
function factor(
  { node, tensors }: NodeContext,
  input: number,
  wanted: readonly Group[],
): { form: Form; axes: readonly (readonly number[])[] } {
  let axes: readonly (readonly number[])[] = []
  const form = tensors.read(node.in[input]!, wanted, ({ groups, lengths }) => {
    axes = groups.map((part) => part.map((ax) => lengths[ax]!))
    return { maps: ids(lengths.length), target: space(lengths) }
  })
  return { form, axes }
}
