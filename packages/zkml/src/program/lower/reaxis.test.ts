import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { partMaps, refine, reshapeSteps } from './reaxis.ts'

describe('axes of the same cells', () => {
  it('are products of the axes of their coarsest refinement', () => {
    expect(refine([6, 4], [2, 12])).toEqual({ axes: [2, 3, 4], left: [[0, 1], [2]], right: [[0], [1, 2]] })
    expect(refine([3, 1, 5], [15])).toEqual({ axes: [3, 5], left: [[0], [], [1]], right: [[0, 1]] })
    expect(refine([4, 9], [6, 6])).toBeUndefined()
  })

  it('an axis is read through one map, of two axes at most', () => {
    expect(partMaps([[0, 1], [2], []], [2, 3, 4])).toEqual([
      ['id', 0],
      ['gather', 1, 2, [2, 3, 2, 1, 1, 3, 1, 1, 0, 0, 1, 1]],
      ['id', 3],
      ['fix', 0],
    ])
    expect(partMaps([[0, 1, 2]], [2, 3, 4])).toBeUndefined()
  })

  it('are reached in steps, each of which one copy can do', () => {
    const lengths = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(lengths, fc.array(fc.nat(), { minLength: 5, maxLength: 5 }), (from, cuts) => {
        const to: number[] = []
        let rest = from.reduce((a, b) => a * b)
        for (const cut of cuts) {
          const divisors = Array.from({ length: rest }, (_, i) => i + 1).filter((n) => rest % n === 0)
          const n = divisors[cut % divisors.length]!
          to.push(n)
          rest /= n
        }
        to.push(rest)
        let axes: readonly number[] = from
        for (const step of reshapeSteps(from, to)) {
          const { axes: refined, left, right } = refine(axes, step)!
          expect(partMaps(left, refined)).toBeDefined()
          expect(partMaps(right, refined)).toBeDefined()
          axes = step
        }
        expect(axes).toEqual(to)
      }),
    )
  })
})
