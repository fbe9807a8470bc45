import { describe, expect, it } from 'vitest'
import { rewards } from './tips.ts'

describe('rewards of a block', () => {
  const tips = [
    { tip: 1n, gasUsed: 21_000n },
    { tip: 5n, gasUsed: 58_000n },
    { tip: 9n, gasUsed: 21_000n },
  ]

  it('are the tips at which the gas, cheapest first, reaches each percentile', () => {
    expect(rewards(tips, [0, 21, 22, 79, 80, 100])).toEqual([1n, 1n, 5n, 5n, 9n, 9n])
  })

  it('are zero in an empty block', () => {
    expect(rewards([], [10, 90])).toEqual([0n, 0n])
  })
})
