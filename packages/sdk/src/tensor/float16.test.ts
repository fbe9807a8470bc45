import fc from 'fast-check'
import { expect, test } from 'vitest'
import { float16, fromFloat16 } from './float16.ts'

test('known values of IEEE 754 half precision', () => {
  const known: [number, number][] = [
    [0, 0],
    [-0, 0x8000],
    [1, 0x3c00],
    [-2, 0xc000],
    [65504, 0x7bff],
    [65519.99, 0x7bff],
    [65520, 0x7c00],
    [Number.NEGATIVE_INFINITY, 0xfc00],
    [2 ** -24, 1],
    [2 ** -25, 0],
    [2 ** -25 * 1.0001, 1],
    [2 ** -14, 0x0400],
    [1 / 3, 0x3555],
    [2049, 0x6800],
    [2051, 0x6802],
  ]
  for (const [value, half] of known) expect(float16([value])[0], `${value}`).toBe(half)
  expect(float16([Number.NaN])[0]).toBe(0x7e00)
  expect(fromFloat16(Uint16Array.of(0x7e00))[0]).toBeNaN()
})

test('all 63,488 finite values and both infinities read and write as themselves', () => {
  const halves = Uint16Array.from({ length: 65536 }, (_, half) => half).filter((half) => (half & 0x7fff) <= 0x7c00)
  expect(halves.length).toBe(63_490)
  expect(float16(fromFloat16(halves))).toEqual(halves)
})

test('every number goes to the nearest half', () => {
  const all = [...fromFloat16(Uint16Array.from({ length: 0x7c00 }, (_, half) => half))]
  fc.assert(
    fc.property(fc.double({ min: 0, max: 65519, noNaN: true }), (value) => {
      const found = fromFloat16(float16([value]))[0] as number
      const at = all.findIndex((half) => half >= value)
      const nearest = Math.min(Math.abs(value - (all[at] ?? 65504)), Math.abs(value - (all[at - 1] ?? 0)))
      expect(Math.abs(found - value)).toBe(nearest)
    }),
  )
})
