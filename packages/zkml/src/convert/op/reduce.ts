import { transposeConst } from '../real/builder.ts'
import { cells, type WindowShape } from '../real/types.ts'
import type { Value } from '../real/value.ts'
import { type Call, constant, type Rules } from './call.ts'

/** Sums, means and maxima over axes, and the index of the largest. */
export const reductions: Rules = {
  ReduceSum: (c) => [reduce(c, 'sum', 13)],
  ReduceMean: (c) => [reduce(c, 'mean', 18)],
  ReduceMax: (c) => [reduce(c, 'max', 18)],
  ArgMax: (c) => [argMax(c)],
}

type Kind = 'sum' | 'mean' | 'max'

/** Reduction over `axes`, an attribute before version `since` of the operators and an operand from then on. */
function reduce(c: Call, kind: Kind, since: number): Value {
  const { b } = c
  const keep = c.number('keepdims', 1) !== 0
  const given = c.opset >= since ? c.integers('axes', 1, 'the list of axes') : c.numbers('axes')
  const axes = given !== undefined && given.length > 0 ? given : undefined
  if (axes === undefined && c.number('noop_with_empty_axes', 0) !== 0) return c.operand(0)
  if (c.operand(0).kind === 'const') return fold(c, kind, axes, keep)
  const x = c.var(0)
  const rank = x.shape.length
  const shape = b.sample(x)
  if (axes === undefined && b.batch !== undefined) b.mixed()
  const gone = new Set((axes ?? [...shape.keys()]).map((a) => b.axis(a, Math.max(rank, 1))))
  const stay = [...shape.keys()].filter((i) => !gone.has(i))
  const moved = b.transpose(
    { id: x.id, shape },
    [...stay, ...gone].length === shape.length ? [...stay, ...[...gone].sort((p, q) => p - q)] : c.refuse('repeated axes'),
  )
  const n = cells([...gone].map((i) => shape[i]!))
  const rows = cells(shape) / n
  const window: WindowShape = { kernel: [1, n], stride: [1, 1], pad: [0, 0, 0, 0], dil: [1, 1] }
  const op =
    kind === 'max' ? ({ kind: 'maxpool', window } as const) : ({ kind: 'avgpool', window, weight: kind === 'sum' ? 1 : 1 / n } as const)
  const result = n === 1 ? moved : b.add(op, [{ id: moved.id, shape: [rows, 1, n] }], [rows, 1, 1])
  return b.value(result, keep ? shape.map((m, i) => (gone.has(i) ? 1 : m)) : stay.map((i) => shape[i]!))
}

function fold(c: Call, kind: Kind, axes: readonly number[] | undefined, keep: boolean): Value {
  const v = c.const(0, 'the value')
  const { shape } = v.tensor
  const gone = new Set((axes ?? [...shape.keys()]).map((a) => (a < 0 ? a + shape.length : a)))
  const stay = [...shape.keys()].filter((i) => !gone.has(i))
  const data = transposeConst(v.tensor.data, shape, [...stay, ...gone])
  const n = cells([...gone].map((i) => shape[i]!))
  const out = Float64Array.from({ length: data.length / n }, (_, t) => {
    const row = data.subarray(t * n, (t + 1) * n)
    return kind === 'max' ? row.reduce((p, q) => Math.max(p, q)) : row.reduce((p, q) => p + q, 0) / (kind === 'mean' ? n : 1)
  })
  return constant(keep ? shape.map((m, i) => (gone.has(i) ? 1 : m)) : stay.map((i) => shape[i]!), out, v.integer)
}

function argMax(c: Call): Value {
  const x = c.var(0)
  const { b } = c
  if (c.number('select_last_index', 0) !== 0) return c.refuse('select_last_index: the first of equal values is chosen')
  const shape = b.sample(x)
  const axis = b.axis(c.number('axis', 0), x.shape.length)
  const n = shape[axis]!
  if (n > 32768) return c.refuse(`an axis of ${n}; at most 32768 are supported`)
  const perm = [...shape.keys()].filter((i) => i !== axis).concat(axis)
  const moved = b.transpose({ id: x.id, shape }, perm)
  const result = b.add({ kind: 'argmax' }, [moved], [...moved.shape.slice(0, -1), 1])
  const out = c.number('keepdims', 1) !== 0 ? shape.map((m, i) => (i === axis ? 1 : m)) : shape.filter((_, i) => i !== axis)
  return b.value(result, out)
}
