import { bitsOf } from './space.ts'
import type { Segment } from './types.ts'

/** Where every segment lies in its matrix, and how many cells each matrix has. */
export interface Packing {
  /** By segment id: offset of its first cell in its matrix, always a multiple of its length. */
  readonly offsets: readonly number[]
  /** Cells of w and of W: sums of segment lengths. W is 0 when nothing is committed there; w is at least 1. */
  readonly cells: readonly [w: number, W: number]
}

/** Packs segments without gaps, longest first, equal ones in creation order. SPEC 3.2. */
export function pack(segments: readonly Segment[]): Packing {
  const offsets = new Array<number>(segments.length)
  const cells: [number, number] = [0, 0]
  const order = segments.map(([matrix, space], id) => ({ id, matrix, bits: bitsOf(space) }))
  order.sort((a, b) => b.bits - a.bits || a.id - b.id)
  for (const { id, matrix, bits } of order) {
    offsets[id] = cells[matrix]
    cells[matrix] += 2 ** bits
  }
  return { offsets, cells: [Math.max(1, cells[0]), cells[1]] }
}
