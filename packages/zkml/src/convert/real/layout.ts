import { cells } from './types.ts'

/** For every cell of the result of a transpose: the cell of the source it reads. */
export function transposeIndex(shape: readonly number[], perm: readonly number[]): Int32Array {
  const strides = shape.map((_, i) => cells(shape.slice(i + 1)))
  let index = new Int32Array(1)
  for (const axis of perm) {
    const n = shape[axis]!
    const next = new Int32Array(index.length * n)
    for (let i = 0; i < index.length; i++) for (let j = 0; j < n; j++) next[i * n + j] = index[i]! + j * strides[axis]!
    index = next
  }
  return index
}

/** Lengths before, of, and after an axis. */
export function around(shape: readonly number[], ax: number): [outer: number, n: number, inner: number] {
  return [cells(shape.slice(0, ax)), shape[ax]!, cells(shape.slice(ax + 1))]
}

/** Picks `idx` along an axis; −1 picks `fill`. */
export function pick(data: Float64Array, shape: readonly number[], ax: number, idx: ArrayLike<number>, fill = 0): Float64Array {
  const [outer, n, inner] = around(shape, ax)
  const out = new Float64Array(outer * idx.length * inner)
  for (let o = 0; o < outer; o++)
    for (let i = 0; i < idx.length; i++) {
      const to = (o * idx.length + i) * inner
      const at = idx[i]!
      if (at < 0) out.fill(fill, to, to + inner)
      else out.set(data.subarray((o * n + at) * inner, (o * n + at + 1) * inner), to)
    }
  return out
}

/** Joins tensors along an axis. */
export function join(parts: readonly { readonly data: Float64Array; readonly shape: readonly number[] }[], ax: number): Float64Array {
  const [outer] = around(parts[0]!.shape, ax)
  const rows = parts.map(({ data }) => data.length / outer)
  const width = rows.reduce((a, b) => a + b, 0)
  const out = new Float64Array(outer * width)
  let at = 0
  for (const [p, { data }] of parts.entries()) {
    const row = rows[p]!
    for (let o = 0; o < outer; o++) out.set(data.subarray(o * row, (o + 1) * row), o * width + at)
    at += row
  }
  return out
}
