import { ADDRESSES, nodesAbi, settlementAbi, tillOf } from '@opengradient/contracts'
import { type Address, devAccount, ZERO_ADDRESS } from '@opengradient/protocol'
import { beforeEach, describe, expect, test } from 'vitest'
import { refuser } from './attackers.ts'
import { eventsNamed, read, refusal, write } from './calls.ts'
import { BOND, createScene, DAY, OPG, registering, type Scene } from './scenario.ts'

let scene: Scene
let node: Address
let fresh: Address
beforeEach(async () => {
  scene = await createScene()
  node = scene.node.address
  fresh = devAccount(scene.world.chainId, 60).address
})

const nodes = { abi: nodesAbi, to: ADDRESSES.nodes } as const
const nodeOf = (account: Address) => read(scene.world, { ...nodes, name: 'node', args: [account] })
const active = (account: Address) => read(scene.world, { ...nodes, name: 'isActive', args: [account] })
const unbonding = { ...nodes, name: 'unbond', args: [] } as const
const withdrawing = { ...nodes, name: 'withdrawBond', args: [] } as const

describe('registering', () => {
  test('bonds the value sent, starts the key and creates the till', async () => {
    const { world, stranger } = scene
    const outcome = await write(world, registering(stranger.address, fresh, BOND + 5n))
    expect(await nodeOf(stranger.address)).toEqual({
      bond: BOND + 5n,
      registeredAt: world.now(),
      unbondingAt: 0n,
      roles: 1,
      receiptKey: fresh,
      slashedAt: 0n,
      endpoint: 'https://node.example',
    })
    expect(await read(world, { ...nodes, name: 'keyInterval', args: [stranger.address, fresh] })).toEqual([world.now(), 0n])
    expect(await active(stranger.address)).toBe(true)
    const till = tillOf(stranger.address)
    expect(eventsNamed(outcome, 'Registered')).toEqual([
      { node: stranger.address, endpoint: 'https://node.example', receiptKey: fresh, roles: 1, bond: BOND + 5n },
    ])
    expect(eventsNamed(outcome, 'TillCreated')).toEqual([{ node: stranger.address, till }])
    expect(await read(world, { abi: settlementAbi, to: ADDRESSES.settlement, name: 'isTill', args: [till] })).toBe(true)
    expect(await read(world, { abi: settlementAbi, to: ADDRESSES.settlement, name: 'tillOf', args: [stranger.address] })).toBe(till)
    // EIP-1167: the clone only forwards to the implementation.
    expect(await world.code(till)).toBe(`0x363d3d373d3d3d363d73${ADDRESSES.tillImplementation.slice(2)}5af43d82803e903d91602b57fd5bf3`)
  })

  test('puts the account on the list once', async () => {
    const { world } = scene
    await write(world, registering(scene.stranger.address, fresh))
    expect(await read(world, { ...nodes, name: 'nodeCount', args: [] })).toBe(2n)
    expect(await read(world, { ...nodes, name: 'nodeAt', args: [1n] })).toBe(scene.stranger.address)
  })

  test('needs 10,000 OPG, to the wei', async () => {
    expect(await refusal(scene.world, registering(scene.stranger.address, fresh, BOND - 1n))).toBe('BondTooSmall()')
    await write(scene.world, registering(scene.stranger.address, fresh, BOND))
  })

  test('is not possible twice', async () => {
    expect(await refusal(scene.world, registering(node, fresh))).toBe('AlreadyRegistered()')
    await write(scene.world, { ...unbonding, from: node })
    expect(await refusal(scene.world, registering(node, fresh))).toBe('AlreadyRegistered()')
  })

  test('needs a key of its own: not nobody’s, not the account itself', async () => {
    expect(await refusal(scene.world, registering(scene.stranger.address, ZERO_ADDRESS))).toBe('BadKey()')
    expect(await refusal(scene.world, registering(scene.stranger.address, scene.stranger.address))).toBe('BadKey()')
  })

  test('does not stop another node that uses the same key: squatting a key gains nothing', async () => {
    await write(scene.world, registering(scene.stranger.address, scene.key.address))
  })

  test('needs a role that exists', async () => {
    const { args, ...call } = registering(scene.stranger.address, fresh)
    for (const roles of [0, 8, 255]) expect(await refusal(scene.world, { ...call, args: [args[0], args[1], roles] })).toBe('BadRoles()')
    await write(scene.world, { ...call, args: [args[0], args[1], 7] })
  })

  test('needs an endpoint of printable ASCII, at most 255 bytes', async () => {
    const { args, ...call } = registering(scene.stranger.address, fresh)
    for (const endpoint of ['', 'x'.repeat(256), 'https://a b', 'https://a\n', 'https://a\u001b[2J', 'https://ä', '\u007f']) {
      expect(await refusal(scene.world, { ...call, args: [endpoint, args[1], 1] }), endpoint).toBe('BadEndpoint()')
    }
    await write(scene.world, { ...call, args: ['x'.repeat(255), args[1], 1] })
  })
})

describe('receipt keys', () => {
  const rotating = (key: Address) => ({ ...nodes, name: 'rotateKey', args: [key], from: node }) as const
  const liveAt = (key: Address, time: bigint) => read(scene.world, { ...nodes, name: 'keyLiveAt', args: [node, key, time] })

  test('follow one another: where one ends the next begins', async () => {
    const { world, key } = scene
    const from = world.now()
    world.advance(100)
    const outcome = await write(world, rotating(fresh))
    const turn = world.now()
    expect(await read(world, { ...nodes, name: 'keyInterval', args: [node, key.address] })).toEqual([from, turn])
    expect(await read(world, { ...nodes, name: 'keyInterval', args: [node, fresh] })).toEqual([turn, 0n])
    expect([await liveAt(key.address, from - 1n), await liveAt(key.address, from), await liveAt(key.address, turn - 1n)]).toEqual([
      false,
      true,
      true,
    ])
    expect([await liveAt(key.address, turn), await liveAt(fresh, turn - 1n), await liveAt(fresh, turn)]).toEqual([false, false, true])
    expect(await liveAt(scene.stranger.address, turn)).toBe(false)
    expect((await nodeOf(node)).receiptKey).toBe(fresh)
    expect(eventsNamed(outcome, 'KeyRotated')).toEqual([{ node, oldKey: key.address, newKey: fresh }])
  })

  test('never come back', async () => {
    await write(scene.world, rotating(fresh))
    for (const key of [fresh, scene.key.address, ZERO_ADDRESS, node]) expect(await refusal(scene.world, rotating(key))).toBe('BadKey()')
  })

  test('can be changed while leaving, since a stolen key is still dangerous', async () => {
    await write(scene.world, { ...unbonding, from: node })
    await write(scene.world, rotating(fresh))
  })
})

describe('the bond', () => {
  test('grows with addBond, not while leaving', async () => {
    const { world } = scene
    const adding = { ...nodes, name: 'addBond', args: [], from: node, value: 3n * OPG } as const
    const outcome = await write(world, adding)
    expect((await nodeOf(node)).bond).toBe(BOND + 3n * OPG)
    expect(eventsNamed(outcome, 'BondAdded')).toEqual([{ node, amount: 3n * OPG, bond: BOND + 3n * OPG }])
    await write(world, { ...unbonding, from: node })
    expect(await refusal(world, adding)).toBe('IsUnbonding()')
  })

  test('comes back whole, 7 days after the announcement and not before', async () => {
    const { world } = scene
    const before = await world.balance(node)
    const announced = world.now()
    const outcome = await write(world, { ...unbonding, from: node })
    expect(eventsNamed(outcome, 'Unbonding')).toEqual([{ node, until: announced + 7n * DAY }])
    expect(await active(node)).toBe(false)
    expect((await nodeOf(node)).unbondingAt).toBe(announced)
    world.advance(7n * DAY - 1n)
    expect(await refusal(world, { ...withdrawing, from: node })).toBe(`StillBonded(${announced + 7n * DAY})`)
    world.advance(1)
    const paid = await write(world, { ...withdrawing, from: node })
    expect(eventsNamed(paid, 'BondWithdrawn')).toEqual([{ node, amount: BOND }])
    expect(await world.balance(node)).toBe(before + BOND)
    expect(await world.balance(ADDRESSES.nodes)).toBe(0n)
    expect(await refusal(world, { ...withdrawing, from: node })).toBe('NotRegistered()')
  })

  test('stays where it is when its owner takes no money', async () => {
    const { world } = scene
    await write(world, { ...unbonding, from: node })
    world.advance(7n * DAY)
    await world.setCode(node, refuser)
    expect(await refusal(world, { ...withdrawing, from: node })).toBe('TransferFailed()')
    expect((await nodeOf(node)).bond).toBe(BOND)
  })

  test('cannot be announced twice, nor taken out unannounced', async () => {
    expect(await refusal(scene.world, { ...withdrawing, from: node })).toBe('NotUnbonding()')
    await write(scene.world, { ...unbonding, from: node })
    expect(await refusal(scene.world, { ...unbonding, from: node })).toBe('IsUnbonding()')
  })

  test('of a node that comes back starts anew, in the same till, with a new key', async () => {
    const { world } = scene
    await write(world, { ...unbonding, from: node })
    world.advance(7n * DAY)
    await write(world, { ...withdrawing, from: node })
    expect(await read(world, { ...nodes, name: 'keyLiveAt', args: [node, scene.key.address, world.now()] })).toBe(false)
    expect(await refusal(world, registering(node, scene.key.address))).toBe('BadKey()')
    const outcome = await write(world, registering(node, fresh))
    expect(eventsNamed(outcome, 'TillCreated')).toEqual([])
    expect(await active(node)).toBe(true)
    expect(await read(world, { ...nodes, name: 'nodeCount', args: [] })).toBe(1n)
  })

  test('has no back door: plain transfers are refused', async () => {
    for (const to of [ADDRESSES.nodes, ADDRESSES.settlement, ADDRESSES.models, ADDRESSES.vesting, ADDRESSES.history]) {
      expect((await scene.world.send({ from: scene.stranger.address, to, value: 1n })).ok).toBe(false)
    }
  })
})

test('an endpoint is changed by its node, under the same rules', async () => {
  const { world } = scene
  const changing = (endpoint: string, from = node) => ({ ...nodes, name: 'setEndpoint', args: [endpoint], from }) as const
  const outcome = await write(world, changing('https://new.example:8410'))
  expect(eventsNamed(outcome, 'EndpointChanged')).toEqual([{ node, endpoint: 'https://new.example:8410' }])
  expect((await nodeOf(node)).endpoint).toBe('https://new.example:8410')
  expect(await refusal(world, changing(''))).toBe('BadEndpoint()')
  expect(await refusal(world, changing('https://x', scene.stranger.address))).toBe('NotRegistered()')
})

test('an account that is no node can do nothing', async () => {
  const from = scene.stranger.address
  for (const call of [
    { ...nodes, name: 'rotateKey', args: [fresh] },
    { ...nodes, name: 'addBond', args: [], value: OPG },
    { ...nodes, name: 'setPrice', args: [scene.modelId, 0, 1n, true] },
    { ...nodes, name: 'setPrice', args: [scene.modelId, 0, 1n, false] },
    { ...nodes, name: 'unbond', args: [] },
    { ...nodes, name: 'withdrawBond', args: [] },
  ] as const) {
    expect(await refusal(scene.world, { ...call, from } as Parameters<typeof refusal>[1])).toBe('NotRegistered()')
  }
})
