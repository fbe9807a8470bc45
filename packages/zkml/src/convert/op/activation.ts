import type { Nonlinear, RealNode } from '../real/types.ts'
import type { Value } from '../real/value.ts'
import { type Call, type Rules, uniform } from './call.ts'

/** Scales at which the tables are read: ±8 for the logistic function, ±4 for tanh, where both are flat to 7e-4. */
const TABLE_F: Readonly<Record<Nonlinear, number>> = { sigmoid: 12, tanh: 13 }

/** Functions of one value. */
export const activations: Rules = {
  Identity: (c) => [c.operand(0)],
  Dropout: (c) => {
    if (c.has(2) && c.const(2, 'the training mode').tensor.data[0] !== 0) return c.refuse('training mode')
    return [c.operand(0)]
  },
  Cast: cast,
  Relu: (c) => [bounded(c, 0, Number.POSITIVE_INFINITY)],
  Clip: (c) => [bounded(c, bound(c, 'min', 1, Number.NEGATIVE_INFINITY), bound(c, 'max', 2, Number.POSITIVE_INFINITY))],
  LeakyRelu: (c) => [leaky(c, c.number('alpha', 0.01))],
  PRelu: (c) => [leaky(c, uniform(c.const(1, 'the slope').tensor.data) ?? c.refuse('a slope per channel'))],
  Abs: (c) => [leaky(c, -1)],
  HardSigmoid: (c) => {
    const x = c.var(0)
    const shape = c.b.sample(x)
    const line = c.b.affine({ id: x.id, shape }, 0, Float64Array.of(c.number('alpha', 0.2)), Float64Array.of(c.number('beta', 0.5)))
    return [c.b.value(c.b.add({ kind: 'clip' }, [line], shape, { lo: 0, hi: 1 }), shape)]
  },
  Sigmoid: (c) => [table(c, 'sigmoid')],
  Tanh: (c) => [table(c, 'tanh')],
  Softmax: softmax,
}

function cast(c: Call): readonly Value[] {
  const v = c.operand(0)
  const to = c.number('to', 0)
  if (v.kind === 'const') {
    const integer = to === 6 || to === 7
    return [{ ...v, integer, tensor: { ...v.tensor, data: integer ? v.tensor.data.map(Math.trunc) : v.tensor.data } }]
  }
  if (v.kind === 'derived' || to === 1 || to === 11) return [v]
  return c.refuse(`a cast to type ${to} rounds the value`)
}

function bound(c: Call, name: string, i: number, otherwise: number): number {
  const given = c.has(i) ? c.const(i, `the bound ${name}`).tensor.data : c.numbers(name)
  return given?.[0] ?? otherwise
}

/** min(max(x, lo), hi). Bounds that exclude 0 are moved so that they hold it, since a requantisation's do. */
function bounded(c: Call, lo: number, hi: number): Value {
  const x = c.var(0)
  const shape = c.b.sample(x)
  const low = Math.min(lo, hi)
  const limits = (a: number, b: number): Pick<RealNode, 'lo' | 'hi'> => ({
    ...(a === Number.NEGATIVE_INFINITY ? {} : { lo: a }),
    ...(b === Number.POSITIVE_INFINITY ? {} : { hi: b }),
  })
  if (low <= 0 && hi >= 0) return c.b.value(c.b.add({ kind: 'clip' }, [{ id: x.id, shape }], shape, limits(low, hi)), shape)
  if (low === hi) return c.refuse('both bounds are the same: the result is a constant')
  const by = low > 0 ? low : hi
  const one = Float64Array.of(1)
  const down = c.b.affine({ id: x.id, shape }, 0, one, Float64Array.of(-by))
  const cut = c.b.add({ kind: 'clip' }, [down], shape, limits(low - by, hi - by))
  return c.b.value(c.b.affine(cut, 0, one, Float64Array.of(by)), shape)
}

function leaky(c: Call, alpha: number): Value {
  const x = c.var(0)
  const shape = c.b.sample(x)
  return c.b.value(c.b.add({ kind: 'leaky', alpha }, [{ id: x.id, shape }], shape), shape)
}

/** A table over the value at the table's own scale; the value saturates outside it, where the function is flat. */
function table(c: Call, fn: Nonlinear): Value {
  const x = c.var(0)
  if (c.b.nodes[x.id]!.op.kind === 'tree') {
    if (fn === 'sigmoid') return { kind: 'derived', id: x.id, shape: x.shape, decode: { kind: 'link', link: 'logistic', columns: 1 } }
    return c.refuse('it reads a score of trees, which must be an output')
  }
  const shape = c.b.sample(x)
  const at = c.b.affine({ id: x.id, shape }, 0, Float64Array.of(1), Float64Array.of(0), { f: TABLE_F[fn] })
  return c.b.value(c.b.add({ kind: 'pwl', fn }, [at], shape), shape)
}

function softmax(c: Call): readonly Value[] {
  const x = c.var(0)
  const rank = x.shape.length
  const axis = c.b.axis(c.number('axis', c.opset < 13 ? 1 : -1), rank)
  const shape = c.b.sample(x)
  if (c.b.nodes[x.id]!.op.kind === 'tree')
    return [{ kind: 'derived', id: x.id, shape: x.shape, decode: { kind: 'link', link: 'softmax', columns: shape[axis]! } }]
  if (c.opset < 13) {
    // One row per index of the axes before: everything from `axis` on is one row.
    const n = shape.slice(axis).reduce((a, b) => a * b, 1)
    const rows = [shape.slice(0, axis).reduce((a, b) => a * b, 1), n]
    limit(c, n)
    return [c.b.value(c.b.add({ kind: 'softmax' }, [c.b.as(x, rows)], rows), shape)]
  }
  limit(c, shape[axis]!)
  const perm = [...shape.keys()].filter((i) => i !== axis).concat(axis)
  const moved = c.b.transpose({ id: x.id, shape }, perm)
  const result = c.b.add({ kind: 'softmax' }, [moved], moved.shape)
  const back = [...shape.keys()].map((i) => perm.indexOf(i))
  return [c.b.value(c.b.transpose(result, back), shape)]
}

function limit(c: Call, n: number): void {
  if (n > 1024) c.refuse(`a row of ${n}; at most 1024 are supported`)
}
