import { ADDRESSES, nodesAbi, settlementAbi, tillOf } from '@opengradient/contracts'
import { type Address, ZERO_ADDRESS } from '@opengradient/protocol'
import { beforeEach, expect, test } from 'vitest'
import { reenterer, reentererAbi, refuser } from './attackers.ts'
import { encode, eventsNamed, read, refusal, write } from './calls.ts'
import { BOND, createScene, DAY, makeEntry, OPG, registering, type Scene, settling, settlingMany, signReceipt } from './scenario.ts'

let scene: Scene
beforeEach(async () => {
  scene = await createScene()
})

const settlement = { abi: settlementAbi, to: ADDRESSES.settlement } as const
const credit = (account: Address) => read(scene.world, { ...settlement, name: 'credits', args: [account] })
const EARNED = (OPG * 88n) / 100n

test('a credit is paid once, in native OPG, to whom its owner says', async () => {
  const { world, node } = scene
  const cold: Address = '0x000000000000000000000000000000000000c01d'
  await write(world, settling(makeEntry(scene, { price: OPG })))
  const outcome = await write(world, { ...settlement, name: 'withdraw', args: [cold], from: node.address })
  expect(await world.balance(cold)).toBe(EARNED)
  expect(await credit(node.address)).toBe(0n)
  expect(eventsNamed(outcome, 'WithdrawnCredit')).toEqual([{ account: node.address, to: cold, amount: EARNED }])
  expect(await refusal(world, { ...settlement, name: 'withdraw', args: [cold], from: node.address })).toBe('NothingToWithdraw()')
})

test('nobody takes what is another’s', async () => {
  await write(scene.world, settling(makeEntry(scene)))
  expect(
    await refusal(scene.world, { ...settlement, name: 'withdraw', args: [scene.stranger.address], from: scene.stranger.address }),
  ).toBe('NothingToWithdraw()')
})

test('a credit cannot be thrown away: not to nobody, not into the wrapper', async () => {
  const { world, node } = scene
  await write(world, settling(makeEntry(scene)))
  const owed = await credit(node.address)
  for (const to of ['0x0000000000000000000000000000000000000000', ADDRESSES.wopg] as const) {
    const reason = await refusal(world, { ...settlement, name: 'withdraw', args: [to], from: node.address })
    expect(reason).toMatch(/ERC20InvalidReceiver|TransferFailed/)
    expect(await credit(node.address)).toBe(owed)
  }
})

test('a receiver that calls back in gets its credit once, whatever it tries from inside', async () => {
  const { world, key, stranger } = scene
  const attacker: Address = '0x00000000000000000000000000000000000a77ac'
  await world.setCode(attacker, reenterer)
  const contract = { abi: reentererAbi, to: attacker, from: stranger.address } as const
  const register = registering(attacker, key.address)
  await write(world, { ...contract, name: 'execute', args: [ADDRESSES.nodes, encode(register)], value: BOND })
  const earning = makeEntry(scene, { price: OPG, receipt: { node: attacker } })
  const pending = makeEntry(scene, { price: OPG, receipt: { node: attacker } })
  await write(world, settling(earning))

  const withdrawal = encode({ ...settlement, name: 'withdraw', args: [attacker] })
  const moving = encode({ ...settlement, name: 'move', args: [[], []] })
  const funding = encode({ ...settlement, name: 'fund', args: [attacker] })
  const other = { ...pending.receipt, price: OPG + 1n }
  const args = [pending.receipt, pending.signature, other, signReceipt(scene, other)] as const
  const equivocation = encode({ ...settlement, name: 'equivocation', args })
  for (const trick of [withdrawal, encode(settling(pending)), encode(settlingMany([pending])), moving, funding, equivocation]) {
    await world.undoing(async () => {
      await write(world, { ...contract, name: 'arm', args: [ADDRESSES.settlement, trick] })
      await write(world, { ...contract, name: 'execute', args: [ADDRESSES.settlement, withdrawal] })
      expect(await read(world, { ...contract, name: 'tries', args: [] })).toBe(1n)
      expect(await read(world, { ...contract, name: 'successes', args: [] })).toBe(0n)
      expect(await world.balance(attacker)).toBe(EARNED)
      expect(await credit(attacker)).toBe(0n)
    })
  }
})

test('a bond that comes back is paid once, whatever its owner tries from inside', async () => {
  const { world, key, stranger } = scene
  const attacker: Address = '0x00000000000000000000000000000000000a77ac'
  await world.setCode(attacker, reenterer)
  const contract = { abi: reentererAbi, to: attacker, from: stranger.address } as const
  const nodes = { abi: nodesAbi, to: ADDRESSES.nodes } as const
  await write(world, { ...contract, name: 'execute', args: [ADDRESSES.nodes, encode(registering(attacker, key.address))], value: BOND })
  await write(world, { ...contract, name: 'execute', args: [ADDRESSES.nodes, encode({ ...nodes, name: 'unbond', args: [] })] })
  world.advance(7n * DAY)
  const withdrawal = encode({ ...nodes, name: 'withdrawBond', args: [] })
  await write(world, { ...contract, name: 'arm', args: [ADDRESSES.nodes, withdrawal] })
  await write(world, { ...contract, name: 'execute', args: [ADDRESSES.nodes, withdrawal] })
  expect(await read(world, { ...contract, name: 'tries', args: [] })).toBe(1n)
  expect(await read(world, { ...contract, name: 'successes', args: [] })).toBe(0n)
  expect(await world.balance(attacker)).toBe(BOND)
  expect(await world.balance(ADDRESSES.nodes)).toBe(BOND)
})

test('a receiver that takes no money keeps its credit for another address', async () => {
  const { world, node } = scene
  const closed: Address = '0x000000000000000000000000000000000000c105'
  await world.setCode(closed, refuser)
  await write(world, settling(makeEntry(scene, { price: OPG })))
  expect(await refusal(world, { ...settlement, name: 'withdraw', args: [closed], from: node.address })).toBe('TransferFailed()')
  expect(await credit(node.address)).toBe(EARNED)
  await write(world, { ...settlement, name: 'withdraw', args: [node.address], from: node.address })
})

test('only the Timelock sets the fee, at most 10 %, and it counts from the next settlement', async () => {
  const { world } = scene
  for (const from of [scene.stranger.address, ADDRESSES.governor, ADDRESSES.treasury]) {
    expect(await refusal(world, { ...settlement, name: 'setFeeBps', args: [0], from })).toBe('OnlyTimelock()')
  }
  expect(await refusal(world, { ...settlement, name: 'setFeeBps', args: [1001], from: ADDRESSES.timelock })).toBe('FeeTooHigh()')
  const outcome = await write(world, { ...settlement, name: 'setFeeBps', args: [1000], from: ADDRESSES.timelock })
  expect(eventsNamed(outcome, 'FeeChanged')).toEqual([{ feeBps: 1000 }])
  await write(world, settling(makeEntry(scene, { price: OPG })))
  expect(await credit(ADDRESSES.treasury)).toBe(OPG / 20n)
})

test('only Nodes creates tills, and one a node', async () => {
  expect(
    await refusal(scene.world, { ...settlement, name: 'createTill', args: [scene.stranger.address], from: scene.stranger.address }),
  ).toBe('OnlyNodes()')
  const of = (account: Address) => read(scene.world, { ...settlement, name: 'tillOf', args: [account] })
  expect(await of(scene.stranger.address)).toBe(ZERO_ADDRESS)
  expect(await of(scene.node.address)).toBe(tillOf(scene.node.address))
  const again = await write(scene.world, { ...settlement, name: 'createTill', args: [scene.node.address], from: ADDRESSES.nodes })
  expect(again.logs).toEqual([])
})
