import type { Window } from '../program/types.ts'
import type { Desk, KPtr } from './desk.ts'

/** How the cells of a tensor are kept: signed integers, field elements, or elements of K. */
export type CellKind = 'i16' | 'i64' | 'F' | 'K'

/** One axis: its real length, and the length that it has in memory (a power of two inside a segment). */
export interface TensorAxis {
  readonly n: number
  readonly length: number
}

/** A dense tensor in memory, row-major. Only cells of real indices are ever read. */
export interface Tensor {
  readonly at: number
  readonly kind: CellKind
  readonly axes: readonly TensorAxis[]
}

const SIZE: Record<CellKind, number> = { i16: 2, i64: 8, F: 8, K: 16 }

/** Cells in memory. */
export function cellsOf(axes: readonly TensorAxis[]): number {
  return axes.reduce((product, { length }) => product * length, 1)
}

/** Σ_i vector[i]·tensor[…, i, …] over one axis: a tensor over K without it. `vector`: at least n values of K. */
export function contract(desk: Desk, tensor: Tensor, axis: number, vector: KPtr): Tensor {
  const axes = tensor.axes.filter((_, i) => i !== axis)
  const at = desk.alloc(16 * cellsOf(axes))
  contractTo(desk, at, tensor, axis, vector)
  return { at, kind: 'K', axes }
}

/** As `contract`, to memory that is there. */
export function contractTo(desk: Desk, out: KPtr, tensor: Tensor, axis: number, vector: KPtr): void {
  const { n, length } = tensor.axes[axis]!
  const outer = cellsOf(tensor.axes.slice(0, axis))
  const inner = cellsOf(tensor.axes.slice(axis + 1))
  contractStrip(desk, out, tensor, { n, length, outer, inner }, vector)
}

/** Cells of windows that are written out at a time. */
const WINDOW_CELLS = 2 ** 20

/** out[tap, …] = Σ_o e[o]·tensor[…, cell that the tap reads for o]: the maps are the last axis. SPEC 3.3, gather. */
export function contractTaps(desk: Desk, out: KPtr, { at, kind, axes }: Tensor, window: Window, e: KPtr): void {
  if (kind === 'K') throw new Error('maps are integers or elements of F')
  const taps = window[2] * window[3]
  const outputs = window[4] * window[5]
  const rows = cellsOf(axes.slice(0, -1))
  const { length } = axes.at(-1)!
  const atOnce = Math.max(1, Math.min(taps, Math.floor(WINDOW_CELLS / (rows * outputs))))
  const record = desk.kernels.put(Int32Array.from(window))
  const cells = desk.alloc(SIZE[kind] * atOnce * rows * outputs)
  const read = kind === 'i16' ? desk.x.windowCells16 : desk.x.windowCells64
  for (let from = 0; from < taps; from += atOnce) {
    const count = Math.min(atOnce, taps - from)
    for (let i = 0; i < count; i++) read(cells + SIZE[kind] * i * rows * outputs, at, record, from + i, rows, length)
    columnsOf(desk, kind)(out + 16 * from * rows, e, cells, count * rows, outputs, outputs)
  }
}

interface Strip {
  readonly n: number
  readonly length: number
  readonly outer: number
  readonly inner: number
}

function contractStrip(desk: Desk, out: KPtr, { at, kind }: Tensor, { n, length, outer, inner }: Strip, vector: KPtr): void {
  const step = SIZE[kind] * length * inner
  if (kind === 'K') {
    for (let a = 0; a < outer; a++) {
      const to = out + 16 * a * inner
      if (inner === 1) desk.x.dotK(to, at + a * step, vector, n)
      else {
        desk.bytes(to, 16 * inner).fill(0)
        for (let i = 0; i < n; i++) desk.x.kAxpy(to, at + a * step + 16 * i * inner, vector + 16 * i, inner)
      }
    }
    return
  }
  const { x } = desk
  if (inner === 1) {
    columnsOf(desk, kind)(out, vector, at, outer, n, length)
    return
  }
  const rows = { i16: x.contractRowsI16, i64: x.contractRowsI64, F: x.contractRowsF }[kind]
  for (let a = 0; a < outer; a++) rows(out + 16 * a * inner, vector, at + a * step, n, inner, inner)
}

function columnsOf({ x }: Desk, kind: Exclude<CellKind, 'K'>) {
  return { i16: x.contractColsI16, i64: x.contractColsI64, F: x.contractColsF }[kind]
}

/** The tensor as elements of K, in the same layout. */
export function toK(desk: Desk, tensor: Tensor): Tensor {
  if (tensor.kind === 'K') return tensor
  const cells = cellsOf(tensor.axes)
  let from = tensor.at
  if (tensor.kind !== 'F') {
    from = desk.alloc(8 * cells)
    if (tensor.kind === 'i16') desk.x.fFromI16(from, tensor.at, cells)
    else desk.x.fFromI64(from, tensor.at, cells)
  }
  const at = desk.alloc(16 * cells)
  desk.x.kFromF(at, from, cells)
  return { at, kind: 'K', axes: tensor.axes }
}
