/** Number of cells of axes whose lengths are ≥ 1: exact below 2^53, and never less than 2^53 where there are more. SPEC 2.1. */
export function cellsOf(axes: readonly number[]): number {
  return axes.reduce((cells, length) => cells * length, 1)
}

/** How axis `ax` divides row-major cells: `outer` blocks of `length` slices of `inner` cells. `batch` is one more leading axis. */
export function splitAt(axes: readonly number[], ax: number, batch = 1): { outer: number; length: number; inner: number } {
  return { outer: batch * cellsOf(axes.slice(0, ax)), length: axes[ax] ?? 1, inner: cellsOf(axes.slice(ax + 1)) }
}

export function sameAxes(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((length, i) => length === b[i])
}
