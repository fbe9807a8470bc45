import { expect, it } from 'vitest'
import { BLOCK_GAS_LIMIT } from '../executor/rules.ts'
import { GasLimits } from './gasLimits.ts'

const asking = (...limits: readonly bigint[]) => limits.map((gasLimit) => ({ fields: { gasLimit } as never }))

it('proposals ask for the gas of a block, and for more where limits are not used, for ten blocks', () => {
  const gas = new GasLimits()
  expect(gas.allowed()).toBe(BLOCK_GAS_LIMIT)
  gas.settled([], 0n)
  expect(gas.allowed()).toBe(BLOCK_GAS_LIMIT)
  gas.settled(asking(21_000n, 100_000n), 121_000n)
  expect(gas.allowed()).toBe(BLOCK_GAS_LIMIT)
  gas.settled(asking(BLOCK_GAS_LIMIT), 21_000n)
  expect(gas.allowed()).toBe((BLOCK_GAS_LIMIT * BLOCK_GAS_LIMIT) / 21_000n)
  for (let block = 0; block < 9; block++) gas.settled(asking(200_000n), 100_000n)
  expect(gas.allowed()).toBe((BLOCK_GAS_LIMIT * BLOCK_GAS_LIMIT) / 21_000n)
  gas.settled(asking(200_000n), 100_000n)
  expect(gas.allowed()).toBe(2n * BLOCK_GAS_LIMIT)
})

it('proposals ask for more where nothing could run that had its turn', () => {
  const gas = new GasLimits()
  gas.settled(asking(BLOCK_GAS_LIMIT), 0n)
  expect(gas.allowed()).toBe((BLOCK_GAS_LIMIT * BLOCK_GAS_LIMIT) / 21_000n)
})
