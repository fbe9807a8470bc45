import { OPEN_BATCH, transposeConst } from '../real/builder.ts'
import { join } from '../real/layout.ts'
import { cells } from '../real/types.ts'
import type { Value } from '../real/value.ts'
import { type Call, constant, integers, type Rules, shapeOf } from './call.ts'

/** Operators that only name, join or reorder axes. Those that keep the order of the cells cost nothing: the value is seen with other axes. */
export const shapes: Rules = {
  Constant: (c) => [literal(c)],
  ConstantOfShape: (c) => {
    const shape = [...c.const(0, 'the shape').tensor.data]
    if (cells(shape) > 2 ** 24) return c.refuse('more than 2^24 elements')
    const fill = c.node.attributes.get('value')?.tensor
    return [constant(shape, new Float64Array(cells(shape)).fill(fill?.data[0] ?? 0), fill?.type === 6 || fill?.type === 7)]
  },
  Shape: (c) => {
    const v = c.operand(0)
    const shape = [...shapeOf(v)]
    if (v.kind !== 'const' && c.b.batch !== undefined) shape[0] = c.b.batch.length
    return [integers(shape.slice(c.number('start', 0), c.number('end', shape.length)))]
  },
  Flatten: (c) => {
    const shape = shapeOf(c.operand(0))
    const axis = c.number('axis', 1)
    const at = axis < 0 ? axis + shape.length : axis
    // Behind the batch axis all of the sample becomes one row; elsewhere samples would share rows.
    if (c.operand(0).kind !== 'const' && c.b.batch !== undefined && at !== 1) c.b.mixed()
    return [reshaped(c, [cells(shape.slice(0, at)), cells(shape.slice(at))])]
  },
  Reshape: (c) => [reshape(c)],
  Squeeze: (c) => {
    const shape = shapeOf(c.operand(0))
    const given = c.integers('axes', 1)
    const gone = new Set(
      given?.map((a) => (a < 0 ? a + shape.length : a)) ?? shape.flatMap((n, i) => (n === 1 && (i > 0 || !batched(c)) ? [i] : [])),
    )
    if (batched(c) && gone.has(0)) c.b.mixed()
    if ([...gone].some((a) => shape[a] !== 1)) return c.refuse('an axis that is not of length 1')
    return [
      reshaped(
        c,
        shape.filter((_, i) => !gone.has(i)),
      ),
    ]
  },
  Unsqueeze: (c) => {
    const shape = shapeOf(c.operand(0))
    const given = c.integers('axes', 1) ?? c.refuse('axes are missing')
    const rank = shape.length + given.length
    const added = new Set(given.map((a) => (a < 0 ? a + rank : a)))
    if (batched(c) && added.has(0)) c.b.mixed()
    const rest = [...shape]
    return [
      reshaped(
        c,
        Array.from({ length: rank }, (_, i) => (added.has(i) ? 1 : (rest.shift() ?? c.refuse('axes that do not fit')))),
      ),
    ]
  },
  Transpose: (c) => {
    const v = c.operand(0)
    const shape = shapeOf(v)
    const perm = c.numbers('perm') ?? [...shape.keys()].reverse()
    if (perm.length !== shape.length || [...perm].sort((p, q) => p - q).some((a, i) => a !== i)) return c.refuse(`perm [${perm.join(',')}]`)
    const out = perm.map((a) => shape[a]!)
    if (v.kind === 'const') return [constant(out, transposeConst(v.tensor.data, shape, perm), v.integer)]
    const x = c.var(0)
    if (c.b.batch === undefined) return [c.b.value(c.b.transpose({ id: x.id, shape }, perm), out)]
    if (perm[0] !== 0) c.b.mixed()
    const inner = perm.slice(1).map((a) => a - 1)
    return [c.b.value(c.b.transpose({ id: x.id, shape: shape.slice(1) }, inner), out.slice(1))]
  },
  Concat: (c) => [concat(c)],
  Expand: (c) => {
    const x = c.var(0)
    const target = [...c.const(1, 'the shape').tensor.data]
    const rank = Math.max(target.length, x.shape.length)
    if (c.b.batch !== undefined && (rank !== x.shape.length || (target.length === rank && ![1, c.b.batch.length].includes(target[0]!))))
      c.b.mixed()
    const out = Array.from({ length: rank }, (_, i) => {
      const n = x.shape[i - rank + x.shape.length] ?? 1
      const m = target[i - rank + target.length] ?? 1
      return i === 0 && c.b.batch !== undefined ? 1 : Math.max(n, m)
    })
    const sample = c.b.batch === undefined ? out : out.slice(1)
    if (cells(sample) > 2 ** 26) return c.refuse('more than 2^26 elements')
    return [c.b.value(c.b.expand({ id: x.id, shape: c.b.sample(x) }, sample.length === 0 ? [1] : sample), sample)]
  },
}

function batched(c: Call): boolean {
  return c.b.batch !== undefined && c.operand(0).kind !== 'const'
}

function literal(c: Call): Value {
  const tensor = c.node.attributes.get('value')?.tensor
  if (tensor !== undefined) return constant(tensor.dims, tensor.data, tensor.type === 6 || tensor.type === 7)
  for (const [name, list, integer] of [
    ['value_float', false, false],
    ['value_int', false, true],
    ['value_floats', true, false],
    ['value_ints', true, true],
  ] as const) {
    const values = c.numbers(name)
    if (values !== undefined) return constant(list ? [values.length] : [], Float64Array.from(values), integer)
  }
  return c.refuse('a constant that is no tensor of numbers')
}

/** The same cells with other axes. With a batch, axis 0 of the result must be the batch: callers check that. */
function reshaped(c: Call, shape: readonly number[]): Value {
  const v = c.operand(0)
  if (cells(shape) !== cells(shapeOf(v))) return c.refuse(`[${shapeOf(v).join(',')}] has not the cells of [${shape.join(',')}]`)
  if (v.kind === 'const') return { ...v, tensor: { shape, data: v.tensor.data } }
  return { ...v, shape }
}

function reshape(c: Call): Value {
  const v = c.operand(0)
  const shape = shapeOf(v)
  const target = c.opset < 5 ? (c.numbers('shape') ?? []) : [...c.const(1, 'the shape').tensor.data]
  const zero = c.number('allowzero', 0) !== 0
  const out = target.map((n, i) => (n === 0 && !zero ? (shape[i] ?? c.refuse('a 0 beyond the axes of the value')) : n))
  if (v.kind !== 'const' && c.b.batch !== undefined) {
    const { length } = c.b.batch
    // The batch stays in front only if the file says so: by copying (0), by its length, or as what is left over.
    const first = target[0]
    const keeps = (first === 0 && !zero) || first === length || first === -1
    if (!keeps || out.slice(1).some((n) => n !== 0 && length === OPEN_BATCH && n % OPEN_BATCH === 0)) c.b.mixed()
    if (first !== -1) out[0] = 1
    else if (cells(out.slice(1)) !== cells(shape)) c.b.mixed()
  }
  const open = out.indexOf(-1)
  if (open >= 0) {
    const rest = cells(out.filter((_, i) => i !== open))
    out[open] = rest === 0 ? 0 : cells(shape) / rest
  }
  return reshaped(c, out)
}

function concat(c: Call): Value {
  const { b } = c
  const values = c.operands
  const axis = c.number('axis', 0)
  if (values.every((v) => v.kind === 'const')) {
    const tensors = values.map(({ tensor }) => tensor)
    const at = axis < 0 ? axis + tensors[0]!.shape.length : axis
    const shape = tensors[0]!.shape.map((n, i) => (i === at ? tensors.reduce((sum, t) => sum + t.shape[i]!, 0) : n))
    return constant(shape, join(tensors, at), values[0]!.integer)
  }
  const vars = values.map((_, i) => c.var(i))
  const rank = vars[0]!.shape.length
  const at = b.axis(axis, rank)
  const samples = vars.map((v) => b.sample(v))
  if (samples.some((s) => s.length !== samples[0]!.length || s.some((n, i) => i !== at && n !== samples[0]![i])))
    return c.refuse('shapes that do not fit')
  if (vars.length > 64) return c.refuse('more than 64 operands')
  const out = samples[0]!.map((n, i) => (i === at ? samples.reduce((sum, s) => sum + s[i]!, 0) : n))
  const result = b.add(
    { kind: 'concat', ax: at },
    vars.map((v, i) => ({ id: v.id, shape: samples[i]! })),
    out,
  )
  return b.value(result, out)
}
