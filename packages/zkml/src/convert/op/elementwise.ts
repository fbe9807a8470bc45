import { pick } from '../real/layout.ts'
import { cells } from '../real/types.ts'
import type { Const, Value, Var } from '../real/value.ts'
import { type Call, constant, type Rules, shapeOf, uniform } from './call.ts'

/** Element by element with broadcasting: sums and differences of anything, products and quotients by constants (and products of two values). */
export const elementwise: Rules = {
  Add: (c) => [binary(c, 'add')],
  Sub: (c) => [binary(c, 'sub')],
  Mul: (c) => [binary(c, 'mul')],
  Div: (c) => [binary(c, 'div')],
  Neg: (c) => [scaled(c, -1)],
  Sum: (c) => {
    const [first, ...rest] = c.operands
    return [rest.reduce<Value>((a, b) => combine(c, 'add', a, b), first ?? c.refuse('no operand'))]
  },
}

type Kind = 'add' | 'sub' | 'mul' | 'div'

function binary(c: Call, kind: Kind): Value {
  return combine(c, kind, c.operand(0), c.operand(1))
}

function combine(c: Call, kind: Kind, x: Value, z: Value): Value {
  if (x.kind === 'derived' || z.kind === 'derived') return c.refuse('it reads a score, which must be an output')
  if (x.kind === 'const' && z.kind === 'const') return fold(c, kind, x, z)
  const shape = broadcast(c, shapeOf(x), shapeOf(z))
  if (x.kind === 'var' && z.kind === 'var') return two(c, kind, x, z, shape)
  if (z.kind === 'const') return withConstant(c, kind, x as Var, z, shape)
  if (kind === 'div') return c.refuse('division by a computed value')
  if (kind === 'sub') return withConstant(c, 'rsub', z as Var, x as Const, shape)
  return withConstant(c, kind, z as Var, x as Const, shape)
}

function broadcast(c: Call, a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length)
  return Array.from({ length: rank }, (_, i) => {
    const n = a[i - rank + a.length] ?? 1
    const m = b[i - rank + b.length] ?? 1
    if (n !== m && n !== 1 && m !== 1) c.refuse(`[${a.join(',')}] and [${b.join(',')}] do not fit`)
    if (i === 0 && c.b.batch !== undefined && (n !== 1 || m !== 1)) c.b.mixed()
    return n === 1 ? m : n
  })
}

/** Two computed values: Σ as one affine node, a product as a batch of 1×1 products. */
function two(c: Call, kind: Kind, x: Var, z: Var, shape: readonly number[]): Value {
  const { b } = c
  // A value of lower rank would meet the batch axis of the other one.
  if (b.batch !== undefined && x.shape.length !== z.shape.length) b.mixed()
  const sample = b.batch === undefined ? shape : shape.slice(1)
  const axes = sample.length === 0 ? [1] : sample
  const left = b.expand({ id: x.id, shape: b.sample(x) }, axes)
  const right = b.expand({ id: z.id, shape: b.sample(z) }, axes)
  if (kind === 'div') return c.refuse('division by a computed value')
  if (kind === 'mul') {
    const flat = [cells(axes), 1, 1]
    const result = b.add(
      { kind: 'matmul' },
      [
        { id: left.id, shape: flat },
        { id: right.id, shape: flat },
      ],
      flat,
    )
    return b.value(result, sample)
  }
  const one = Float64Array.of(1)
  const c2 = Float64Array.of(kind === 'sub' ? -1 : 1)
  return b.value(b.add({ kind: 'affine', ax: 0, c1: one, c2, c0: Float64Array.of(0) }, [left, right], axes), sample)
}

/** A computed value with a constant: one affine node along the shortest run of axes on which the constant varies. */
function withConstant(c: Call, kind: Kind | 'rsub', x: Var, z: Const, shape: readonly number[]): Value {
  const { b } = c
  if (b.batch !== undefined && x.shape.length < shape.length) b.mixed()
  const sample = b.batch === undefined ? shape : shape.slice(1)
  const axes = sample.length === 0 ? [1] : sample
  const wide = b.expand({ id: x.id, shape: b.sample(x) }, axes)
  const one = Float64Array.of(1)
  const zero = Float64Array.of(0)
  const same = uniform(z.tensor.data)
  const { values, view } = same === undefined ? along(z, axes) : { values: Float64Array.of(same), view: axes }
  if (kind === 'div' && values.some((v) => v === 0)) return c.refuse('division by zero')
  const [c1, c0] =
    kind === 'add'
      ? [one, values]
      : kind === 'sub'
        ? [one, values.map((v) => -v)]
        : kind === 'rsub'
          ? [Float64Array.of(-1), values]
          : kind === 'mul'
            ? [values, zero]
            : [values.map((v) => 1 / v), zero]
  const ax = same === undefined ? 1 : 0
  return b.value(b.affine({ id: wide.id, shape: view }, ax, c1, c0), sample)
}

/** The constant's values on the axes where it varies, and the view `[outer, those, inner]`. */
function along(z: Const, axes: readonly number[]): { values: Float64Array; view: number[] } {
  const { shape } = z.tensor
  const dims = axes.map((_, i) => shape[i - axes.length + shape.length] ?? 1)
  const first = dims.findIndex((n) => n !== 1)
  const last = dims.findLastIndex((n) => n !== 1)
  let data = z.tensor.data
  const at = [...dims]
  for (let i = first; i <= last; i++) {
    if (at[i] === axes[i]) continue
    data = pick(data, at, i, Array<number>(axes[i]!).fill(0))
    at[i] = axes[i]!
  }
  const inner = cells(axes.slice(last + 1))
  return { values: data, view: [cells(axes.slice(0, first)), cells(axes.slice(first, last + 1)), ...(inner === 1 ? [] : [inner])] }
}

function scaled(c: Call, factor: number): Value {
  const v = c.operand(0)
  if (v.kind === 'const')
    return constant(
      v.tensor.shape,
      v.tensor.data.map((x) => factor * x),
      v.integer,
    )
  const x = c.var(0)
  return c.b.value(c.b.affine({ id: x.id, shape: c.b.sample(x) }, 0, Float64Array.of(factor), Float64Array.of(0)), c.b.sample(x))
}

/** Two constants. Whole numbers divide toward zero. */
function fold(c: Call, kind: Kind, x: Const, z: Const): Const {
  const integer = x.integer && z.integer
  const f = {
    add: (a: number, b: number) => a + b,
    sub: (a: number, b: number) => a - b,
    mul: (a: number, b: number) => a * b,
    div: (a: number, b: number) => (integer ? Math.trunc(a / b) : a / b),
  }[kind]
  const rank = Math.max(x.tensor.shape.length, z.tensor.shape.length)
  const lift = (t: Const): number[] => [...Array<number>(rank - t.tensor.shape.length).fill(1), ...t.tensor.shape]
  const [a, b] = [lift(x), lift(z)]
  const shape = a.map((n, i) => {
    if (n !== b[i] && n !== 1 && b[i] !== 1) c.refuse(`[${a.join(',')}] and [${b.join(',')}] do not fit`)
    return n === 1 ? b[i]! : n
  })
  if (cells(shape) > 2 ** 24) c.refuse('a constant of more than 2^24 elements')
  const spread = (data: Float64Array, from: number[]): Float64Array => {
    const at = [...from]
    let out = data
    for (const [i, n] of shape.entries()) {
      if (at[i] === n) continue
      out = pick(out, at, i, Array<number>(n).fill(0))
      at[i] = n
    }
    return out
  }
  const left = spread(x.tensor.data, a)
  const right = spread(z.tensor.data, b)
  return constant(
    shape,
    left.map((v, i) => f(v, right[i]!)),
    integer,
  )
}
