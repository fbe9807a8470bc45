import type { AxisMap } from '../../src/program/types.ts'

/** Two lists of axes of one product over the coarsest axes that both are made of: for each axis, the places of its parts. SPEC 3.1, Copy. */
export interface Refined {
  readonly axes: readonly number[]
  readonly parts: readonly [readonly (readonly number[])[], readonly (readonly number[])[]]
}

/** Cells behind each boundary of the axes: all, …, 1. */
const boundaries = (axes: readonly number[]) => axes.map((_, i) => axes.slice(i).reduce((x, y) => x * y, 1)).concat(1)

export function refined(left: readonly number[], right: readonly number[]): Refined | undefined {
  const all = [...new Set([...boundaries(left), ...boundaries(right)])].sort((x, y) => y - x)
  const axes = all.slice(0, -1).map((cells, i) => cells / all[i + 1]!)
  if (!axes.every(Number.isInteger)) return undefined
  const parts = (own: readonly number[]) => {
    const at = boundaries(own).map((cells) => all.indexOf(cells))
    return own.map((_, i) => axes.map((__, place) => place).slice(at[i]!, at[i + 1]!))
  }
  return { axes, parts: [parts(left), parts(right)] }
}

/** Maps of the batch and of axes onto their parts; two parts are read as one by a `gather`. Nothing for an axis of three. */
export function partMaps(parts: readonly (readonly number[])[], axes: readonly number[]): AxisMap[] | undefined {
  if (parts.some((part) => part.length > 2)) return undefined
  const own = parts.map(([p, q]): AxisMap => {
    if (p === undefined) return ['fix', 0]
    if (q === undefined) return ['id', p + 1]
    const [m, n] = [axes[p]!, axes[q]!]
    return ['gather', p + 1, q + 1, [m, n, m, 1, 1, n, 1, 1, 0, 0, 1, 1]]
  })
  return [['id', 0], ...own]
}

/** The axes of each copy on the way from one list of axes to another. */
export function steps(from: readonly number[], to: readonly number[]): (readonly number[])[] {
  const direct = refined(from, to)
  if (direct?.parts.every((parts) => partMaps(parts, direct.axes))) return [to]
  const out: (readonly number[])[] = []
  let merged = from.filter((n) => n > 1)
  while (merged.length > 1) {
    merged = [...merged.slice(0, -2), merged.at(-2)! * merged.at(-1)!]
    out.push(merged)
  }
  let rest = merged[0] ?? 1
  for (let i = 1; i < to.length - 1; i++) {
    rest /= to[i - 1]!
    out.push([...to.slice(0, i), rest])
  }
  return out.at(-1)?.join() === to.join() ? out : [...out, to]
}
