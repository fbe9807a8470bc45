import { ADDRESSES, nodesAbi } from '@opengradient/contracts'
import { type Address, devAccount, type Hex } from '@opengradient/protocol'
import { beforeEach, expect, test } from 'vitest'
import { eventsNamed, read, refusal, write } from './calls.ts'
import { createScene, DAY, HOUR, hashOf, registering, type Scene } from './scenario.ts'

let scene: Scene
beforeEach(async () => {
  scene = await createScene()
})

const nodes = { abi: nodesAbi, to: ADDRESSES.nodes } as const

interface Offer {
  readonly price: bigint
  readonly unit?: number
  readonly active?: boolean
  readonly modelId?: Hex
  readonly from?: Address
}

function offering({ price, unit = 0, active = true, modelId = scene.modelId, from = scene.node.address }: Offer) {
  return { ...nodes, name: 'setPrice', args: [modelId, unit, price, active], from } as const
}

const priceOf = (unit = 0) => read(scene.world, { ...nodes, name: 'price', args: [scene.node.address, scene.modelId, unit] })
const serving = (offset = 0n, limit = 100n) => read(scene.world, { ...nodes, name: 'serving', args: [scene.modelId, offset, limit] })

test('a first price counts at once', async () => {
  const outcome = await write(scene.world, offering({ price: 7n }))
  expect(await priceOf()).toEqual({ amount: 7n, since: scene.world.now(), active: true, previous: 0n })
  expect(eventsNamed(outcome, 'PriceChanged')).toEqual([
    { node: scene.node.address, modelId: scene.modelId, unit: 0, price: 7n, active: true },
  ])
})

test('an amount holds for an hour, and the one before stays known', async () => {
  const { world } = scene
  await write(world, offering({ price: 7n }))
  const since = world.now()
  world.advance(HOUR - 1n)
  expect(await refusal(world, offering({ price: 8n }))).toBe(`PriceTooFresh(${since + HOUR})`)
  expect(await refusal(world, offering({ price: 8n, active: false }))).toBe(`PriceTooFresh(${since + HOUR})`)
  world.advance(1)
  await write(world, offering({ price: 8n }))
  expect(await priceOf()).toEqual({ amount: 8n, since: world.now(), active: true, previous: 7n })
})

test('a first price of zero holds for an hour, too', async () => {
  await write(scene.world, offering({ price: 0n }))
  expect(await refusal(scene.world, offering({ price: 1n }))).toContain('PriceTooFresh')
})

test('stopping and resuming at the same amount is possible at any time and dates nothing anew', async () => {
  const { world } = scene
  await write(world, offering({ price: 7n }))
  const since = world.now()
  world.advance(60)
  await write(world, offering({ price: 7n, active: false }))
  expect(await priceOf()).toEqual({ amount: 7n, since, active: false, previous: 0n })
  await write(world, offering({ price: 7n }))
  expect(await priceOf()).toEqual({ amount: 7n, since, active: true, previous: 0n })
})

test('units have prices of their own, and there are four of them', async () => {
  for (const unit of [0, 1, 2, 3]) await write(scene.world, offering({ price: BigInt(unit), unit }))
  expect((await priceOf(3)).amount).toBe(3n)
  expect(await refusal(scene.world, offering({ price: 1n, unit: 4 }))).toBe('BadUnit()')
})

test('only published models have prices', async () => {
  expect(await refusal(scene.world, offering({ price: 1n, modelId: hashOf('unknown') }))).toBe('UnknownModel()')
})

test('a leaving node may stop but not offer', async () => {
  const { world, node } = scene
  await write(world, offering({ price: 1n }))
  await write(world, { ...nodes, name: 'unbond', args: [], from: node.address })
  expect(await refusal(world, offering({ price: 1n }))).toBe('IsUnbonding()')
  await write(world, offering({ price: 1n, active: false }))
  expect(await serving()).toEqual([])
})

test('a node is listed for a model while any of its units has an active price', async () => {
  const { world, node } = scene
  expect(await serving()).toEqual([])
  await write(world, offering({ price: 1n, unit: 2 }))
  await write(world, offering({ price: 1n, unit: 3 }))
  expect(await serving()).toEqual([node.address])
  await write(world, offering({ price: 1n, unit: 2, active: false }))
  expect(await serving()).toEqual([node.address])
  await write(world, offering({ price: 1n, unit: 3, active: false }))
  expect(await serving()).toEqual([])
  await write(world, offering({ price: 1n, unit: 3, active: false }))
  expect(await serving()).toEqual([])
})

test('a node that leaves or has left is taken out of the list by anybody, one that stays by nobody', async () => {
  const { world, node, stranger } = scene
  const unlisting = (account = node.address) =>
    ({ ...nodes, name: 'unlist', args: [scene.modelId, account], from: stranger.address }) as const
  for (const unit of [0, 3]) await write(world, offering({ price: 7n, unit }))
  expect(await refusal(world, unlisting())).toBe('StillThere()')
  expect(await refusal(world, unlisting(stranger.address))).toBe('NotListed()')
  await write(world, { ...nodes, name: 'unbond', args: [], from: node.address })
  const leaving = await world.undoing(async () => {
    await write(world, unlisting())
    return serving()
  })
  expect(leaving).toEqual([])
  world.advance(7n * DAY)
  await write(world, { ...nodes, name: 'withdrawBond', args: [], from: node.address })
  expect(await refusal(world, offering({ price: 7n, active: false }))).toBe('NotRegistered()')
  expect(await serving()).toEqual([node.address])
  const outcome = await write(world, unlisting())
  const ended = { node: node.address, modelId: scene.modelId, price: 7n, active: false }
  expect(eventsNamed(outcome, 'PriceChanged')).toEqual([0, 3].map((unit) => ({ ...ended, unit })))
  expect(await serving()).toEqual([])
  expect(await priceOf()).toMatchObject({ amount: 7n, active: false })
  expect(await refusal(world, unlisting())).toBe('NotListed()')
  await write(world, registering(node.address, devAccount(world.chainId, 63).address))
  expect(await refusal(world, unlisting())).toBe('StillThere()')
  await write(world, offering({ price: 7n }))
  expect(await serving()).toEqual([node.address])
})

test('a node whose bond penalties took below 10,000 OPG offers nothing more, and anybody takes it out of the list until its bond is whole', async () => {
  const { world, node, stranger } = scene
  const unlisting = { ...nodes, name: 'unlist', args: [scene.modelId, node.address], from: stranger.address } as const
  await write(world, offering({ price: 7n }))
  // It pays itself, and keeps its place with half of the bond.
  await write(world, { ...nodes, name: 'penalise', args: [node.address, 1n, node.address], from: ADDRESSES.heldPayments })
  expect(await refusal(world, offering({ price: 7n, unit: 1 }))).toBe('BondTooSmall()')
  await write(world, unlisting)
  expect(await serving()).toEqual([])
  expect(await refusal(world, offering({ price: 7n }))).toBe('BondTooSmall()')
  await write(world, offering({ price: 7n, active: false }))
  await write(world, { ...nodes, name: 'addBond', args: [], from: node.address, value: 1n })
  await write(world, offering({ price: 7n }))
  expect(await serving()).toEqual([node.address])
  expect(await refusal(world, unlisting)).toBe('StillThere()')
})

test('the list of a model is read in pages and stays whole when one leaves it', async () => {
  const { world, stranger, payer, node } = scene
  const all = [node.address, stranger.address, payer.address]
  await write(world, registering(stranger.address, devAccount(world.chainId, 61).address))
  await write(world, registering(payer.address, devAccount(world.chainId, 62).address))
  for (const from of all) await write(world, offering({ price: 1n, from }))
  expect(await serving()).toEqual(all)
  expect(await serving(1n, 1n)).toEqual([all[1]])
  expect(await serving(2n, 2n ** 256n - 1n)).toEqual([all[2]])
  expect(await serving(3n)).toEqual([])
  expect(await serving(2n ** 256n - 1n, 2n ** 256n - 1n)).toEqual([])
  expect(await serving(0n, 0n)).toEqual([])
  await write(world, offering({ price: 1n, from: all[0]!, active: false }))
  expect([...(await serving())].sort()).toEqual([all[1]!, all[2]!].sort())
  await write(world, offering({ price: 1n, from: all[2]!, active: false }))
  await write(world, offering({ price: 1n, from: all[1]!, active: false }))
  expect(await serving()).toEqual([])
})
