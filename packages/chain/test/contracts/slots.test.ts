import { ADDRESSES, heldPaymentsAbi, modelsAbi, nodesAbi, settlementAbi, stakingAbi, wopgAbi } from '@opengradient/contracts'
import * as slots from '@opengradient/contracts/slots'
import { type Address, batchHash, type Hex, receiptHash, signDigest } from '@opengradient/protocol'
import { beforeAll, describe, expect, test } from 'vitest'
import { read, write } from './calls.ts'
import { challenging, createHeldScene, heldOf, zkEntry } from './heldScene.ts'
import { createScene, DAY, type Entry, HOUR, hashOf, makeEntry, OPG, publishing, registering, type Scene, settling } from './scenario.ts'
import {
  createStakingWorld,
  delegating,
  doubleSigning,
  endBlock,
  joining,
  keyNamed,
  missing,
  missingTooMany,
  redelegating,
  rewarding,
  staking,
  undelegating,
} from './stakingWorld.ts'

// Every slot that a light client proves, against what the contract itself says.
let scene: Scene
let entry: Entry
const batch = { root: hashOf('root'), count: 3, total: 5n, sequence: 0n }
beforeAll(async () => {
  scene = await createScene()
  const { world, node, stranger } = scene
  entry = makeEntry(scene)
  await write(world, settling(entry))
  const nodes = { abi: nodesAbi, to: ADDRESSES.nodes, from: node.address } as const
  await write(world, { ...nodes, name: 'setEndpoint', args: [`https://${'long-'.repeat(12)}name.example`] })
  await write(world, { ...nodes, name: 'setPrice', args: [scene.modelId, 2, 2n ** 128n - 1n, true] })
  world.advance(HOUR)
  await write(world, { ...nodes, name: 'setPrice', args: [scene.modelId, 2, 77n, true] })
  const signed = { node: node.address, ...batch }
  await write(world, {
    abi: settlementAbi,
    to: ADDRESSES.settlement,
    name: 'commit',
    args: [signed, signDigest(batchHash(signed, world.domain), scene.key.privateKey)],
  })
  await write(world, publishing(scene.author.address, { name: 'bob/tuned', manifestHash: hashOf('second') }))
  await write(world, { abi: modelsAbi, to: ADDRESSES.models, name: 'withdraw', args: ['bob/tuned', 2], from: scene.author.address })
  await write(world, registering(stranger.address, scene.payer.address))
  await write(world, { ...nodes, name: 'rotateKey', args: [scene.author.address] })
  world.advance(DAY)
  await write(world, { ...nodes, name: 'unbond', args: [] })
})

const words = (contract: Address, wanted: readonly Hex[]) => Promise.all(wanted.map((slot) => scene.world.storage(contract, slot)))
const inNodes = (wanted: readonly Hex[]) => words(ADDRESSES.nodes, wanted)
const inModels = (wanted: readonly Hex[]) => words(ADDRESSES.models, wanted)
const inSettlement = (wanted: readonly Hex[]) => words(ADDRESSES.settlement, wanted)

async function text(contract: Address, slot: Hex): Promise<string> {
  const [head = 0n] = await words(contract, [slot])
  return slots.decodeString(head, await words(contract, slots.stringSlots(BigInt(slot), head)))
}

describe('Nodes', () => {
  const nodes = { abi: nodesAbi, to: ADDRESSES.nodes } as const

  test('a node, with a long endpoint and with a short one', async () => {
    for (const { address } of [scene.node, scene.stranger]) {
      const place = slots.nodeSlots(address)
      const { endpoint, ...rest } = await read(scene.world, { ...nodes, name: 'node', args: [address] })
      expect(slots.decodeNode(await inNodes(place))).toEqual(rest)
      expect(await text(ADDRESSES.nodes, place[2]!)).toBe(endpoint)
    }
    expect(slots.decodeNode(await inNodes(slots.nodeSlots(scene.payer.address))).registeredAt).toBe(0n)
  })

  test('the interval of a retired key, of a live one, and of none', async () => {
    for (const key of [scene.key, scene.author, scene.payer]) {
      const [from, until] = await read(scene.world, { ...nodes, name: 'keyInterval', args: [scene.node.address, key.address] })
      const [word = 0n] = await inNodes([slots.keySlot(scene.node.address, key.address)])
      expect(slots.decodeKey(word)).toEqual({ from, until })
    }
  })

  test('a price and who serves', async () => {
    const price = await read(scene.world, { ...nodes, name: 'price', args: [scene.node.address, scene.modelId, 2] })
    expect(price).toMatchObject({ amount: 77n, previous: 2n ** 128n - 1n, active: true })
    expect(slots.decodePrice(await inNodes(slots.priceSlots(scene.node.address, scene.modelId, 2)))).toEqual(price)
    expect(await inNodes([slots.servingCountSlot(scene.modelId), slots.servingSlot(scene.modelId, 0)])).toEqual([
      1n,
      BigInt(scene.node.address),
    ])
  })
})

describe('Models', () => {
  const models = { abi: modelsAbi, to: ADDRESSES.models } as const

  test('a model and its parent', async () => {
    for (const id of [scene.modelId, scene.parentId]) {
      const model = await read(scene.world, { ...models, name: 'model', args: [id] })
      expect(slots.decodeModel(await inModels(slots.modelSlots(id)))).toEqual(model)
    }
  })

  test('the versions of a name', async () => {
    expect(await inModels([slots.versionCountSlot('bob/tuned'), slots.versionCountSlot('bob/none')])).toEqual([2n, 0n])
    for (const version of [1, 2]) {
      const [modelId, withdrawn] = await read(scene.world, { ...models, name: 'versionAt', args: ['bob/tuned', version] })
      expect(slots.decodeVersion(await inModels(slots.versionSlots('bob/tuned', version)))).toEqual({ modelId, withdrawn })
    }
  })

  test('the integer model that proofs are about', async () => {
    const id = hashOf('integer model')
    await write(scene.world, { ...models, name: 'commitZk', args: [scene.modelId, id], from: scene.author.address })
    expect(await inModels([slots.zkModelSlot(scene.modelId), slots.zkModelSlot(scene.parentId)])).toEqual([BigInt(id), 0n])
  })
})

test('Settlement: a settled payment, a credit, a batch', async () => {
  expect(await inSettlement([slots.settledSlot(entry.receipt.paymentId)])).toEqual([BigInt(receiptHash(entry.receipt, scene.world.domain))])
  expect(await inSettlement([slots.creditSlot(ADDRESSES.treasury)])).toEqual([entry.receipt.price / 100n])
  expect(await inSettlement([slots.nextSequenceSlot(scene.node.address)])).toEqual([1n])
  const onChain = await read(scene.world, { abi: settlementAbi, to: ADDRESSES.settlement, name: 'batches', args: [scene.node.address, 0n] })
  expect(slots.decodeBatch(await inSettlement(slots.batchSlots(scene.node.address, 0n)))).toEqual(onChain)
})

test('HeldPayments: where a payment is, and what the bond answers for', async () => {
  const world = await createHeldScene()
  const entry = zkEntry(world, { price: OPG })
  await write(world.world, settling(entry))
  await write(world.world, challenging(entry.receipt, 10n ** 17n))
  const held = { abi: heldPaymentsAbi, to: ADDRESSES.heldPayments } as const
  const { status, ...rest } = await read(world.world, { ...held, name: 'held', args: [entry.receipt.paymentId] })
  expect(await heldOf(world.world, entry.receipt)).toEqual({ ...rest, status: 'challenged' })
  expect(status).toBe(2)
  const penalties = await read(world.world, { ...held, name: 'penalties', args: [world.node.address] })
  expect(await world.world.storage(ADDRESSES.heldPayments, slots.penaltiesSlot(world.node.address))).toBe(penalties)
  expect((await heldOf(world.world, makeEntry(world).receipt)).status).toBe('none')
})

test('WOPG: a balance and a nonce', async () => {
  const wopg = { abi: wopgAbi, to: ADDRESSES.wopg } as const
  const balance = await read(scene.world, { ...wopg, name: 'balanceOf', args: [scene.payer.address] })
  expect(balance).toBe(1_000n * OPG - entry.receipt.price)
  const places = [slots.wopgBalanceSlot(scene.payer.address), slots.wopgNonceSlot(scene.payer.address, entry.payment.nonce)]
  expect(await words(ADDRESSES.wopg, places)).toEqual([balance, 1n])
  expect(await words(ADDRESSES.wopg, [slots.wopgNonceSlot(scene.payer.address, hashOf('unused'))])).toEqual([0n])
})

test('Staking: who used a consensus key, and how many are in the set', async () => {
  const { world, accounts } = await createStakingWorld(2)
  const secp256k1 = '0x0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798'
  await write(world, joining(accounts[0]!, keyNamed('first')))
  await write(world, joining(accounts[1]!, secp256k1))
  await endBlock(world)
  const ownerAt = async (id: Hex) => slots.decodeKeyOwner(await world.storage(ADDRESSES.staking, slots.keyOwnerSlot(id)))
  for (const [i, key] of [keyNamed('first'), secp256k1].entries()) {
    const id = await read(world, { abi: stakingAbi, to: ADDRESSES.staking, name: 'consensusAddressOf', args: [key as Hex] })
    expect(await ownerAt(id)).toBe(accounts[i])
  }
  expect(await ownerAt(`0x${'11'.repeat(20)}`)).toBeUndefined()
  expect(await world.storage(ADDRESSES.staking, slots.memberCountSlot)).toBe(2n)
})

test('Staking: what an account has in a validator that was slashed, in one that it moved stake to, and in none', async () => {
  const { world, accounts } = await createStakingWorld(3)
  const [first, second, delegator] = accounts as [Address, Address, Address]
  await write(world, joining(first, keyNamed('first')))
  await write(world, joining(second, keyNamed('second')))
  await write(world, delegating(delegator, first, 1_000n * OPG))
  for (const part of [30n, 7n]) await write(world, redelegating(delegator, first, second, part * OPG))
  await write(world, await doubleSigning(world, first, 1n))
  const stored = (wanted: readonly Hex[]) => Promise.all(wanted.map((slot) => world.storage(ADDRESSES.staking, slot)))
  for (const validator of accounts) {
    const { shares, poolTokens, poolShares, moves } = slots.decodeStake(await stored(slots.stakeSlots(delegator, validator)))
    const [expected, tokens] = await read(world, { ...staking, name: 'stakeOf', args: [delegator, validator] })
    expect([shares, poolShares === 0n ? 0n : (shares * poolTokens) / poolShares]).toEqual([expected, tokens])
    const found = (await stored(slots.moveSlots(delegator, validator, moves))).map(slots.decodeMove)
    const bound = await read(world, { ...staking, name: 'movesOf', args: [delegator, validator] })
    expect(found).toEqual(bound.map((move) => ({ shares: move.shares, until: move.until })))
  }
  expect(slots.decodeStake(await stored(slots.stakeSlots(delegator, second))).moves).toBe(2)
})

test('Staking: validators, what they and others earned, and what leaves them', async () => {
  const { world, accounts } = await createStakingWorld(4)
  const [first, second, third, delegator] = accounts as [Address, Address, Address, Address]
  const secp256k1 = '0x0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798'
  await write(world, joining(first, keyNamed('first'), 10_000n * OPG, 1_234))
  await write(world, joining(second, secp256k1))
  await write(world, joining(third, keyNamed('third')))
  await endBlock(world)
  await write(world, delegating(delegator, first, 1_000n * OPG + 1n))
  await write(world, rewarding(first, 77n * OPG + 7n))
  await write(world, undelegating(delegator, first, 100n * OPG))
  await write(world, await doubleSigning(world, first, 1n))
  await write(world, undelegating(delegator, first, 50n * OPG))
  await write(world, await missing(world, second, 17))
  await write(world, await missingTooMany(world, third))
  const stored = (wanted: readonly Hex[]) => Promise.all(wanted.map((slot) => world.storage(ADDRESSES.staking, slot)))
  const one = async (slot: Hex) => world.storage(ADDRESSES.staking, slot)

  expect(await one(slots.validatorCountSlot)).toBe(3n)
  for (const [index, validator] of [first, second, third].entries()) {
    expect(await one(slots.validatorAtSlot(index))).toBe(BigInt(validator))
    const record = slots.decodeValidator(await stored(slots.validatorSlots(validator)))
    const { key, ...found } = await read(world, { ...staking, name: 'validatorOf', args: [validator] })
    const { consensusAddress, tokens, commissionBps, registeredAt, jailed, jailedUntil, tombstoned } = found
    const said = { consensusAddress, tokens, commissionBps, registeredAt, jailed, jailedUntil, tombstoned, placed: !jailed }
    expect(record).toMatchObject(said)
    expect(record.commission).toBe(await read(world, { ...staking, name: 'commissionOf', args: [validator] }))
    expect(record.absence.inWindow).toBe(await read(world, { ...staking, name: 'missedOf', args: [validator] }))
    expect(slots.decodeConsensusKey(await stored(slots.consensusKeySlots(record.consensusAddress)))).toBe(key)
    for (const account of [validator, delegator]) {
      const earned = slots.decodeEarned(await stored(slots.earningSlots(account, validator)), record.perShare)
      expect(earned).toBe(await read(world, { ...staking, name: 'rewardOf', args: [account, validator] }))
    }
  }
  expect(await one(slots.unbondingCountSlot(delegator))).toBe(2n)
  for (const id of [0, 1]) {
    const [entry] = await read(world, { ...staking, name: 'unbondingAt', args: [delegator, BigInt(id)] })
    const found = slots.decodeUnbonding(await stored(slots.unbondingSlots(delegator, id)))
    expect(found).toEqual({ ...entry, validator: first, slashes: Number(entry.slashes) })
  }
  expect(await one(slots.slashCountSlot(first))).toBe(1n)
  expect(slots.decodeSlash(await one(slots.slashSlot(first, 0)))).toMatchObject({ height: 1n, bps: 500n })
})
