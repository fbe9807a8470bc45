import { expect, test } from 'vitest'
import { MAX_PROOF_BYTES, parameters } from './params.ts'
import { LARGEST, securityBits, securityTable } from './security.ts'

test('every choice of columns and codewords leaves at least 100 bits for the largest program', () => {
  let checked = 0
  for (let c = 5; c <= 14; c++)
    for (let l = c + 2; l <= 20; l++) {
      // More rows than this do not fit a proof of 2 MiB.
      const cells = Math.min(2 ** 26, 2 ** c * Math.floor(MAX_PROOF_BYTES / 8 / 89))
      const params = parameters(c, l, cells, 0)
      if (params === undefined) continue
      checked++
      const { total, worstRound } = securityBits(securityTable(params, LARGEST))
      expect(worstRound).toBeGreaterThanOrEqual(101)
      expect(total).toBeGreaterThan(100)
    }
  expect(checked).toBeGreaterThan(40)
})

test('a table of 2^25 rows would be too many', () => {
  const params = parameters(10, 13, 2 ** 20, 0)
  expect(params && securityBits(securityTable(params, { ...LARGEST, tableRows: 2 ** 25 })).worstRound).toBeLessThan(100)
})

test('the queries decide for small programs', () => {
  const params = parameters(7, 9, 912, 0)
  const sizes = { leafBits: 10, mainRounds: 5, batchRounds: 10, tau: 5, constraints: 9, claims: 10, tableRows: 400 }
  if (params === undefined) throw new Error('parameters')
  const { total, worstRound } = securityBits(securityTable(params, sizes))
  expect(worstRound).toBe(101)
  expect(total).toBeGreaterThan(100.99)
})
