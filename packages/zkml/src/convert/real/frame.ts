/** Constants per channel of a row-major value: the channel of cell e is `floor(e / inner) mod n`. */
export interface Frame {
  readonly n: number
  readonly inner: number
}

/** The value of a per-channel constant at a cell. */
export function at(c: Float64Array, frame: Frame, cell: number): number {
  return c.length === 1 ? c[0]! : c[Math.floor(cell / frame.inner) % frame.n]!
}

/** Whether a constant depends on nothing but the cell modulo `period`. */
export function periodic(c: Float64Array, frame: Frame, period: number): boolean {
  return c.length === 1 || period % (frame.n * frame.inner) === 0
}

/** Whether a constant is the same for all cells of one block of `size`. */
export function blockwise(c: Float64Array, frame: Frame, size: number): boolean {
  return c.length === 1 || frame.inner % size === 0
}
