import type { Hex } from '@opengradient/protocol'
import { describe, expect, it } from 'vitest'
import { buildCometbft } from '../../../scripts/cometbft.mjs'
import { signer } from '../test/chain.testkit.ts'
import { makeNetwork } from './network.testkit.ts'
import { testNodes } from './nodes.testkit.ts'
import { standStill, Validator } from './validator.testkit.ts'

const to = '0x00000000000000000000000000000000000000aa'
const shared = testNodes()
const { cleanups } = shared

async function startFour(): Promise<Validator[]> {
  const network = await makeNetwork(4, { commitTimeout: 100, proposeTimeout: 500 })
  cleanups.push(network.remove)
  const binary = buildCometbft()
  const validators = network.places.map((_, index) => new Validator(binary, shared.program, network, index))
  cleanups.push(() => Promise.all(validators.map((validator) => validator.kill())))
  await Promise.all(validators.map((validator) => validator.start()))
  return validators
}

/** Every one of them has the transaction in a block, and the same one. */
async function allHave(validators: readonly Validator[], transaction: Hex): Promise<bigint> {
  const receiptOf = (validator: Validator) =>
    validator.rpc<{ blockHash: Hex; blockNumber: Hex } | null>('eth_getTransactionReceipt', transaction)
  for (const validator of validators) await validator.engine!.until(async () => (await receiptOf(validator)) !== null)
  const receipts = await Promise.all(validators.map(receiptOf))
  expect(new Set(receipts.map((receipt) => receipt!.blockHash)).size).toBe(1)
  return BigInt(receipts[0]!.blockNumber)
}

describe('four validators', () => {
  it('agree, lose one and get it back, halt without two, and go on when they are back', async () => {
    const all = await startFour()
    const [first, second, third, fourth] = all as [Validator, Validator, Validator, Validator]

    // What one is given reaches the proposers through the others.
    const spread = await Promise.all(all.map(async (validator, i) => validator.send(await signer(i).sign({ nonce: 0, to, value: 1n }))))
    for (const transaction of spread) await allHave(all, transaction)

    // Three of four go on; the fourth, killed, catches up and has the same blocks.
    await fourth.kill()
    const without = await first.send(await signer(0).sign({ nonce: 1, to, value: 1n }))
    const height = await allHave([first, second, third], without)
    await fourth.start()
    expect(await allHave(all, without)).toBe(height)

    // Two of four are not more than two thirds: nothing is decided. What is sent meanwhile waits.
    await Promise.all([third.kill(), fourth.kill()])
    const [halted] = await standStill([first, second])
    const waiting = await first.send(await signer(0).sign({ nonce: 2, to, value: 1n }))
    expect(await standStill([first, second])).toEqual([halted, halted])

    await Promise.all([third.start(), fourth.start()])
    const last = await allHave(all, waiting)
    expect(last).toBeGreaterThan(halted!)
    for (let at = 1n; at <= last; at++) expect(new Set(await Promise.all(all.map((validator) => validator.hashAt(at)))).size).toBe(1)
    expect(all.flatMap((validator) => validator.complaints())).toEqual([])
  })
})
