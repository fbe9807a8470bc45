import { OPEN_BATCH } from '../real/builder.ts'
import { pick } from '../real/layout.ts'
import type { Operand } from '../real/types.ts'
import type { Const, Value } from '../real/value.ts'
import { type Call, constant, type Rules } from './call.ts'

/** Operators that read some cells of an axis: Slice, Split, Gather with constant indices, Pad. */
export const selections: Rules = {
  Slice: (c) => [slice(c)],
  Split: split,
  Gather: (c) => [gather(c)],
  Pad: (c) => [pad(c)],
}

/** Cells `idx` of an axis, in this order. */
function take(c: Call, v: Value, axis: number, idx: readonly number[]): Value {
  if (idx.length === 0) return c.refuse('an empty result')
  if (v.kind === 'const') {
    const { shape, data } = v.tensor
    return constant(
      shape.map((n, i) => (i === axis ? idx.length : n)),
      pick(data, shape, axis, idx),
      v.integer,
    )
  }
  if (v.kind !== 'var') return c.refuse('it reads a score, which must be an output')
  const at = c.b.axis(axis, v.shape.length)
  if (idx.length === v.shape[axis] && idx.every((from, i) => from === i)) return v
  const shape = c.b.sample(v)
  const out = shape.map((n, i) => (i === at ? idx.length : n))
  return c.b.value(c.b.add({ kind: 'gather', ax: at, idx }, [{ id: v.id, shape }], out), out)
}

function slice(c: Call): Value {
  let v = c.operand(0)
  if (v.kind === 'derived') return c.refuse('it reads a score, which must be an output')
  const rank = (v.kind === 'const' ? v.tensor.shape : v.shape).length
  const old = c.opset < 10
  const starts = (old ? c.numbers('starts') : c.integers('starts', 1)) ?? c.refuse('starts are missing')
  const ends = (old ? c.numbers('ends') : c.integers('ends', 2)) ?? c.refuse('ends are missing')
  const axes = (old ? c.numbers('axes') : c.integers('axes', 3)) ?? starts.map((_, i) => i)
  const steps = (old ? undefined : c.integers('steps', 4)) ?? starts.map(() => 1)
  for (const [i, start] of starts.entries()) {
    const axis = axes[i]! < 0 ? axes[i]! + rank : axes[i]!
    // Everything of an open batch: no slice at all.
    if (axis === 0 && c.b.batch !== undefined && v.kind === 'var' && start === 0 && ends[i]! >= OPEN_BATCH && steps[i] === 1) continue
    const n: number = (v.kind === 'const' ? v.tensor.shape : v.shape)[axis] ?? c.refuse(`axis ${axes[i]}`)
    v = take(c, v, axis, range(c, n, start, ends[i]!, steps[i]!))
  }
  return v
}

/** The indices start, start + step, … before `end`, with the rules of ONNX for negative and far bounds. */
function range(c: Call, n: number, start: number, end: number, step: number): number[] {
  if (step === 0) return c.refuse('a step of 0')
  const clamp = (v: number, lo: number, hi: number): number => Math.min(Math.max(v < 0 ? v + n : v, lo), hi)
  const [first, last] = step > 0 ? [clamp(start, 0, n), clamp(end, 0, n)] : [clamp(start, 0, n - 1), clamp(end, -1, n - 1)]
  const idx: number[] = []
  for (let i = first; step > 0 ? i < last : i > last; i += step) idx.push(i)
  return idx
}

function split(c: Call): readonly Value[] {
  const v = c.operand(0)
  if (v.kind === 'derived') return c.refuse('it reads a score, which must be an output')
  const shape = v.kind === 'const' ? v.tensor.shape : v.shape
  const given = c.number('axis', 0)
  const axis = given < 0 ? given + shape.length : given
  const n = shape[axis] ?? c.refuse(`axis ${given}`)
  const parts = c.node.outputs.length
  const chunk = Math.ceil(n / parts)
  const lengths = c.integers('split', 1) ?? Array.from({ length: parts }, (_, i) => Math.min(chunk, n - i * chunk))
  let at = 0
  return lengths.map((length) => {
    const idx = Array.from({ length }, (_, i) => at + i)
    at += length
    if (at > n) c.refuse('parts that are longer than the axis')
    return take(c, v, axis, idx)
  })
}

function gather(c: Call): Value {
  const v = c.operand(0)
  const index: Const =
    c.operand(1).kind === 'const' ? c.const(1, 'the index') : c.refuse('the index is computed; embeddings are not supported')
  if (v.kind === 'derived') return c.refuse('it reads a score, which must be an output')
  const shape = v.kind === 'const' ? v.tensor.shape : v.shape
  const given = c.number('axis', 0)
  const axis = given < 0 ? given + shape.length : given
  const n = shape[axis] ?? c.refuse(`axis ${given}`)
  const idx = [...index.tensor.data].map((i) => (i < 0 ? i + n : i))
  if (idx.some((i) => !(i >= 0 && i < n))) return c.refuse('an index outside the axis')
  const taken = take(c, v, axis, idx)
  const out = [...shape.slice(0, axis), ...index.tensor.shape, ...shape.slice(axis + 1)]
  if (taken.kind === 'const') return { ...taken, tensor: { shape: out, data: taken.tensor.data } }
  return { ...taken, shape: out } as Value
}

function pad(c: Call): Value {
  const x = c.var(0)
  const { b } = c
  const rank = x.shape.length
  const pads = (c.opset < 11 ? c.numbers('pads') : c.integers('pads', 1, 'the padding')) ?? c.refuse('pads are missing')
  const axes = (c.has(3) ? [...c.const(3, 'the list of axes').tensor.data] : [...x.shape.keys()]).map((a) => (a < 0 ? a + rank : a))
  const mode = c.text('mode', 'constant')
  const value = c.opset < 11 ? c.number('value', 0) : c.has(2) ? c.const(2, 'the value').tensor.data[0]! : 0
  let at: Operand = { id: x.id, shape: b.sample(x) }
  for (const [i, axis] of axes.entries()) {
    const [before, after] = [pads[i]!, pads[i + axes.length]!]
    if (before === 0 && after === 0) continue
    at = padAxis(c, at, b.axis(axis, rank), before, after, mode, value)
  }
  return b.value(at, at.shape)
}

function padAxis(c: Call, x: Operand, ax: number, before: number, after: number, mode: string, value: number): Operand {
  const n = x.shape[ax]!
  const length = before + n + after
  if (!(length >= 1 && length <= 2 ** 20)) return c.refuse(`an axis of ${length}`)
  const out = x.shape.map((m, i) => (i === ax ? length : m))
  const places = Array.from({ length }, (_, i) => i - before)
  if (mode === 'constant') {
    if (before >= 0 && after >= 0) return c.b.add({ kind: 'pad', ax, before, after, value }, [x], out)
    if (before > 0 || after > 0) return c.refuse('padding on one side and cutting on the other')
    return c.b.add({ kind: 'gather', ax, idx: places }, [x], out)
  }
  if (mode === 'edge') return c.b.add({ kind: 'gather', ax, idx: places.map((i) => Math.min(Math.max(i, 0), n - 1)) }, [x], out)
  if (mode === 'reflect' && before < n && after < n)
    return c.b.add({ kind: 'gather', ax, idx: places.map((i) => (i < 0 ? -i : i >= n ? 2 * n - 2 - i : i)) }, [x], out)
  return c.refuse(`padding mode "${mode}"`)
}
