import type { Hex } from '@opengradient/protocol'
import { expect, it } from 'vitest'
import { buildCometbft } from '../../../scripts/cometbft.mjs'
import { ENGINE_STRANDED, forgetEngineData, writeEngineHome } from '../src/consensus/cometbft/home.ts'
import { signer } from '../test/chain.testkit.ts'
import { makeNetwork } from './network.testkit.ts'
import { testNodes } from './nodes.testkit.ts'
import { Validator } from './validator.testkit.ts'

const to = '0x00000000000000000000000000000000000000aa'
const shared = testNodes()
const { cleanups } = shared

/** A validator with a snapshot every five blocks, and a node that trusts its second block and begins with one of them. */
async function withFollower(): Promise<{ readonly validator: Validator; readonly follower: Validator; readonly home: string }> {
  const network = await makeNetwork(1, { commitTimeout: 100, followers: 1 })
  cleanups.push(network.remove)
  const binary = buildCometbft()
  const [validator, follower] = [0, 1].map((index) => new Validator(binary, shared.program, network, index)) as [Validator, Validator]
  cleanups.push(() => Promise.all([validator.kill(), follower.kill()]))
  await validator.start({ snapshots: true })
  for (let nonce = 0; nonce < 20; nonce++) await validator.send(await signer(0).sign({ nonce, to, value: 1n }))
  await validator.reaches(12n)

  const { rpc } = network.places[0]!
  const { home, engine } = network.places[1]!
  const trusted = (await (await fetch(`${rpc}/commit?height=2`)).json()) as {
    result: { signed_header: { commit: { block_id: { hash: string } } } }
  }
  const trustHash: Hex = `0x${trusted.result.signed_header.commit.block_id.hash.toLowerCase()}`
  const stateSync = { rpcServers: [rpc, rpc], trustHeight: 2n, trustHash, trustPeriod: 86_400n }
  await writeEngineHome(home, { ...engine, stateSync })
  return { validator, follower, home }
}

it('a node that is killed once it has a snapshot, before CometBFT knows, begins with one again by itself', async () => {
  const { validator, follower } = await withFollower()
  await follower.start({ crash: 'afterRestore@1' })
  await follower.died()
  // It has a chain, and its CometBFT has none.
  await follower.start()
  await follower.reaches((await validator.height()) + 1n)
  const height = await follower.height()
  expect(await follower.hashAt(height)).toBe(await validator.hashAt(height))
  expect([...validator.complaints(), ...follower.complaints()]).toEqual([])
})

it('a node that is killed before its first block after a snapshot has a CometBFT that says so, and begins again once that has lost its data', async () => {
  const { validator, follower, home } = await withFollower()
  await follower.start({ crash: 'heldAfterRestore@1' })
  await follower.engine!.until(() => follower.held)
  // Nobody has the next block for it.
  await validator.kill()
  follower.release()
  // It listens once it has stored what it knows.
  await follower.engine!.until(() => follower.engine!.said.includes('Starting BlockPool service'))
  const { length } = follower.said()
  await follower.kill()
  await validator.start({ snapshots: true })
  await follower.start()
  await follower.engine!.exit()
  expect(follower.engine!.said).toMatch(ENGINE_STRANDED)
  expect(follower.said()).toHaveLength(length)
  await follower.kill()
  await forgetEngineData(home)
  await follower.start()
  await follower.reaches((await validator.height()) + 1n)
  expect(follower.complaints()).toEqual([])
})

it('a new node begins with a snapshot of a peer, follows, and goes on after both its processes are killed', async () => {
  const { validator, follower } = await withFollower()
  await follower.start()
  // Past the snapshot: CometBFT itself cannot go on from a kill before its first block after it.
  await follower.reaches((await validator.height()) + 1n)
  await follower.engine!.until(() => {
    follower.said()
    return follower.blocks.size > 0
  })
  // It has the state of all blocks, and none of the first ones.
  expect(BigInt(await follower.rpc('eth_getBalance', to, 'latest'))).toBe(20n)
  await expect(follower.rpc('eth_getBlockByNumber', '0x1', false)).rejects.toThrow('pruned history unavailable')
  const height = await follower.height()
  expect(await follower.hashAt(height)).toBe(await validator.hashAt(height))

  await follower.kill()
  await validator.send(await signer(0).sign({ nonce: 20, to, value: 1n }))
  await follower.start()
  await follower.reaches(height + 5n)
  await follower.engine!.until(async () => BigInt(await follower.rpc<Hex>('eth_getBalance', to, 'latest')) === 21n)
  expect([...validator.complaints(), ...follower.complaints()]).toEqual([])
})
