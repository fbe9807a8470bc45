import { expect, test } from 'vitest'
import { opgText } from './units.ts'

test('wei are written as OPG, exactly, with thousands separated', () => {
  expect(opgText(0n)).toBe('0')
  expect(opgText(10n ** 15n)).toBe('0.001')
  expect(opgText(125_005n * 10n ** 17n)).toBe('12,500.5')
})
