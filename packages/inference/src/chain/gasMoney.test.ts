import { mostGasPrice } from '@opengradient/client'
import { expect, test } from 'vitest'
import { affordable, GasMoney } from './gasMoney.ts'
import type { Head } from './view.ts'

const HEAD: Head = { number: 5n, timestamp: 1, baseFee: 100_000_000n, gasLimit: 60_000_000n }
const PRICE = mostGasPrice({ baseFeePerGas: HEAD.baseFee })
const BLOCK = HEAD.gasLimit * PRICE

function setUp() {
  const view = { head: undefined as Head | undefined, balance: undefined as bigint | undefined }
  const said: string[] = []
  const say = (_: object, message: string) => void said.push(message)
  const money = new GasMoney({ view, node: `0x${'aa'.repeat(20)}`, least: () => 800_000n, log: { warn: say, info: say } })
  const has = (balance: bigint, head = HEAD) => {
    Object.assign(view, { balance, head })
    money.look()
  }
  return { money, said, has }
}

test('that the money for gas runs out is said once, and once that it is back', () => {
  const { said, has } = setUp()
  has(BLOCK)
  expect(said).toEqual([])
  for (const balance of [BLOCK - 1n, 0n, BLOCK, BLOCK - 1n, 2n * BLOCK - 1n]) has(balance)
  expect(said).toEqual(['the account runs out of OPG for the gas of settlements: send it some'])
  for (const balance of [2n * BLOCK, BLOCK, 3n * BLOCK]) has(balance)
  expect(said.slice(1)).toEqual(['the account has OPG for the gas of settlements again'])
})

test('where gas becomes dearer the same money is too little', () => {
  const { said, has } = setUp()
  has(BLOCK)
  has(BLOCK, { ...HEAD, baseFee: HEAD.baseFee + 1n })
  expect(said.length).toBe(1)
})

test('a payment is taken as long as one can be settled, and before anything is known', () => {
  const { money, said, has } = setUp()
  money.look()
  money.check()
  expect(said).toEqual([])
  has(800_000n * PRICE)
  money.check()
  has(800_000n * PRICE - 1n)
  expect(() => money.check()).toThrow(expect.objectContaining({ code: 'NODE_BACKLOG', details: { retryAfterMs: 60_000 } }))
})

test('no more gas than a block has is wanted, however much money there is', () => {
  expect([affordable(0n, HEAD), affordable(PRICE, HEAD), affordable(10n ** 24n, HEAD)]).toEqual([0n, 1n, HEAD.gasLimit])
})
