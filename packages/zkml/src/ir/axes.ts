/** Number of cells of axes whose lengths are ≥ 1; stops at once above `limit` and gives `limit + 1`. SPEC 2.1. */
export function cellsOf(axes: readonly number[], limit: number = Number.MAX_SAFE_INTEGER - 1): number {
  let cells = 1
  for (const length of axes) {
    if (length > limit / cells) return limit + 1
    cells *= length
  }
  return cells
}

/** How axis `ax` divides row-major cells: `outer` blocks of `length` slices of `inner` cells. `batch` is one more leading axis. */
export function splitAt(axes: readonly number[], ax: number, batch = 1): { outer: number; length: number; inner: number } {
  return { outer: batch * cellsOf(axes.slice(0, ax)), length: axes[ax] ?? 1, inner: cellsOf(axes.slice(ax + 1)) }
}

export function sameAxes(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((length, i) => length === b[i])
}
