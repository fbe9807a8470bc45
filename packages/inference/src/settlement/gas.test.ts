import { expect, test } from 'vitest'
import { GasModel } from './gas.ts'

const BLOCK = 60_000_000n
/** So many entries of one model, at level signature. */
const alike = (entries: number) => ({ entries, models: 1, held: 0 })

test('a transaction never asks for more than its share of a block', () => {
  const gas = new GasModel()
  for (const n of [1, 10, 150, 1000]) expect(gas.limit(alike(n), BLOCK)).toBeLessThanOrEqual((BLOCK * 8n) / 10n)
})

test('what fits is what the limit pays for', () => {
  const gas = new GasModel()
  for (const used of [90_000n, 250_000n, 900_000n]) {
    for (let i = 0; i < 20; i++) gas.learn(32, used * 32n)
    const n = gas.capacity(BLOCK)
    expect(n).toBeGreaterThan(0)
    expect(gas.limit(alike(n), BLOCK)).toBeGreaterThanOrEqual(used * BigInt(n))
  }
})

test('it learns what entries take, from batches faster than from single ones, and backs off when gas ran out', () => {
  const batches = new GasModel()
  const singles = new GasModel()
  batches.learn(32, 32n * 100_000n)
  singles.learn(1, 100_000n)
  expect(batches.limit(alike(10), BLOCK)).toBeLessThan(singles.limit(alike(10), BLOCK))
  const before = batches.limit(alike(10), BLOCK)
  batches.exceeded()
  expect(batches.limit(alike(10), BLOCK)).toBeGreaterThan(before)
})

test('a batch of another mix than those that were learned from has gas for all that can be new in it', () => {
  const gas = new GasModel()
  for (let i = 0; i < 50; i++) gas.learn(32, 32n * 80_000n)
  const mixed = gas.limit({ entries: 32, models: 32, held: 32 }, BLOCK)
  expect(mixed - gas.limit({ entries: 32, models: 0, held: 0 }, BLOCK)).toBe(32n * (70_000n + 50_000n))
  expect(mixed).toBeGreaterThan(32n * 200_000n)
  // However full: what fits has its gas, and is not cut off by the share of a block.
  const n = gas.capacity(BLOCK)
  const full = { entries: n, models: n, held: n }
  expect(gas.limit(full, BLOCK)).toBe(gas.limit(full, 10n * BLOCK))
})

test('one entry always fits, however small the blocks', () => {
  expect(new GasModel().capacity(100_000n)).toBe(1)
})

test('an RPC that lies about the gas of transactions, or says of all that they ran out of it, does not keep later ones from being settled', () => {
  const [greedy, small, failing] = [new GasModel(), new GasModel(), new GasModel()]
  for (let i = 0; i < 100; i++) {
    greedy.learn(1, 2n ** 200n)
    small.learn(32, 0n)
    failing.exceeded()
  }
  for (const gas of [greedy, failing]) {
    expect(gas.limit(alike(1), BLOCK)).toBeLessThan(4_000_000n)
    expect(gas.capacity(BLOCK)).toBeGreaterThan(10)
  }
  small.exceeded()
  small.exceeded()
  expect(small.limit(alike(32), BLOCK)).toBeGreaterThan(32n * 250_000n)
})
