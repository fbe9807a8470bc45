import { expect, test } from 'vitest'
import { needsPrice } from './needsPrice.ts'

test('a model that its operator stopped offering is not offered again', () => {
  expect(needsPrice({ since: 100n, active: false }, 100n)).toBe(false)
  expect(needsPrice({ since: 101n, active: false }, 100n)).toBe(false)
})

test('a price that stands is left alone, also one from before the node left and came back', () => {
  expect(needsPrice({ since: 100n, active: true }, 50n)).toBe(false)
  expect(needsPrice({ since: 100n, active: true }, 200n)).toBe(false)
})

test('what was never priced is, and what ended while the node was gone', () => {
  expect(needsPrice({ since: 0n, active: false }, 100n)).toBe(true)
  expect(needsPrice({ since: 99n, active: false }, 100n)).toBe(true)
})
