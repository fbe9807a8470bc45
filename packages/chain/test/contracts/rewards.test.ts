import { ADDRESSES, rewardsAbi, SYSTEM_CALLER, settlementAbi, wopgAbi } from '@opengradient/contracts'
import type { Address } from '@opengradient/protocol'
import { describe, expect, test } from 'vitest'
import { refuser } from './attackers.ts'
import { read, refusal, write } from './calls.ts'
import { BENEFICIARIES, createWorld, type World } from './harness.ts'
import { DAY, OPG } from './scenario.ts'
import {
  createStakingWorld,
  delegating,
  doubleSigning,
  joining,
  keyNamed,
  MAX_MISSED,
  missing,
  SELF_BOND,
  staking,
  undelegating,
} from './stakingWorld.ts'

const FUNDS = 1_000_000n * OPG
const endBlock = { abi: rewardsAbi, to: ADDRESSES.rewards, name: 'endBlock', args: [], from: SYSTEM_CALLER } as const
const held = (world: World) => world.balance(ADDRESSES.rewards)
const owed = (world: World) => read(world, { ...staking, name: 'totalRewards', args: [] })
const mineTo = (world: World, height: bigint) => world.mine(height - world.height())

/** Two validators, one with twice the stake of the other, and something in `Rewards`. */
async function twoValidators(funds = FUNDS): Promise<{ world: World; alice: Address; bob: Address }> {
  const { world, accounts } = await createStakingWorld(2, funds)
  const [alice, bob] = accounts as [Address, Address]
  await write(world, joining(alice, keyNamed('alice')))
  await write(world, joining(bob, keyNamed('bob'), 2n * SELF_BOND))
  return { world, alice, bob }
}

describe('what is in Rewards', () => {
  test('is paid by the executor alone', async () => {
    const { world, alice } = await twoValidators()
    mineTo(world, 99n)
    for (const from of [alice, ADDRESSES.timelock, ADDRESSES.staking, ADDRESSES.rewards]) {
      expect(await refusal(world, { ...endBlock, from })).toBe('OnlySystemCaller()')
    }
  })

  test('is paid in the last block of a hundred, by power, and the wei that cannot be divided stays', async () => {
    const { world, alice, bob } = await twoValidators()
    const earned = (validator: Address) => read(world, { ...staking, name: 'rewardOf', args: [validator, validator] })
    for (const height of [1n, 98n, 100n]) {
      mineTo(world, height)
      await write(world, endBlock)
      expect(await held(world)).toBe(FUNDS)
    }
    mineTo(world, 199n)
    await write(world, endBlock)
    expect(await held(world)).toBe(FUNDS % 3n)
    expect(await owed(world)).toBe(FUNDS - (FUNDS % 3n))
    expect([FUNDS / 3n, FUNDS / 3n - 1n]).toContain(await earned(alice))
    expect([(2n * FUNDS) / 3n, (2n * FUNDS) / 3n - 1n]).toContain(await earned(bob))
  })

  test("has the half of the protocol's fees in it that is the stakers': their credit in Settlement does not stay there for ever", async () => {
    const { world, alice } = await twoValidators()
    const settlement = { abi: settlementAbi, to: ADDRESSES.settlement } as const
    const credit = () => read(world, { ...settlement, name: 'credits', args: [ADDRESSES.rewards] })
    await write(world, { ...settlement, name: 'fund', args: [ADDRESSES.rewards], from: alice, value: 6n * OPG })
    mineTo(world, 98n)
    await write(world, endBlock)
    expect(await credit()).toBe(6n * OPG)
    mineTo(world, 99n)
    await write(world, endBlock)
    expect(await credit()).toBe(0n)
    expect((await owed(world)) + (await held(world))).toBe(FUNDS + 6n * OPG)
    expect(await read(world, { abi: wopgAbi, to: ADDRESSES.wopg, name: 'balanceOf', args: [ADDRESSES.settlement] })).toBe(0n)
  })

  test('is paid even if Settlement gives nothing out', async () => {
    const { world, alice } = await twoValidators()
    await write(world, { abi: settlementAbi, to: ADDRESSES.settlement, name: 'fund', args: [ADDRESSES.rewards], from: alice, value: OPG })
    await world.setCode(ADDRESSES.wopg, refuser)
    mineTo(world, 99n)
    await write(world, endBlock)
    expect((await owed(world)) + (await held(world))).toBe(FUNDS)
  })

  test('is less for who was absent, nothing for who is jailed, and more for the others', async () => {
    const { world, alice, bob } = await twoValidators()
    mineTo(world, 150n)
    await write(world, await missing(world, bob, 50))
    mineTo(world, 199n)
    await write(world, endBlock)
    const paid = await owed(world)
    expect(await read(world, { ...staking, name: 'payees', args: [] })).toEqual([
      [alice, bob],
      [10_000n * 100n, 20_000n * 50n],
    ])
    mineTo(world, 200n)
    expect((await read(world, { ...staking, name: 'payees', args: [] }))[1]).toEqual([10_000n * 100n, 20_000n * 100n])
    await write(world, delegating(alice, alice, OPG))
    await write(world, await doubleSigning(world, bob, 199n))
    await world.send({ from: alice, to: ADDRESSES.rewards, value: 7n })
    const left = await held(world)
    mineTo(world, 299n)
    await write(world, endBlock)
    expect((await owed(world)) - paid).toBe(left)
    expect(await held(world)).toBe(0n)
  })

  test('is nothing for who leaves the set and comes back for the payment, so that it never has to sign', async () => {
    const { world, alice, bob } = await twoValidators()
    const payees = () => read(world, { ...staking, name: 'payees', args: [] })
    mineTo(world, 100n)
    await write(world, undelegating(alice, alice, 1n))
    mineTo(world, 140n)
    await write(world, delegating(alice, alice, 1n))
    // In the set from block 142 on.
    expect(await payees()).toEqual([
      [bob, alice],
      [20_000n * 100n, 10_000n * 58n],
    ])
    mineTo(world, 160n)
    await write(world, undelegating(alice, alice, 1n))
    mineTo(world, 198n)
    await write(world, delegating(alice, alice, 1n))
    mineTo(world, 199n)
    await write(world, endBlock)
    const earned = (validator: Address) => read(world, { ...staking, name: 'rewardOf', args: [validator, validator] })
    expect([await earned(alice), await earned(bob)]).toEqual([0n, await owed(world)])
    mineTo(world, 299n)
    expect((await payees())[1]).toEqual([20_000n * 100n, 10_000n * 100n])
  })

  test('is nothing for who comes in the last blocks of a hundred, and the whole for who is there from the genesis on', async () => {
    const { world, accounts } = await createStakingWorld(3)
    const [alice, bob, carol] = accounts as [Address, Address, Address]
    mineTo(world, 0n)
    await write(world, joining(alice, keyNamed('alice')))
    mineTo(world, 98n)
    await write(world, joining(bob, keyNamed('bob')))
    mineTo(world, 99n)
    await write(world, joining(carol, keyNamed('carol')))
    expect((await read(world, { ...staking, name: 'payees', args: [] }))[1]).toEqual([10_000n * 100n, 0n, 0n])
  })

  test('stays there while nobody is in the set, or all were absent all the time', async () => {
    const { world, accounts } = await createStakingWorld(1)
    const [alice] = accounts as [Address]
    mineTo(world, 99n)
    await write(world, endBlock)
    await write(world, joining(alice, keyNamed('alice')))
    mineTo(world, 100n)
    await write(world, await missing(world, alice, 100))
    mineTo(world, 199n)
    await write(world, endBlock)
    expect(await held(world)).toBe(FUNDS)
    expect(await owed(world)).toBe(0n)
    await write(world, await missing(world, alice, MAX_MISSED))
    mineTo(world, 299n)
    await write(world, endBlock)
    expect(await held(world)).toBe(FUNDS)
  })

  test('costs a hundredth of 5 million gas a block to pay to 100 validators', async () => {
    const { world, accounts } = await createStakingWorld(100, 20_000n * OPG)
    for (const one of accounts) await write(world, joining(one, keyNamed(one), SELF_BOND, 500))
    mineTo(world, 99n)
    await write(world, endBlock)
    await world.send({ from: accounts[0]!, to: ADDRESSES.rewards, value: 1_000n * OPG })
    mineTo(world, 199n)
    const started = performance.now()
    const { gas } = await write(world, endBlock)
    console.log(`paying 100 validators: ${gas} gas, ${(performance.now() - started).toFixed(1)} ms without roots`)
    expect(gas).toBeLessThan(5_000_000n)
    mineTo(world, 200n)
    expect((await write(world, endBlock)).gas).toBeLessThan(1_000n)
  })

  test('may be nothing', async () => {
    const { world } = await twoValidators(100_000n * OPG)
    mineTo(world, 99n)
    await write(world, endBlock)
    await write(world, endBlock)
    await write(world, endBlock)
    expect(await held(world)).toBeLessThan(3n)
  })
})

describe('the staking share of the genesis', () => {
  const share = 100_000_000n * OPG
  const beneficiaries = [...BENEFICIARIES.slice(0, 4), ADDRESSES.rewards, ...BENEFICIARIES.slice(5)] as unknown as typeof BENEFICIARIES
  const rich: Address = '0x00000000000000000000000000000000000c0ffe'
  const faucets = [{ address: rich, amount: SELF_BOND }]

  test('comes as it vests, over eight years, all of it', async () => {
    const world = await createWorld({ beneficiaries, faucets })
    await write(world, joining(rich, keyNamed('rich')))
    mineTo(world, 99n)
    world.advance(DAY)
    await write(world, endBlock)
    const day = (share * DAY) / (96n * ((365n * DAY) / 12n))
    expect(await owed(world)).toBe(day)
    world.advance(8n * 365n * DAY)
    mineTo(world, 199n)
    await write(world, endBlock)
    expect(await owed(world)).toBe(share)
    mineTo(world, 299n)
    await write(world, endBlock)
    expect(await owed(world)).toBe(share)
  })

  test('is not touched if it belongs to somebody else, who cannot stop the chain by refusing it', async () => {
    const world = await createWorld({ faucets: [{ address: rich, amount: FUNDS }] })
    await world.setCode(BENEFICIARIES[4], refuser)
    await write(world, joining(rich, keyNamed('rich')))
    await world.send({ from: rich, to: ADDRESSES.rewards, value: OPG })
    mineTo(world, 99n)
    world.advance(DAY)
    await write(world, endBlock)
    expect(await owed(world)).toBe(OPG)
  })
})
