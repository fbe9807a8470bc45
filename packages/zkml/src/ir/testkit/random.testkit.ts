/** A small reproducible source of choices for random models (mulberry32). The same seed gives the same model everywhere. */
export interface Random {
  /** Integer in `min..max`. */
  int(min: number, max: number): number
  /** True with probability `p`. */
  chance(p: number): boolean
  pick<T>(items: readonly T[]): T
  list(length: number, min: number, max: number): number[]
  /** An int16: often small, sometimes at the ends. */
  value(): number
}

export function randomOf(seed: number): Random {
  let state = seed >>> 0
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
  const int = (min: number, max: number) => min + Math.floor(next() * (max - min + 1))
  return {
    int,
    chance: (p) => next() < p,
    pick: (items) => items[int(0, items.length - 1)]!,
    list: (length, min, max) => Array.from({ length }, () => int(min, max)),
    value() {
      const kind = int(0, 9)
      if (kind === 0) return int(0, 1) === 0 ? -32768 : 32767
      return kind < 5 ? int(-100, 100) : int(-32768, 32767)
    },
  }
}
