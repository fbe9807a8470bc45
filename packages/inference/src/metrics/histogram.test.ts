import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Histogram } from './histogram.ts'

it('counts every observation in the first bucket that holds it', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 20, noNaN: true })), (values) => {
      const histogram = new Histogram([1, 5, 10])
      for (const value of values) histogram.observe(value)
      const within = (from: number, to: number): number => values.filter((value) => value > from && value <= to).length
      expect([...histogram.counts]).toEqual([
        within(Number.NEGATIVE_INFINITY, 1),
        within(1, 5),
        within(5, 10),
        within(10, Number.POSITIVE_INFINITY),
      ])
      expect(histogram.count).toBe(values.length)
      expect(histogram.sum).toBeCloseTo(
        values.reduce((a, b) => a + b, 0),
        6,
      )
    }),
  )
})
