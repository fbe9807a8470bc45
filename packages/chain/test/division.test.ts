import { expect, it } from 'vitest'

// How far d and e of `inv` in assembly/element.ts come from the middle, whatever is divided, in units of p. Thirty steps of division make
// d = (u·d + v·e)/2^30 and e = (q·d + r·e)/2^30, each with a multiple of p less that is below p; what each row can be depends on eta alone. So all rows
// that there are after thirty steps, as convex hulls, bound what any numbers can lead to. All of it is exact but the last products.

type Row = readonly [of: number, other: number]
interface Interval {
  low: number
  high: number
}

const STEPS = 30
const UNIT = 2 ** -STEPS
/** Beyond all that eta comes to: it falls below -1 by zeros of one number alone, and none has more than 383. */
const MOST = 420

/** The rows that thirty steps make of `start`, (1, 0) or (0, 1) as the first or the second is wanted: by eta before, and by eta after them. */
function rowsFrom(start: Row): Map<number, Map<number, Row[]>> {
  const most = MOST + STEPS
  let rows = new Map(Array.from({ length: 2 * most + 1 }, (_, i) => [i - most, new Map([[i - most, [start]]])] as const))
  for (let left = most - 1; left >= MOST; left--) {
    const longer: typeof rows = new Map()
    for (let eta = -left; eta <= left; eta++) {
      const found = new Map<number, Row[]>()
      const first = (next: number, step: (row: Row) => Row) => {
        for (const [end, of] of rows.get(next)!) found.set(end, [...(found.get(end) ?? []), ...of.map(step)])
      }
      // The other row is added to g's, halved, or both are exchanged before g's is.
      first(eta - 1, ([f, g]) => [f, g / 2])
      if (eta >= 0) first(eta - 1, ([f, g]) => [f + g / 2, g / 2])
      else first(-eta - 1, ([f, g]) => [-g / 2, f + g / 2])
      longer.set(eta, new Map([...found].map(([end, of]) => [end, hull(of)])))
    }
    rows = longer
  }
  return rows
}

function hull(points: Row[]): Row[] {
  const sorted = points
    .toSorted(([a, b], [c, d]) => a - c || b - d)
    .filter(([x, y], i, all) => x !== all[i - 1]?.[0] || y !== all[i - 1]?.[1])
  if (sorted.length < 3) return sorted
  const half = (of: Row[]) => {
    const out: Row[] = []
    for (const point of of) {
      while (out.length > 1 && !left(out.at(-2)!, out.at(-1)!, point)) out.pop()
      out.push(point)
    }
    return out.slice(0, -1)
  }
  return [...half(sorted), ...half(sorted.toReversed())]
}
const left = (a: Row, b: Row, c: Row) => (b[0] - a[0]) * (c[1] - b[1]) > (b[1] - a[1]) * (c[0] - b[0])

/** What a number of an interval is reckoned with: with p more where it is negative. */
const raised = ({ low, high }: Interval): Interval[] => [
  ...(low < 0 ? [{ low: low + 1, high: Math.min(high, 0) + 1 }] : []),
  ...(high >= 0 ? [{ low: Math.max(low, 0), high }] : []),
]
/** The same with `r | signE` in place of `r & signE`: with p more where it is not negative; and otherwise less p once, which is one of 2^30. */
const raisedElse = ({ low, high }: Interval): (Interval & { less?: number })[] => [
  ...(low < 0 ? [{ low, high: Math.min(high, 0), less: UNIT }] : []),
  ...(high >= 0 ? [{ low: Math.max(low, 0) + 1, high: high + 1 }] : []),
]

const FIRST = rowsFrom([1, 0])
const SECOND = rowsFrom([0, 1])

/** All that d and e come to, by eta: rounds until nothing is new. */
function reach(raisedE: typeof raisedElse): Map<number, { d: Interval; e: Interval }> {
  // e is 1 at first: of p less than any number that can be told from it.
  const reached = new Map([[-1, { d: { low: 0, high: 0 }, e: { low: 0, high: Number.MIN_VALUE } }]])
  for (let changed = true; changed; ) {
    changed = false
    for (const [eta, { d, e }] of [...reached]) {
      const round = (rows: typeof FIRST, part: 'd' | 'e', raisedOther: typeof raisedElse) => {
        for (const [end, of] of rows.get(eta) ?? []) {
          const at = reached.get(end) ?? { d: { low: 0, high: 0 }, e: { low: 0, high: 0 } }
          reached.set(end, at)
          for (const [m, n] of of)
            for (const x of raised(d))
              for (const y of raisedOther(e)) {
                // Where the only row takes one of both as it is, no multiple of p is needed.
                const most = of.length === 1 && (m === 1 || n === 1) ? 0 : 1 - UNIT
                const low = m * (m < 0 ? x.high : x.low) + n * (n < 0 ? y.high : y.low) - (y.less ?? 0) - most
                const high = m * (m < 0 ? x.low : x.high) + n * (n < 0 ? y.low : y.high) - (y.less ?? 0)
                if (low >= at[part].low && high <= at[part].high) continue
                at[part] = { low: Math.min(low, at[part].low), high: Math.max(high, at[part].high) }
                changed = true
              }
        }
      }
      round(FIRST, 'd', raised)
      round(SECOND, 'e', raisedE)
    }
  }
  return reached
}
const lowest = (of: ReturnType<typeof reach>, part: 'd' | 'e') => Math.min(...[...of.values()].map((at) => at[part].low))
const highest = (of: ReturnType<typeof reach>, part: 'd' | 'e') => Math.max(...[...of.values()].map((at) => at[part].high))

it('no division takes its factors 1.44 p from the middle, of 2 p that are allowed', () => {
  const reached = reach(raised)
  for (const part of ['d', 'e'] as const) {
    expect(lowest(reached, part)).toBeGreaterThan(part === 'd' ? -1.44 : -1.5)
    expect(highest(reached, part)).toBeLessThanOrEqual(1)
  }
})

it('with `r | signE` they come no further than 2 p and seven of 2^30, the first so far only with eta at -27', () => {
  const reached = reach(raisedElse)
  for (const part of ['d', 'e'] as const) {
    expect(lowest(reached, part)).toBeGreaterThan(-2 - 7.5 * UNIT)
    expect(highest(reached, part)).toBeLessThan(1 + 7.5 * UNIT)
  }
  expect([...reached].filter(([, { d }]) => d.low < -2).map(([eta]) => eta)).toStrictEqual([-27])
})
