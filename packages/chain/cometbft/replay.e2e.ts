import { rm } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { buildCometbft } from '../../../scripts/cometbft.mjs'
import { signer } from '../test/chain.testkit.ts'
import { makeNetwork } from './network.testkit.ts'
import { testNodes } from './nodes.testkit.ts'
import { Validator } from './validator.testkit.ts'

const to = '0x00000000000000000000000000000000000000aa'
const shared = testNodes()
const { cleanups } = shared

it('a node that joins by replay goes on where it was killed, and replays everything when it lost its database', async () => {
  const network = await makeNetwork(1, { commitTimeout: 50, followers: 1 })
  cleanups.push(network.remove)
  const binary = buildCometbft()
  const [validator, follower] = [0, 1].map((index) => new Validator(binary, shared.program, network, index)) as [Validator, Validator]
  cleanups.push(() => Promise.all([validator.kill(), follower.kill()]))
  await validator.start()
  for (let nonce = 0; nonce < 20; nonce++) {
    await validator.send(await signer(0).sign({ nonce, to, value: 1n }))
    await validator.reaches(BigInt(nonce))
  }
  /** It has all blocks, and they are the validator's. */
  const catchesUp = async () => {
    const height = await validator.height()
    await follower.reaches(height)
    for (let at = 0n; at <= height; at += 3n) expect(await follower.hashAt(at), `block ${at}`).toBe(await validator.hashAt(at))
    expect(BigInt(await follower.rpc('eth_getBalance', to, 'latest'))).toBe(20n)
    expect(follower.said()).toEqual([])
  }

  await follower.start({ crash: 'duringCommit@10' })
  await follower.died()
  await follower.start()
  await catchesUp()

  await follower.kill()
  await rm(network.places[1]!.dataDir, { recursive: true })
  await follower.start()
  await catchesUp()
})
