/** A closed interval of integers. */
export interface Interval {
  readonly lo: bigint
  readonly hi: bigint
}

/** `floor((t + 2^(s−1)) / 2^s)` toward −∞ for s ≥ 1, `t` for s = 0. SPEC 2.2. */
export function rsh(t: bigint, s: number): bigint {
  return s === 0 ? t : (t + (1n << BigInt(s - 1))) >> BigInt(s)
}

/** `clamp(rsh(t, s), lo, hi)`. SPEC 2.2. */
export function requant(t: bigint, s: number, lo: number, hi: number): number {
  const q = rsh(t, s)
  return q < BigInt(lo) ? lo : q > BigInt(hi) ? hi : Number(q)
}

/** `requant` for |t| + 2^39 < 2^53, where every step is exact in float64. */
export function requantNumber(t: number, s: number, lo: number, hi: number): number {
  const q = s === 0 ? t : Math.floor((t + 2 ** (s - 1)) / 2 ** s)
  return q < lo ? lo : q > hi ? hi : q
}

/** Smallest interval that holds all of `intervals`; one at least. */
export function union(intervals: readonly Interval[]): Interval {
  return intervals.reduce((a, b) => ({ lo: a.lo < b.lo ? a.lo : b.lo, hi: a.hi > b.hi ? a.hi : b.hi }))
}

/** `c · [lo, hi]`. */
export function scale({ lo, hi }: Interval, c: bigint): Interval {
  return c < 0n ? { lo: c * hi, hi: c * lo } : { lo: c * lo, hi: c * hi }
}

/** `[a.lo + b.lo, a.hi + b.hi]`. */
export function plus(a: Interval, b: Interval): Interval {
  return { lo: a.lo + b.lo, hi: a.hi + b.hi }
}

/** Largest absolute value of an interval. */
export function magnitude({ lo, hi }: Interval): bigint {
  return -lo > hi ? -lo : hi
}
