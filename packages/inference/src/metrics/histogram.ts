/**
 * Counts in fixed buckets: an observation is a few additions, nothing is allocated. (prom-client's own costs a microsecond and a hash of
 * the labels each time; it reads these when it is scraped instead.)
 */
export class Histogram {
  /** Upper bounds, ascending; the last bucket is open. */
  readonly bounds: readonly number[]
  /** Observations per bucket, not cumulated; one more than bounds. */
  readonly counts: Float64Array
  sum = 0
  count = 0

  constructor(bounds: readonly number[]) {
    this.bounds = bounds
    this.counts = new Float64Array(bounds.length + 1)
  }

  /** What several with the same bounds have counted. One alone is given as it is. */
  static together(all: readonly Histogram[]): Histogram {
    if (all.length === 1) return all[0]!
    const sum = new Histogram(all[0]?.bounds ?? [])
    for (const one of all) sum.add(one)
    return sum
  }

  /** Counts what another one with the same bounds has counted, too. */
  add(other: Histogram): void {
    for (let i = 0; i < this.counts.length; i++) this.counts[i]! += other.counts[i]!
    this.sum += other.sum
    this.count += other.count
  }

  observe(value: number): void {
    const { bounds } = this
    let i = 0
    while (i < bounds.length && value > bounds[i]!) i++
    this.counts[i]! += 1
    this.sum += value
    this.count += 1
  }
}

/** 10 µs to 30 s in steps of 1, 2.5, 5; seconds. */
export const SECONDS: readonly number[] = [
  1e-5, 2.5e-5, 5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
]

/** Requests or rows run at once. */
export const SIZES: readonly number[] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512]
