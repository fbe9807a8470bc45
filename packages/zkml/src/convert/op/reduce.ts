import { transposeConst } from '../real/builder.ts'
import { cells, type Operand, type WindowShape } from '../real/types.ts'
import type { Value } from '../real/value.ts'
import { type Call, constant, type Rules } from './call.ts'

/** Sums, means and maxima over axes, and the index of the largest. What is smallest is what is largest with the opposite sign. */
export const reductions: Rules = {
  ReduceSum: (c) => [reduce(c, 'sum', 13)],
  ReduceMean: (c) => [reduce(c, 'mean', 18)],
  ReduceMax: (c) => [reduce(c, 'max', 18)],
  ReduceMin: (c) => [reduce(c, 'min', 18)],
  ArgMax: (c) => [argExtreme(c, 1)],
  ArgMin: (c) => [argExtreme(c, -1)],
}

type Kind = 'sum' | 'mean' | 'max' | 'min'

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
    kind === 'max' || kind === 'min'
      ? ({ kind: 'maxpool', window } as const)
      : ({ kind: 'avgpool', window, weight: kind === 'sum' ? 1 : 1 / n } as const)
  const sign = kind === 'min' ? -1 : 1
  const result = n === 1 ? moved : signed(c, b.add(op, [{ id: signed(c, moved, sign).id, shape: [rows, 1, n] }], [rows, 1, 1]), sign)
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
    if (kind === 'max' || kind === 'min') return row.reduce((p, q) => (kind === 'max' ? Math.max(p, q) : Math.min(p, q)))
    return row.reduce((p, q) => p + q, 0) / (kind === 'mean' ? n : 1)
  })
  return constant(keep ? shape.map((m, i) => (gone.has(i) ? 1 : m)) : stay.map((i) => shape[i]!), out, v.integer)
}

function argExtreme(c: Call, sign: 1 | -1): Value {
  const x = c.var(0)
  const { b } = c
  const shape = b.sample(x)
  const axis = b.axis(c.number('axis', 0), x.shape.length)
  const n = shape[axis]!
  if (n > 32768) return c.refuse(`an axis of ${n}; at most 32768 are supported`)
  const perm = [...shape.keys()].filter((i) => i !== axis).concat(axis)
  const moved = signed(c, b.transpose({ id: x.id, shape }, perm), sign)
  const last = c.number('select_last_index', 0) !== 0
  const row = last ? reversed(c, moved, n) : moved
  const first = b.add({ kind: 'argmax' }, [row], [...moved.shape.slice(0, -1), 1])
  // The last of equal values is the first one from the other end.
  const result = last ? b.affine(first, 0, Float64Array.of(-1), Float64Array.of(n - 1)) : first
  const out = c.number('keepdims', 1) !== 0 ? shape.map((m, i) => (i === axis ? 1 : m)) : shape.filter((_, i) => i !== axis)
  return b.value(result, out)
}

function signed({ b }: Call, x: Operand, sign: 1 | -1): Operand {
  return sign === 1 ? x : b.affine(x, 0, Float64Array.of(-1), Float64Array.of(0))
}

function reversed({ b }: Call, x: Operand, n: number): Operand {
  const idx = Array.from({ length: n }, (_, i) => n - 1 - i)
  return b.add({ kind: 'gather', ax: x.shape.length - 1, idx }, [x], x.shape)
}
