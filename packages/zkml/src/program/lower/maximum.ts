import { realCells } from '../space.ts'
import type { AxisMap, Form, Space } from '../types.ts'
import type { Filling } from './fill.ts'
import { range } from './range.ts'
import type { NodeContext } from './rule.ts'
import { combine, constant, whole } from './view.ts'

/** Values that are compared, row-major over their space. */
export type Compared = Int16Array | Int32Array

/** The maximum over one axis. */
export interface Maximum {
  /** Over the space without that axis. */
  readonly y: Form
  /** y − x ≥ 0 over the whole space, range-checked. */
  readonly difference: Form
}

/**
 * The maximum of x over axis `k` of its space: D = y − x = Range(16) ≥ 0 everywhere, and D = 0 somewhere, since Σ_k sel = 1 and
 * sel·D = 0. `missing` cells (1 where the window is outside its map, where x reads 0) count as −32768. SPEC 3.5, MaxPool.
 */
export function maximum(context: NodeContext, x: Form, k: number, missing: Form | undefined, read: (run: Filling) => Compared): Maximum {
  const { section, builder, ir } = context
  const [over] = x
  const outer = without(over, k)
  const y = builder.segment(outer)
  const D = range(section, ir.limb, over, 16)
  const sel = builder.segment(over)
  const repeated: Form = [over, [], [[1n, y, kept(over, k)]]]
  const parts: (readonly [number, Form])[] = [
    [1, D.form],
    [-1, repeated],
    [1, x],
  ]
  if (missing) parts.push([-32768, missing])
  section.lin(combine(over, parts))
  section.lin([outer, constant(-1, outer), [[1n, sel, summed(over, k)]]])
  const chosen = builder.base(whole(sel, over))
  const gaps = builder.base(D.form)
  section.had([over, [], [[chosen, 1n]]], [over, [], [[gaps, 1n]]], [over, [], []])
  builder.fillers.push((run) => {
    const found = compare(read(run), over, k)
    run.put(y, found.y)
    D.fill(run, found.difference)
    run.put(sel, found.first)
  })
  return { y: whole(y, outer), difference: D.form }
}

/** A space without axis `k`. */
export function without(over: Space, k: number): Space {
  return over.filter((_, ax) => ax !== k)
}

/** Maps of a source that lacks axis `k` of the form: it is repeated along it. */
export function kept(over: Space, k: number): AxisMap[] {
  return over.flatMap((_, ax): AxisMap[] => (ax === k ? [] : [['id', ax]]))
}

/** Maps of a source over `over` into the space without axis `k`, over which it is summed, with the entries of `vec` as factors. */
export function summed(over: Space, k: number, vec = -1): AxisMap[] {
  return over.map((axis, ax): AxisMap => (ax === k ? ['sum', vec, axis[0]] : ['id', ax > k ? ax - 1 : ax]))
}

/** Maxima over axis `k`, y − x, and 1 at the first maximum. */
export function compare(x: Compared, over: Space, k: number): { y: Int32Array; difference: Int32Array; first: Int32Array } {
  const n = over[k]![0]
  const inner = realCells(over.slice(k + 1))
  const blocks = realCells(over.slice(0, k))
  const y = new Int32Array(blocks * inner)
  const difference = new Int32Array(x.length)
  const first = new Int32Array(x.length)
  for (let block = 0, out = 0; block < blocks; block++) {
    for (let i = 0; i < inner; i++, out++) {
      const start = block * n * inner + i
      const end = start + n * inner
      let best = start
      for (let at = start; at < end; at += inner) if (x[at]! > x[best]!) best = at
      first[best] = 1
      y[out] = x[best]!
      for (let at = start; at < end; at += inner) difference[at] = x[best]! - x[at]!
    }
  }
  return { y, difference, first }
}
