import { isArrayOf, OgError } from '@opengradient/protocol'
import { EXACT_LIMIT } from './bounds.ts'
import { BIAS_LIMIT } from './limits.ts'
import type { Site, Sums } from './ops/op.ts'
import { type Interval, magnitude } from './rounding.ts'

/** Exact accumulators: float64 where the static bound is below 2^52, so that every integer is exact, else int64. */
export type Accumulators = Float64Array | BigInt64Array

/** Below this bound, and the rounding term of at most 2^39 beside it, float64 is exact. */
const NUMBER_LIMIT = 2n ** 52n

/**
 * `(sums + bias)·mul`, exact: in float64 where the static bound allows it. Refuses `ZK_BOUND_EXCEEDED` a sum of 2^61 or more, which
 * only biases outside the range that committed weights presume can give.
 */
export function accumulate(site: Site, sums: Sums, bound: Interval): Accumulators {
  const presumed = sums.bias?.every((b) => b >= -BIAS_LIMIT && b < BIAS_LIMIT) ?? true
  return presumed && magnitude(bound) < NUMBER_LIMIT ? inNumbers(sums) : inBigInts(site, sums)
}

function inNumbers({ sums, inner, mul, bias }: Sums): Float64Array {
  const acc = isArrayOf('Float64Array', sums) ? sums : Float64Array.from(sums, Number)
  if (!bias && mul.every((factor) => factor === 1)) return acc
  const offsets = bias && Float64Array.from(bias, Number)
  for (let from = 0, c = 0; from < acc.length; from += inner, c = c + 1 === mul.length ? 0 : c + 1) {
    const [offset, factor] = [offsets?.[c] ?? 0, mul[c]!]
    for (let i = from; i < from + inner; i++) acc[i] = (acc[i]! + offset) * factor
  }
  return acc
}

function inBigInts({ place }: Site, { sums, inner, mul, bias }: Sums): BigInt64Array {
  const acc = new BigInt64Array(sums.length)
  for (let i = 0; i < acc.length; i++) {
    const c = Math.floor(i / inner) % mul.length
    const value = (BigInt(sums[i]!) + (bias?.[c] ?? 0n)) * BigInt(mul[c]!)
    if (value >= EXACT_LIMIT || value <= -EXACT_LIMIT) {
      throw new OgError('ZK_BOUND_EXCEEDED', `${place} has an accumulator of 2^61 or more. Use smaller scales, weights or constants.`, {
        details: { place },
      })
    }
    acc[i] = value
  }
  return acc
}
