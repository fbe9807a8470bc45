/** Multipliers of a sum of terms, as integers at one accumulator scale. */
export interface Multipliers {
  readonly acc: number
  readonly constants: readonly (readonly number[])[]
}

/** Bits of the largest multiplier when no smaller one is exact. */
const BITS = 18
const EXACT = 2 ** 30

/**
 * Integers `round(c · 2^(acc − f))` for terms c·x with x of scale f. The smallest accumulator scale from `least` on at which all are exact, else
 * the first at which the largest has 18 bits; never over `most`.
 */
export function multipliers(
  terms: readonly { readonly c: ArrayLike<number>; readonly f: number }[],
  least: number,
  most: number,
): Multipliers {
  const largest = (acc: number): number => Math.max(...terms.map(({ c, f }) => peak(c) * 2 ** (acc - f)))
  const exact = (acc: number): boolean => terms.every(({ c, f }) => every(c, (v) => Number.isInteger(v * 2 ** (acc - f))))
  let acc = least
  while (acc < most && !exact(acc) && largest(acc) < 2 ** BITS) acc++
  while (acc > least && largest(acc) > EXACT) acc--
  return { acc, constants: terms.map(({ c, f }) => Array.from(c, (v) => Math.floor(v * 2 ** (acc - f) + 0.5) + 0)) }
}

function peak(c: ArrayLike<number>): number {
  let max = 0
  for (let i = 0; i < c.length; i++) max = Math.max(max, Math.abs(c[i]!))
  return max
}

function every(c: ArrayLike<number>, test: (v: number) => boolean): boolean {
  for (let i = 0; i < c.length; i++) if (!test(c[i]!)) return false
  return true
}
