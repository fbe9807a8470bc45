import { expect, test } from 'vitest'
import { chooseSizes, openingBytes } from './sizes.ts'

test('sizes chosen grow with the matrix, and are those of the specification where that is measured in bytes alone', () => {
  expect(chooseSizes(2 ** 9, 0)).toEqual({ c: 6, l: 8 })
  expect(chooseSizes(2 ** 10, 0)).toEqual({ c: 7, l: 9 })
  expect(chooseSizes(2 ** 11, 0)).toEqual({ c: 8, l: 10 })
  expect(chooseSizes(2 ** 12, 0)).toEqual({ c: 8, l: 10 })
})

test.each([
  [1, 0],
  [2 ** 14, 0],
  [2 ** 17, 0],
  [2 ** 20, 0],
  [2 ** 26, 0],
  [2 ** 11, 2 ** 11],
  [2 ** 15, 2 ** 22],
])('a matrix of %i cells and %i of weights has sizes that are allowed, with short codewords if it is large', (cells, cellsW) => {
  const { c, l } = chooseSizes(cells, cellsW)
  expect(openingBytes(c, l, cells, cellsW)).toBeGreaterThan(0)
  if (cells + cellsW > 2 ** 13) expect(l).toBe(c + 2)
})

test('the estimate is that of the specification', () => {
  expect(openingBytes(7, 9, 2 ** 10, 0)! / 1024).toBeCloseTo(15, 0)
  expect(openingBytes(8, 10, 2 ** 11, 0)! / 1024).toBeCloseTo(21, 0)
  expect(openingBytes(15, 17, 10, 0)).toBeUndefined()
})
