import { ADDRESSES, nodesAbi, settlementAbi } from '@opengradient/contracts'
import { type Batch, batchHash, leafOf, merkleRoot, signDigest, ZERO_HASH } from '@opengradient/protocol'
import { beforeEach, expect, test } from 'vitest'
import { eventsNamed, read, refusal, write } from './calls.ts'
import { createScene, DAY, hashOf, highS, OPG, type Scene } from './scenario.ts'

let scene: Scene
beforeEach(async () => {
  scene = await createScene()
})

const settlement = { abi: settlementAbi, to: ADDRESSES.settlement } as const

function committing(change: Partial<Batch> = {}, key = scene.key) {
  const leaves = ['a', 'b', 'c'].map((name) => leafOf(hashOf(name)))
  const batch: Batch = { node: scene.node.address, root: merkleRoot(leaves), count: 3, total: 3n * OPG, sequence: 0n, ...change }
  return { batch, ...settlement, name: 'commit', args: [batch, signDigest(batchHash(batch, scene.world.domain), key.privateKey)] } as const
}

test('a batch is anchored under its number with the block time', async () => {
  const { batch, ...call } = committing()
  const outcome = await write(scene.world, call)
  expect(await read(scene.world, { ...settlement, name: 'batches', args: [batch.node, 0n] })).toEqual({
    root: batch.root,
    anchoredAt: scene.world.now(),
    count: 3,
    total: 3n * OPG,
  })
  expect(await read(scene.world, { ...settlement, name: 'nextSequence', args: [batch.node] })).toBe(1n)
  expect(eventsNamed(outcome, 'Committed')).toEqual([{ node: batch.node, sequence: 0n, root: batch.root, count: 3, total: 3n * OPG }])
})

test('batches follow one another without a gap, and none is replaced', async () => {
  await write(scene.world, committing())
  expect(await refusal(scene.world, committing())).toBe('WrongSequence(1)')
  expect(await refusal(scene.world, committing({ sequence: 2n }))).toBe('WrongSequence(1)')
  await write(scene.world, committing({ sequence: 1n, root: hashOf('next') }))
})

test('an empty batch and an absurd total are refused', async () => {
  expect(await refusal(scene.world, committing({ count: 0 }))).toBe('BadBatch()')
  expect(await refusal(scene.world, committing({ root: ZERO_HASH }))).toBe('BadBatch()')
  expect(await refusal(scene.world, committing({ total: 2n ** 128n }))).toBe('BadBatch()')
  await write(scene.world, committing({ total: 2n ** 128n - 1n }))
})

test('only the live receipt key signs batches', async () => {
  const { world, node, stranger } = scene
  expect(await refusal(world, committing({}, node))).toBe('WrongKey()')
  expect(await refusal(world, committing({}, stranger))).toBe('WrongKey()')
  await write(world, { abi: nodesAbi, to: ADDRESSES.nodes, name: 'rotateKey', args: [stranger.address], from: node.address })
  expect(await refusal(world, committing())).toBe('WrongKey()')
  await write(world, committing({}, stranger))
})

test('a malformed or malleated signature is refused', async () => {
  const { args, ...call } = committing()
  expect(await refusal(scene.world, { ...call, args: [args[0], highS(args[1])] })).toBe('BadSignature()')
  expect(await refusal(scene.world, { ...call, args: [args[0], '0x1234'] })).toBe('BadSignature()')
})

test('a leaving node may still anchor; one without bond may not', async () => {
  const { world, node } = scene
  expect(await refusal(world, committing({ node: scene.stranger.address }, scene.stranger))).toBe('NotBonded()')
  await write(world, { abi: nodesAbi, to: ADDRESSES.nodes, name: 'unbond', args: [], from: node.address })
  await write(world, committing())
  world.advance(7n * DAY)
  await write(world, { abi: nodesAbi, to: ADDRESSES.nodes, name: 'withdrawBond', args: [], from: node.address })
  expect(await refusal(world, committing({ sequence: 1n }))).toBe('NotBonded()')
})
