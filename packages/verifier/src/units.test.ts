import { describe, expect, it } from 'vitest'
import { opg } from './units.ts'

describe('opg', () => {
  it('writes wei as OPG, exactly', () => {
    expect(opg(0n)).toBe('0')
    expect(opg(1n)).toBe('0.000000000000000001')
    expect(opg(10n ** 15n)).toBe('0.001')
    expect(opg(15n * 10n ** 17n)).toBe('1.5')
    expect(opg(10n ** 18n)).toBe('1')
  })

  it('separates thousands of whole OPG, not of fractions', () => {
    expect(opg(12_500n * 10n ** 18n)).toBe('12,500')
    expect(opg(10n ** 27n)).toBe('1,000,000,000')
    expect(opg(10n ** 21n + 123_456n)).toBe('1,000.000000000000123456')
  })
})
