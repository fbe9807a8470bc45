import type { Segment, Space } from '../src/program/types.ts'

/** All variables of a space. */
export const bits = (space: Space): number => space.reduce((total, [, b]) => total + b, 0)

/** Real indices of a space, the first axis slowest. */
export function* realCells(space: Space): Generator<number[]> {
  const at = space.map(() => 0)
  for (;;) {
    yield [...at]
    let axis = space.length - 1
    while (axis >= 0 && ++at[axis]! === space[axis]![0]) at[axis--] = 0
    if (axis < 0) return
  }
}

/** The cell of a real index: the axes' indices side by side, in bits. SPEC 3.1. */
export const cellOf = (space: Space, at: readonly number[]): number => space.reduce((cell, [, b], i) => cell * 2 ** b + at[i]!, 0)

/** Where each segment begins in its matrix, and how many cells each matrix has. SPEC 3.2. */
export function layout(segments: readonly Segment[]): { offsets: number[]; cells: [number, number] } {
  const offsets: number[] = []
  const cells: [number, number] = [0, 0]
  const order = segments.map((_, i) => i).sort((x, y) => bits(segments[y]![1]) - bits(segments[x]![1]) || x - y)
  for (const i of order) {
    const [matrix, space] = segments[i]!
    offsets[i] = cells[matrix]
    cells[matrix] += 2 ** bits(space)
  }
  return { offsets, cells: [Math.max(1, cells[0]), cells[1]] }
}
