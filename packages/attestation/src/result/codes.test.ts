import { TEE_CODES, teeCodeName } from '@opengradient/protocol'
import { expect, it } from 'vitest'
import { REJECTION_MEANINGS } from './codes.ts'

it('every reason to refuse evidence has its number on chain, which is its place in the table', () => {
  for (const [i, code] of Object.keys(REJECTION_MEANINGS).entries()) {
    expect(Object.entries(TEE_CODES), code).toContainEqual([code, i + 1])
    expect(teeCodeName(i + 1)).toBe(code)
  }
})

it('no two names share a number, and none is negative or above a byte', () => {
  const numbers = Object.values(TEE_CODES)
  expect(new Set(numbers).size).toBe(numbers.length)
  for (const number of numbers) expect(number >= 0 && number < 256 && teeCodeName(number) !== undefined).toBe(true)
  expect(teeCodeName(254)).toBeUndefined()
})
