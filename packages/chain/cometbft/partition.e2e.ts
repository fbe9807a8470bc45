import type { Hex } from '@opengradient/protocol'
import { expect, it } from 'vitest'
import { buildCometbft } from '../../../scripts/cometbft.mjs'
import { signer } from '../test/chain.testkit.ts'
import { Namespaces } from './namespaces.testkit.ts'
import { makeNetwork } from './network.testkit.ts'
import { testNodes } from './nodes.testkit.ts'
import { expectSameBlocks, standStill, Validator } from './validator.testkit.ts'

const to = '0x00000000000000000000000000000000000000aa'
const other = '0x00000000000000000000000000000000000000bb'
const shared = testNodes()
const { cleanups } = shared

/** Four, each with its CometBFT in a network namespace of its own. */
async function startFour(namespaces: Namespaces): Promise<Validator[]> {
  const network = await makeNetwork(4, { commitTimeout: 100, proposeTimeout: 1_000, hosts: namespaces.hosts })
  cleanups.push(network.remove)
  const all = network.places.map((_, index) => new Validator(buildCometbft(), shared.program, network, index))
  cleanups.push(() => Promise.all(all.map((validator) => validator.kill())))
  await Promise.all(all.map((validator, index) => validator.start({ under: namespaces.under(index) })))
  for (const validator of all) await validator.reaches(2n)
  return all
}

const knows = async (validator: Validator, transaction: Hex) => (await validator.rpc('eth_getTransactionByHash', transaction)) !== null
const receiptOf = (validator: Validator, transaction: Hex) =>
  validator.rpc<{ blockNumber: Hex } | null>('eth_getTransactionReceipt', transaction)
const included = async (validators: readonly Validator[], transaction: Hex) => {
  for (const validator of validators) await validator.engine!.until(async () => (await receiptOf(validator, transaction)) !== null)
}

/** How often each transaction is in the blocks up to this one. */
async function occurrences(validator: Validator, height: bigint): Promise<Map<Hex, number>> {
  const found = new Map<Hex, number>()
  for (let at = 1n; at <= height; at++) {
    const { transactions } = await validator.rpc<{ transactions: Hex[] }>('eth_getBlockByNumber', `0x${at.toString(16)}`, false)
    for (const transaction of transactions) found.set(transaction, (found.get(transaction) ?? 0) + 1)
  }
  return found
}

it('a network that is cut in two makes no block without more than two thirds, and heals without a fork', async () => {
  const namespaces = new Namespaces(4)
  cleanups.push(() => namespaces.remove())
  const all = await startFour(namespaces)
  const [first, second, third, fourth] = all as [Validator, Validator, Validator, Validator]

  // Two and two: neither half decides anything. Each takes what it is given, and passes it on to its own side.
  namespaces.split([0, 1], [2, 3])
  const halted = await standStill(all)
  const here = await first.send(await signer(0).sign({ nonce: 0, to, value: 1n }))
  const there = await third.send(await signer(1).sign({ nonce: 0, to, value: 1n }))
  const everywhere = await signer(2).sign({ nonce: 0, to, value: 1n })
  const twice = await first.send(everywhere)
  expect(await fourth.send(everywhere)).toBe(twice)
  const conflicting = [
    await second.send(await signer(3).sign({ nonce: 0, to: other, value: 1n })),
    await fourth.send(await signer(3).sign({ nonce: 0, to: other, value: 2n })),
  ]
  await first.engine!.until(() => knows(second, here))
  await third.engine!.until(() => knows(fourth, there))
  expect(await standStill(all)).toEqual(halted)
  expect([await knows(third, here), await knows(fourth, here), await knows(first, there), await knows(second, there)]).not.toContain(true)

  // Healed: what was sent to either side is in a block, once, and of two that contradict each other one.
  namespaces.heal()
  for (const transaction of [here, there, twice]) await included(all, transaction)
  for (const validator of all)
    await validator.engine!.until(async () => BigInt(await validator.rpc('eth_getTransactionCount', signer(3).address, 'latest')) === 1n)

  // Three and one: the three go on, the one stands still, and what it is given waits.
  namespaces.split([0, 1, 2], [3])
  await first.reaches((await first.height()) + 3n)
  const [alone] = await standStill([fourth])
  const waiting = await fourth.send(await signer(1).sign({ nonce: 1, to, value: 1n }))
  const meanwhile = await second.send(await signer(0).sign({ nonce: 1, to, value: 1n }))
  await included([first, second, third], meanwhile)
  await first.reaches((await first.height()) + 3n)
  expect(await fourth.height()).toBe(alone)
  expect(await receiptOf(first, waiting)).toBeNull()

  namespaces.heal()
  for (const transaction of [meanwhile, waiting]) await included(all, transaction)
  const height = await first.height()
  await expectSameBlocks(all, height)
  const found = await occurrences(fourth, height)
  for (const transaction of [here, there, twice, meanwhile, waiting]) expect(found.get(transaction)).toBe(1)
  expect(conflicting.map((transaction) => found.get(transaction) ?? 0).sort()).toEqual([0, 1])
  expect(found.size).toBe(6)
  expect(BigInt(await fourth.rpc('eth_getBalance', to, 'latest'))).toBe(5n)
  expect(all.flatMap((validator) => validator.complaints())).toEqual([])
})
