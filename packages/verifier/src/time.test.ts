import { describe, expect, it } from 'vitest'
import { HOUR, utc, within } from './time.ts'

describe('within', () => {
  it('holds up to the tolerance on either side, and not a second beyond', () => {
    expect(within(HOUR, 10_000n, 10_000n)).toBe(true)
    expect(within(HOUR, 10_000n, 13_600n)).toBe(true)
    expect(within(HOUR, 13_600n, 10_000n)).toBe(true)
    expect(within(HOUR, 10_000n, 13_601n)).toBe(false)
    expect(within(HOUR, 13_601n, 10_000n)).toBe(false)
  })
})

describe('utc', () => {
  it('writes a time for people', () => {
    expect(utc(0n)).toBe('1970-01-01 00:00:00 UTC')
    expect(utc(1_790_000_000n)).toBe('2026-09-21 14:13:20 UTC')
  })

  it('writes the last second of the calendar, and numbers what is beyond it', () => {
    expect(utc(253_402_300_799n)).toBe('9999-12-31 23:59:59 UTC')
    expect(utc(253_402_300_800n)).toBe('second 253402300800')
    expect(utc(2n ** 64n - 1n)).toBe('second 18446744073709551615')
  })
})
