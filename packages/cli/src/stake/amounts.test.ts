import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sharesFor } from './amounts.ts'

const OPG = 10n ** 18n
const usage = expect.objectContaining({ code: 'USAGE' })

test.each(['0', '', '-1', '1e3', 'everything', '1001', '0.0000000000000000001'])('%j of 1000 OPG cannot leave', (text) => {
  expect(() => sharesFor(text, { shares: 1_000n * OPG, tokens: 1_000n * OPG, locked: 0n })).toThrow(usage)
})

test('what was redelegated stays, and the message says how much may leave', () => {
  const stake = { shares: 1_000n * OPG, tokens: 500n * OPG, locked: 400n * OPG }
  expect(sharesFor('all', stake)).toBe(600n * OPG)
  expect(sharesFor('300', stake)).toBe(600n * OPG)
  expect(() => sharesFor('300.1', stake)).toThrow(/only 300 OPG/)
  expect(() => sharesFor('all', { ...stake, locked: stake.shares })).toThrow(usage)
  expect(() => sharesFor('1', { shares: 0n, tokens: 0n, locked: 0n })).toThrow(usage)
})

test('shares are worth what was asked for, and one fewer would not be', () => {
  const wei = fc.bigInt({ min: 1n, max: 10n ** 27n })
  fc.assert(
    fc.property(wei, wei, fc.double({ min: 0, max: 1, noNaN: true }), (tokens, more, part) => {
      const stake = { shares: tokens + more, tokens, locked: 0n }
      const amount = (tokens * BigInt(Math.floor(part * 1e6))) / 1_000_000n || 1n
      const text = `${amount / OPG}.${String(amount % OPG).padStart(18, '0')}`
      const shares = sharesFor(text, stake)
      expect(shares).toBeLessThanOrEqual(stake.shares)
      expect((shares * tokens) / stake.shares).toBeGreaterThanOrEqual(amount)
      expect(((shares - 1n) * tokens) / stake.shares).toBeLessThan(amount)
    }),
  )
})
