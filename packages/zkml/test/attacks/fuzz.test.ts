import { expect, it } from 'vitest'
import { drawSeed } from '../reference/seed.ts'
import { fuzz } from './fuzz.ts'

it('the verifier gives a verdict on everything, and accepts nothing that was changed', () => {
  const { fault, runs, verdicts } = fuzz(1, drawSeed(), undefined, 100)
  expect(fault).toBeUndefined()
  expect(runs).toBeGreaterThanOrEqual(100)
  expect(verdicts.size).toBeGreaterThan(5)
})
