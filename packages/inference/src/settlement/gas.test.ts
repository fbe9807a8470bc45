import { expect, test } from 'vitest'
import { GasModel } from './gas.ts'

const BLOCK = 60_000_000n

test('a transaction never asks for more than its share of a block', () => {
  const gas = new GasModel()
  for (const n of [1, 10, 150, 1000]) expect(gas.limit(n, BLOCK)).toBeLessThanOrEqual((BLOCK * 8n) / 10n)
})

test('what fits is what the limit pays for', () => {
  const gas = new GasModel()
  for (const used of [90_000n, 250_000n, 900_000n]) {
    for (let i = 0; i < 20; i++) gas.learn(32, used * 32n)
    const n = gas.capacity(BLOCK)
    expect(n).toBeGreaterThan(0)
    expect(gas.limit(n, BLOCK)).toBeGreaterThanOrEqual(used * BigInt(n))
  }
})

test('it learns what entries take, from batches faster than from single ones, and backs off when gas ran out', () => {
  const batches = new GasModel()
  const singles = new GasModel()
  batches.learn(32, 32n * 100_000n)
  singles.learn(1, 100_000n)
  expect(batches.limit(10, BLOCK)).toBeLessThan(singles.limit(10, BLOCK))
  const before = batches.limit(10, BLOCK)
  batches.exceeded()
  expect(batches.limit(10, BLOCK)).toBeGreaterThan(before)
})

test('one entry always fits, however small the blocks', () => {
  expect(new GasModel().capacity(100_000n)).toBe(1)
})
