import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseRange } from './range.ts'

test('the examples of RFC 9110 on a file of 10,000 bytes', () => {
  expect(parseRange('bytes=0-499', 10_000)).toEqual({ start: 0, end: 500 })
  expect(parseRange('bytes=500-999', 10_000)).toEqual({ start: 500, end: 1000 })
  expect(parseRange('bytes=-500', 10_000)).toEqual({ start: 9500, end: 10_000 })
  expect(parseRange('bytes=9500-', 10_000)).toEqual({ start: 9500, end: 10_000 })
  expect(parseRange('bytes=0-0', 10_000)).toEqual({ start: 0, end: 1 })
})

test('no range, another unit, several ranges and nonsense give the whole file', () => {
  for (const header of [
    undefined,
    '',
    'bytes=-',
    'bytes=5-1',
    'items=0-1',
    'bytes=0-1,4-5',
    'bytes=a-b',
    'bytes=0x1-2',
    `bytes=${'9'.repeat(40)}-`,
  ])
    expect(parseRange(header, 100), String(header)).toBe('whole')
})

test('a range after the end, or an empty suffix, is unsatisfiable', () => {
  for (const header of ['bytes=100-', 'bytes=100-200', 'bytes=-0']) expect(parseRange(header, 100), header).toBe('unsatisfiable')
  expect(parseRange('bytes=0-', 0)).toBe('unsatisfiable')
  expect(parseRange('bytes=-5', 0)).toBe('unsatisfiable')
})

test('a satisfiable range lies inside the file and is never empty', () => {
  fc.assert(
    fc.property(fc.nat(2000), fc.option(fc.nat(3000)), fc.option(fc.nat(3000)), (size, first, last) => {
      const range = parseRange(`bytes=${first ?? ''}-${last ?? ''}`, size)
      if (typeof range === 'string') return
      expect(range.start).toBeGreaterThanOrEqual(0)
      expect(range.end).toBeLessThanOrEqual(size)
      expect(range.start).toBeLessThan(range.end)
    }),
  )
})
