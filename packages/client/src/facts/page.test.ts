import fc from 'fast-check'
import { expect, test } from 'vitest'
import { pageOf } from './page.ts'

test('a page is the part of the list that was asked for', () => {
  expect(pageOf(3)).toEqual([0, 1, 2])
  expect(pageOf(10, { offset: 8, limit: 5 })).toEqual([8, 9])
  expect(pageOf(10, { offset: 10 })).toEqual([])
  expect(pageOf(0)).toEqual([])
})

test('no page is longer than a thousand or leaves the list', () => {
  fc.assert(
    fc.property(fc.nat(), fc.nat(), fc.nat(), (total, offset, limit) => {
      const page = pageOf(total, { offset, limit })
      expect(page.length).toBeLessThanOrEqual(Math.min(limit, 1000))
      expect(page.every((index) => index >= offset && index < total)).toBe(true)
    }),
  )
})
