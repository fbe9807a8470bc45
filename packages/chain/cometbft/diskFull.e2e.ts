import { expect, it } from 'vitest'
import { buildCometbft } from '../../../scripts/cometbft.mjs'
import { signer } from '../test/chain.testkit.ts'
import { makeNetwork } from './network.testkit.ts'
import { testNodes } from './nodes.testkit.ts'
import { expectSameBlocks, Validator } from './validator.testkit.ts'

const to = '0x00000000000000000000000000000000000000aa'
/** Files of at most 2 MiB; with the signal ignored, writing beyond fails as on a full disk. */
const LITTLE_ROOM = "trap '' XFSZ; ulimit -f 2048;"
const shared = testNodes()
const { cleanups } = shared

it('one of four validators whose disk is full halts and says so, the others go on, and with room it has the same blocks', async () => {
  const network = await makeNetwork(4, { commitTimeout: 50, proposeTimeout: 500 })
  cleanups.push(network.remove)
  const all = network.places.map((_, index) => new Validator(buildCometbft(), shared.program, network, index))
  cleanups.push(() => Promise.all(all.map((validator) => validator.kill())))
  const [first, , , fourth] = all as [Validator, Validator, Validator, Validator]
  await Promise.all(all.map((validator) => validator.start(validator === fourth ? { shell: LITTLE_ROOM } : {})))
  await first.reaches(1n)

  // Large transactions, until the log of the fourth's database has no room for the next block.
  const data = `0x${'00'.repeat(100_000)}` as const
  const halted = () => fourth.said().find((line) => line.startsWith('the chain has halted; no block can be made: '))
  let nonce = 0
  for (; nonce < 40 && !halted(); nonce++) {
    await first.send(await signer(0).sign({ nonce, to, value: 1n, data, gas: 1_100_000n }))
    await first.engine!.until(async () => BigInt(await first.rpc('eth_getBalance', to, 'latest')) === BigInt(nonce + 1))
  }
  await first.engine!.until(() => halted() !== undefined)
  expect(halted()).toMatch(/DISK_FULL .*Nothing that was committed is lost: make room, then start again/)
  // Its CometBFT was told why, and has ended; the node still answers, and takes nothing.
  await fourth.engine!.exit()
  expect(fourth.engine!.said).toContain('Nothing that was committed is lost')
  const height = await fourth.height()
  expect(await fourth.hashAt(height)).toBe(await first.hashAt(height))
  await expect(fourth.send(await signer(1).sign({ nonce: 0, to, value: 1n }))).rejects.toThrow(/DISK_FULL|no room|halted/i)

  await first.send(await signer(0).sign({ nonce, to, value: 1n }))
  await first.reaches(height + 5n)
  expect(await fourth.height()).toBe(height)

  await fourth.kill()
  await fourth.start()
  await expectSameBlocks(all, await first.height())
  await fourth.engine!.until(async () => BigInt(await fourth.rpc('eth_getBalance', to, 'latest')) === BigInt(nonce + 1))
  expect(all.flatMap((validator) => validator.complaints())).toEqual([])
})
