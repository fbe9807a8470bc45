import { hexToBytes } from '@ethereumjs/util'
import { ADDRESSES, SYSTEM_CALLER } from '@opengradient/contracts'
import { type Address, bytesToHex, type Hex, sha256, ZERO_ADDRESS } from '@opengradient/protocol'
import { beforeEach, describe, expect, test } from 'vitest'
import { reenterer, reentererAbi, refuser } from './attackers.ts'
import { type Call, encode, eventsNamed, read, refusal, write } from './calls.ts'
import { BENEFICIARIES, type World } from './harness.ts'
import { DAY, OPG } from './scenario.ts'
import {
  absence,
  createStakingWorld,
  delegating,
  doubleSigning,
  endBlock,
  joining,
  keyNamed,
  MAX_MISSED,
  missing,
  missingTooMany,
  redelegating,
  rewarding,
  SELF_BOND,
  staking,
  UNBONDING,
  undelegating,
  withdrawing,
} from './stakingWorld.ts'

let world: World
let alice: Address
let bob: Address
let carol: Address
let dave: Address
beforeEach(async () => {
  const made = await createStakingWorld(4)
  world = made.world
  ;[alice, bob, carol, dave] = made.accounts as [Address, Address, Address, Address]
  await write(world, joining(alice, keyNamed('alice')))
})

const validatorOf = (account: Address) => read(world, { ...staking, name: 'validatorOf', args: [account] })
const stakeOf = (account: Address, validator: Address) => read(world, { ...staking, name: 'stakeOf', args: [account, validator] })
const movesOf = (account: Address, validator: Address) => read(world, { ...staking, name: 'movesOf', args: [account, validator] })
const rewardOf = (account: Address, validator: Address) => read(world, { ...staking, name: 'rewardOf', args: [account, validator] })
const worthOf = async (account: Address, id: bigint) => (await read(world, { ...staking, name: 'unbondingAt', args: [account, id] }))[1]
const slashed = () => read(world, { ...staking, name: 'totalSlashed', args: [] })
const doubleSign = async (validator: Address, height = world.height()) => write(world, await doubleSigning(world, validator, height))
const absent = async (validator: Address, blocks: number) => write(world, await missing(world, validator, blocks))
const downtime = async (validator: Address) => write(world, await missingTooMany(world, validator))
const claiming = (from: Address, validator: Address) => ({ ...staking, name: 'claim', args: [validator], from }) as const
const claimingCommission = (from: Address) => ({ ...staking, name: 'claimCommission', args: [], from }) as const
const unjailing = (from: Address) => ({ ...staking, name: 'unjail', args: [], from }) as const

/** What carol is paid by the first call when she makes the second from inside that payment, how often she gets to make it, and how often it succeeds. */
const paidInside = (paying: Call<typeof staking.abi, 'withdraw' | 'claim' | 'claimCommission'>, inside: typeof paying) =>
  world.undoing(async () => {
    await world.setCode(carol, reenterer)
    const attacker = { abi: reentererAbi, to: carol, from: bob } as const
    await write(world, { ...attacker, name: 'arm', args: [ADDRESSES.staking, encode(inside)] })
    const before = await world.balance(carol)
    await write(world, { ...attacker, name: 'execute', args: [ADDRESSES.staking, encode(paying)] })
    const counted = (name: 'tries' | 'successes') => read(world, { ...attacker, name, args: [] })
    return [(await world.balance(carol)) - before, await counted('tries'), await counted('successes')]
  })

describe('registering', () => {
  test('makes a validator with its own bond, its key and its commission', async () => {
    const outcome = await write(world, joining(bob, keyNamed('bob'), SELF_BOND + 7n, 5000))
    expect(eventsNamed(outcome, 'ValidatorRegistered')).toEqual([{ validator: bob, key: keyNamed('bob'), commissionBps: 5000 }])
    const bond = { amount: SELF_BOND + 7n, shares: SELF_BOND + 7n }
    expect(eventsNamed(outcome, 'Delegated')).toEqual([{ account: bob, validator: bob, ...bond }])
    expect(await validatorOf(bob)).toMatchObject({
      tokens: SELF_BOND + 7n,
      shares: SELF_BOND + 7n,
      key: keyNamed('bob'),
      commissionBps: 5000,
      registeredAt: world.now(),
      jailed: false,
    })
    expect(await read(world, { ...staking, name: 'validatorCount', args: [] })).toBe(2n)
    expect(await read(world, { ...staking, name: 'validatorAt', args: [1n] })).toBe(bob)
  })

  test('is refused twice, too poor, too greedy, or with a key that is none', async () => {
    expect(await refusal(world, joining(alice, keyNamed('other')))).toBe('IsValidator()')
    expect(await refusal(world, joining(bob, keyNamed('bob'), SELF_BOND - 1n))).toBe('SelfBondTooSmall()')
    expect(await refusal(world, joining(bob, keyNamed('bob'), SELF_BOND, 5001))).toBe('CommissionTooHigh()')
    for (const key of ['0x', `0x${'02'.repeat(31)}`, `0x${'04'.repeat(33)}`, `0x02${'11'.repeat(33)}`] as Hex[]) {
      expect(await refusal(world, joining(bob, key)), key).toBe('BadConsensusKey()')
    }
  })

  test('knows a key by CometBFT’s address of it', async () => {
    const addressOf = (key: Hex) => read(world, { ...staking, name: 'consensusAddressOf', args: [key] })
    expect(await addressOf(keyNamed('alice'))).toBe(bytesToHex(sha256(hexToBytes(keyNamed('alice'))).slice(0, 20)))
    // The generator of secp256k1, whose hash160 is that of the best-known Bitcoin address, 1BgGZ9tc….
    const generator = '0x0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798'
    expect(await addressOf(generator)).toBe('0x751e76e8199196d454941c45d1b3a323f1433bd6')
    // Its negative, the public key of the largest private one.
    expect(await addressOf(`0x03${generator.slice(4)}`)).toBe('0xadde4c73c7b9cee17da6c7b3e2b2eea1a0dcbe67')
    await write(world, joining(bob, generator))
  })
})

describe('consensus keys', () => {
  const rotating = (from: Address, key: Hex) => ({ ...staking, name: 'rotateConsensusKey', args: [key], from }) as const

  test('are never used twice, neither by another nor by the same validator', async () => {
    expect(await refusal(world, joining(bob, keyNamed('alice')))).toBe('KeyUsed()')
    world.advance(DAY)
    expect(await refusal(world, rotating(alice, keyNamed('alice')))).toBe('KeyUsed()')
    await write(world, rotating(alice, keyNamed('second')))
    world.advance(DAY)
    expect(await refusal(world, rotating(alice, keyNamed('alice')))).toBe('KeyUsed()')
    expect(await refusal(world, joining(bob, keyNamed('alice')))).toBe('KeyUsed()')
  })

  test('change at most once a day, for validators alone', async () => {
    expect(await refusal(world, rotating(alice, keyNamed('second')))).toBe(`KeyTooFresh(${world.now() + DAY})`)
    expect(await refusal(world, rotating(bob, keyNamed('second')))).toBe('NotValidator()')
    world.advance(DAY)
    const outcome = await write(world, rotating(alice, keyNamed('second')))
    expect(eventsNamed(outcome, 'ConsensusKeyRotated')).toEqual([{ validator: alice, key: keyNamed('second') }])
    expect(await refusal(world, rotating(alice, keyNamed('third')))).toBe(`KeyTooFresh(${world.now() + DAY})`)
  })

  test('of the past still slash their validator', async () => {
    const { consensusAddress } = await validatorOf(alice)
    await endBlock(world)
    world.advance(DAY)
    await write(world, rotating(alice, keyNamed('second')))
    expect(await endBlock(world)).toEqual({ [keyNamed('alice')]: 0n, [keyNamed('second')]: 10_000n })
    expect(await read(world, { ...staking, name: 'keyOwner', args: [consensusAddress] })).toBe(alice)
    await write(world, { ...staking, name: 'beginBlock', args: [[], [{ consensusAddress, height: 1n }]], from: SYSTEM_CALLER })
    expect((await validatorOf(alice)).tombstoned).toBe(true)
    world.advance(DAY)
    expect(await refusal(world, rotating(alice, keyNamed('third')))).toBe('IsTombstoned()')
  })
})

describe('commission', () => {
  const setting = (bps: number, from = alice) => ({ ...staking, name: 'setCommission', args: [bps], from }) as const

  test('changes by at most one point a day, up to 50 %', async () => {
    expect(await refusal(world, setting(100))).toBe(`CommissionTooFresh(${world.now() + DAY})`)
    world.advance(DAY)
    expect(await refusal(world, setting(101))).toBe('CommissionStepTooBig()')
    await write(world, setting(100))
    expect(await refusal(world, setting(0))).toBe(`CommissionTooFresh(${world.now() + DAY})`)
    world.advance(DAY)
    await write(world, setting(0))
    expect(await refusal(world, setting(5001))).toBe('CommissionTooHigh()')
    expect(await refusal(world, setting(0, bob))).toBe('NotValidator()')
  })

  test('is what was set, from where the next step goes on, up and down', async () => {
    await write(world, joining(bob, keyNamed('bob'), SELF_BOND, 4950))
    for (const [bps, ok] of [
      [5000, true],
      [4899, false],
      [4900, true],
      [4900, true],
      [5000, true],
    ] as const) {
      world.advance(DAY)
      if (ok) expect(eventsNamed(await write(world, setting(bps, bob)), 'CommissionChanged')).toEqual([{ validator: bob, bps }])
      else expect(await refusal(world, setting(bps, bob))).toBe('CommissionStepTooBig()')
    }
    expect((await validatorOf(bob)).commissionBps).toBe(5000)
    await write(world, rewarding(bob, 1000n))
    expect(await read(world, { ...staking, name: 'commissionOf', args: [bob] })).toBe(500n)
  })

  test('is kept of each reward and paid to the validator', async () => {
    await write(world, joining(bob, keyNamed('bob'), SELF_BOND, 1000))
    const before = await world.balance(bob)
    const rewarded = await write(world, rewarding(bob, 1000n))
    expect(eventsNamed(rewarded, 'Rewarded')).toEqual([{ validator: bob, amount: 1000n, commission: 100n }])
    expect(await read(world, { ...staking, name: 'commissionOf', args: [bob] })).toBe(100n)
    const claim = claimingCommission(bob)
    expect(eventsNamed(await write(world, claim), 'CommissionClaimed')).toEqual([{ validator: bob, amount: 100n }])
    expect(await read(world, { ...staking, name: 'totalRewards', args: [] })).toBe(900n)
    expect(await world.balance(bob)).toBe(before + 100n)
    expect(await refusal(world, claim)).toBe('NothingOwed()')
    expect(await refusal(world, { ...claim, from: carol })).toBe('NotValidator()')
    expect(await rewardOf(bob, bob)).toBe(900n - 1n)
  })
})

describe('delegating', () => {
  test('gives one share for a wei until there is a slash, and fewer wei a share after it', async () => {
    await write(world, delegating(bob, alice, 5n * OPG))
    expect(await stakeOf(bob, alice)).toEqual([5n * OPG, 5n * OPG])
    await downtime(alice)
    expect((await stakeOf(bob, alice))[1]).toBe((5n * OPG * 9999n) / 10_000n)
    await write(world, delegating(carol, alice, 5n * OPG))
    const [shares, tokens] = await stakeOf(carol, alice)
    expect(shares).toBe((5n * OPG * 10_000n) / 9999n)
    expect(5n * OPG - tokens).toBeLessThanOrEqual(1n)
  })

  test('needs a validator that is not tombstoned, and money', async () => {
    expect(await refusal(world, delegating(bob, carol, 1n))).toBe('NotValidator()')
    expect(await refusal(world, delegating(bob, alice, 0n))).toBe('NothingBonded()')
    await doubleSign(alice)
    expect(await refusal(world, delegating(bob, alice, 1n))).toBe('IsTombstoned()')
  })

  test('is possible in a pool of which slashes left one wei, whoever holds that', async () => {
    await write(world, delegating(carol, alice, 2n))
    await write(world, undelegating(alice, alice, SELF_BOND))
    await downtime(alice)
    expect(await stakeOf(carol, alice)).toEqual([2n, 1n])
    await write(world, delegating(bob, alice, OPG))
    expect(await stakeOf(bob, alice)).toEqual([2n * OPG, OPG])
    expect(await stakeOf(carol, alice)).toEqual([2n, 1n])
    await write(world, undelegating(bob, alice, 2n * OPG))
    expect(await stakeOf(carol, alice)).toEqual([2n, 1n])
    await write(world, undelegating(carol, alice, 2n))
    await write(world, delegating(bob, alice, OPG))
    expect(await stakeOf(bob, alice)).toEqual([OPG, OPG])
  })

  test('has a price in a pool that was slashed until nothing was left to take', async () => {
    await write(world, delegating(carol, alice, 1n))
    await write(world, undelegating(alice, alice, SELF_BOND))
    const before = await slashed()
    await downtime(alice)
    expect(await stakeOf(carol, alice)).toEqual([1n, 1n])
    expect(await slashed()).toBe(before)
    await write(world, delegating(bob, alice, OPG))
    expect(await stakeOf(bob, alice)).toEqual([OPG, OPG])
  })

  test('is not for protocol contracts, nor for those who hold the ecosystem and reward shares', async () => {
    const { vesting, treasury, rewards, timelock, governor, settlement } = ADDRESSES
    for (const from of [vesting, treasury, rewards, timelock, governor, settlement, BENEFICIARIES[0], BENEFICIARIES[4]]) {
      await world.send({ from: bob, to: from, value: 1n })
      const rich = { from: bob, value: 0n }
      expect(await refusal(world, { ...delegating(from, alice, rich.value) }), from).toBe('MayNotBond()')
      expect(await refusal(world, joining(from, keyNamed('x'), 0n)), from).toBe('MayNotBond()')
    }
  })

  test('has no back door: plain transfers are refused', async () => {
    expect((await world.send({ from: bob, to: ADDRESSES.staking, value: 1n })).ok).toBe(false)
  })
})

describe('undelegating', () => {
  beforeEach(() => write(world, delegating(bob, alice, 100n * OPG)))

  test('pays after 21 days and not before, once', async () => {
    const outcome = await write(world, undelegating(bob, alice, 40n * OPG))
    const until = world.now() + UNBONDING
    expect(eventsNamed(outcome, 'Undelegated')).toEqual([
      { account: bob, validator: alice, id: 0n, amount: 40n * OPG, shares: 40n * OPG, until },
    ])
    world.advance(UNBONDING - 1n)
    expect(await refusal(world, withdrawing(bob, 0n))).toBe(`NotYetFree(${until})`)
    world.advance(1)
    const before = await world.balance(bob)
    await write(world, withdrawing(bob, 0n))
    expect(await world.balance(bob)).toBe(before + 40n * OPG)
    expect(await refusal(world, withdrawing(bob, 0n))).toBe('NothingUnbonding()')
    expect(await refusal(world, withdrawing(bob, 1n))).toBe('NothingUnbonding()')
    expect(await refusal(world, withdrawing(carol, 0n))).toBe('NothingUnbonding()')
  })

  test('counts what waits, each amount by its number', async () => {
    const total = () => read(world, { ...staking, name: 'totalUnbonding', args: [] })
    const bonded = await read(world, { ...staking, name: 'totalBonded', args: [] })
    for (const id of [0n, 1n]) {
      const outcome = await write(world, undelegating(bob, alice, OPG))
      expect(eventsNamed(outcome, 'Undelegated')).toMatchObject([{ id }])
    }
    expect(await total()).toBe(2n * OPG)
    expect(await read(world, { ...staking, name: 'totalBonded', args: [] })).toBe(bonded - 2n * OPG)
    const [entry] = await read(world, { ...staking, name: 'unbondingAt', args: [bob, 1n] })
    expect(entry).toMatchObject({ validator: alice, amount: OPG, until: world.now() + UNBONDING })
    world.advance(UNBONDING)
    await write(world, withdrawing(bob, 1n))
    expect(await total()).toBe(OPG)
    await write(world, withdrawing(bob, 0n))
    expect(await total()).toBe(0n)
  })

  test('takes own shares alone, and some', async () => {
    expect(await refusal(world, undelegating(bob, alice, 100n * OPG + 1n))).toBe(`TooManyShares(${100n * OPG})`)
    expect(await refusal(world, undelegating(carol, alice, 1n))).toBe('TooManyShares(0)')
    expect(await refusal(world, undelegating(bob, alice, 0n))).toBe('NothingBonded()')
    expect(await refusal(world, undelegating(bob, carol, 1n))).toBe('NotValidator()')
  })

  test('leaves the money where it is when its owner takes none', async () => {
    await write(world, undelegating(bob, alice, OPG))
    world.advance(UNBONDING)
    await world.setCode(bob, refuser)
    expect(await refusal(world, withdrawing(bob, 0n))).toBe('PaymentRefused()')
    expect(await worthOf(bob, 0n)).toBe(OPG)
  })

  test('pays a contract that calls back from inside once, and nothing else from inside', async () => {
    await write(world, delegating(carol, alice, 2n * OPG))
    for (let i = 0; i < 2; i++) await write(world, undelegating(carol, alice, OPG))
    world.advance(UNBONDING)
    for (const id of [0n, 1n]) expect(await paidInside(withdrawing(carol, 0n), withdrawing(carol, id))).toEqual([OPG, 1n, 0n])
  })
})

describe('redelegating', () => {
  beforeEach(async () => {
    await write(world, joining(bob, keyNamed('bob')))
    await write(world, delegating(carol, alice, 100n * OPG))
  })

  test('moves stake at once, which then neither moves nor leaves for 21 days', async () => {
    await write(world, redelegating(carol, alice, bob, 60n * OPG))
    expect(await stakeOf(carol, bob)).toEqual([60n * OPG, 60n * OPG])
    expect(await refusal(world, redelegating(carol, bob, alice, 1n))).toBe('TooManyShares(0)')
    const outcome = await write(world, delegating(carol, bob, OPG))
    expect(eventsNamed(outcome, 'Delegated')).toEqual([{ account: carol, validator: bob, amount: OPG, shares: OPG }])
    expect(await refusal(world, undelegating(carol, bob, OPG + 1n))).toBe(`TooManyShares(${OPG})`)
    world.advance(UNBONDING)
    await write(world, undelegating(carol, bob, 61n * OPG))
    expect(await movesOf(carol, bob)).toEqual([])
  })

  test('changes the power of both validators', async () => {
    await endBlock(world)
    const outcome = await write(world, redelegating(carol, alice, bob, 60n * OPG))
    expect(eventsNamed(outcome, 'Redelegated')).toMatchObject([{ account: carol, from: alice, to: bob, shares: 60n * OPG }])
    expect(Object.values(await endBlock(world)).toSorted()).toEqual([10_040n, 10_060n])
  })

  test('of a validator’s own bond takes its place: nobody signs with the stake of others alone', async () => {
    await endBlock(world)
    await write(world, redelegating(bob, bob, alice, 1n))
    expect(await endBlock(world)).toEqual({ [keyNamed('bob')]: 0n })
  })

  test('to a validator that lacks own bond gives it its place', async () => {
    await write(world, undelegating(bob, bob, 1n))
    await write(world, delegating(bob, alice, 1n))
    await endBlock(world)
    await write(world, redelegating(bob, alice, bob, 1n))
    expect(await endBlock(world)).toEqual({ [keyNamed('bob')]: 10_000n })
  })

  test('is possible again when earlier moves are free', async () => {
    for (let i = 0; i < 8; i++) await write(world, redelegating(carol, alice, bob, 1n))
    world.advance(UNBONDING)
    await write(world, redelegating(carol, alice, bob, 1n))
    expect(await movesOf(carol, bob)).toHaveLength(1)
  })

  test('is forgotten when it is free, and no other with it', async () => {
    await write(world, redelegating(carol, alice, bob, 1n))
    world.advance(UNBONDING / 2n)
    await write(world, redelegating(carol, alice, bob, 2n))
    world.advance(UNBONDING / 2n)
    const outcome = await write(world, { ...staking, name: 'settleMoves', args: [carol, bob] })
    expect(eventsNamed(outcome, 'MoveSlashed')).toEqual([])
    expect(await movesOf(carol, bob)).toMatchObject([{ shares: 2n }])
  })

  test('stays liable for the validator that it left', async () => {
    const infraction = world.height()
    await write(world, redelegating(carol, alice, bob, 60n * OPG))
    world.mine()
    await doubleSign(alice, infraction)
    const before = await slashed()
    await endBlock(world)
    const outcome = await write(world, { ...staking, name: 'settleMoves', args: [carol, bob] })
    expect(Object.values(await endBlock(world))).toEqual([10_057n])
    expect(eventsNamed(outcome, 'MoveSlashed')).toEqual([{ account: carol, from: alice, to: bob, amount: 3n * OPG }])
    expect(await slashed()).toBe(before + 3n * OPG)
    expect(await movesOf(carol, bob)).toMatchObject([{ shares: 57n * OPG }])
    expect(await stakeOf(carol, bob)).toEqual([57n * OPG, 57n * OPG])
    await write(world, { ...staking, name: 'settleMoves', args: [carol, bob] })
    expect(await stakeOf(carol, bob)).toEqual([57n * OPG, 57n * OPG])
  })

  test('is free of what its former validator does later', async () => {
    await write(world, redelegating(carol, alice, bob, 60n * OPG))
    await doubleSign(alice, world.height() + 2n)
    await write(world, { ...staking, name: 'settleMoves', args: [carol, bob] })
    expect(await stakeOf(carol, bob)).toEqual([60n * OPG, 60n * OPG])
  })

  test('costs no more to end however often its former validator was slashed after it was free', async () => {
    await write(world, redelegating(carol, alice, bob, 60n * OPG))
    await write(world, undelegating(carol, alice, 40n * OPG))
    await write(world, delegating(alice, alice, OPG * 100n))
    world.advance(UNBONDING)
    const ending = [undelegating(carol, bob, 60n * OPG), withdrawing(carol, 0n)] as const
    const gas = async () => [(await write(world, ending[0])).gas, (await write(world, ending[1])).gas]
    const slash = async () => {
      await downtime(alice)
      world.advance(600)
      await write(world, unjailing(alice))
    }
    await slash()
    const once = await world.undoing(gas)
    for (let i = 0; i < 4; i++) await slash()
    expect(await gas()).toEqual(once)
  })

  test('needs two different validators, the second not tombstoned, and at most eight moves', async () => {
    expect(await refusal(world, redelegating(carol, alice, alice, 1n))).toBe('SameValidator()')
    expect(await refusal(world, redelegating(carol, alice, dave, 1n))).toBe('NotValidator()')
    expect(await refusal(world, redelegating(carol, dave, alice, 1n))).toBe('NotValidator()')
    for (let i = 0; i < 8; i++) await write(world, redelegating(carol, alice, bob, 1n))
    expect(await refusal(world, redelegating(carol, alice, bob, 1n))).toBe('TooManyMoves()')
    await doubleSign(bob)
    expect(await refusal(world, redelegating(carol, alice, bob, 1n))).toBe('IsTombstoned()')
  })
})

describe('slashing', () => {
  beforeEach(() => write(world, delegating(bob, alice, 10_000n * OPG)))

  test('is for the executor alone', async () => {
    const call = await doubleSigning(world, alice, 1n)
    expect(await refusal(world, { ...call, from: bob })).toBe('OnlySystemCaller()')
    expect(await refusal(world, { ...staking, name: 'endBlock', args: [], from: bob })).toBe('OnlySystemCaller()')
  })

  test('passes over keys that nobody used, for the others must not escape by them', async () => {
    const { consensusAddress } = await validatorOf(alice)
    const stranger = `0x${'11'.repeat(20)}` as const
    const misbehaviour = [stranger, consensusAddress].map((consensusAddress) => ({ consensusAddress, height: 1n }))
    await write(world, { ...staking, name: 'beginBlock', args: [[stranger], misbehaviour], from: SYSTEM_CALLER })
    expect((await validatorOf(alice)).tombstoned).toBe(true)
    expect(await slashed()).toBe(1000n * OPG)
    // Nor are they anybody's: neither counted nor tombstoned.
    expect(await read(world, { ...staking, name: 'missedOf', args: [ZERO_ADDRESS] })).toBe(0n)
    expect((await validatorOf(ZERO_ADDRESS)).tombstoned).toBe(false)
  })

  test('takes 5 % of everybody for a double signature, once, and tombstones', async () => {
    const outcome = await doubleSign(alice)
    expect(eventsNamed(outcome, 'ValidatorSlashed')).toEqual([{ validator: alice, height: world.height(), bps: 500, amount: 1000n * OPG }])
    const jailedUntil = 2n ** 64n - 1n
    expect(eventsNamed(outcome, 'Jailed')).toEqual([{ validator: alice, until: jailedUntil, tombstoned: true }])
    expect(await validatorOf(alice)).toMatchObject({ jailed: true, jailedUntil })
    expect(await read(world, { ...staking, name: 'totalBonded', args: [] })).toBe(19_000n * OPG)
    expect((await stakeOf(bob, alice))[1]).toBe(9500n * OPG)
    expect((await stakeOf(alice, alice))[1]).toBe(9500n * OPG)
    await doubleSign(alice)
    await downtime(alice)
    expect(await slashed()).toBe(1000n * OPG)
    world.advance(1000n * DAY)
    expect(await refusal(world, unjailing(alice))).toBe('IsTombstoned()')
    expect(await refusal(world, joining(alice, keyNamed('again')))).toBe('IsValidator()')
  })

  test('takes 0.01 % for downtime and jails for ten minutes', async () => {
    await write(world, delegating(alice, alice, 10n * OPG))
    await downtime(alice)
    expect(await slashed()).toBe((20_010n * OPG) / 10_000n)
    await downtime(alice)
    expect(await slashed()).toBe((20_010n * OPG) / 10_000n)
    expect(await refusal(world, unjailing(alice))).toBe(`StillJailed(${world.now() + 600n})`)
    world.advance(600)
    await write(world, unjailing(alice))
    expect(await refusal(world, unjailing(alice))).toBe('NotJailed()')
    expect(await refusal(world, unjailing(bob))).toBe('NotValidator()')
  })

  test('that takes the own bond below 10,000 OPG keeps the validator out until it is made up, to the wei', async () => {
    await write(world, undelegating(bob, alice, 10_000n * OPG))
    await downtime(alice)
    world.advance(600)
    await write(world, delegating(alice, alice, OPG - 1n))
    expect(await refusal(world, unjailing(alice))).toBe('SelfBondTooSmall()')
    await write(world, delegating(alice, alice, 1n))
    expect(eventsNamed(await write(world, unjailing(alice)), 'Unjailed')).toEqual([{ validator: alice }])
  })

  test('rounds against stake', async () => {
    await write(world, delegating(carol, alice, 1n))
    await downtime(alice)
    expect(await slashed()).toBe(2n * OPG + 1n)
    expect((await stakeOf(carol, alice))[1]).toBe(0n)
  })

  test('hits what left after the infraction or up to two blocks before, and nothing older', async () => {
    await write(world, undelegating(bob, alice, 100n * OPG))
    world.mine()
    await write(world, undelegating(bob, alice, 100n * OPG))
    await doubleSign(alice, world.height() + 1n)
    expect(await worthOf(bob, 0n)).toBe(100n * OPG)
    expect(await worthOf(bob, 1n)).toBe(95n * OPG)
    world.advance(UNBONDING)
    const before = await slashed()
    const balance = await world.balance(bob)
    await write(world, withdrawing(bob, 0n))
    const outcome = await write(world, withdrawing(bob, 1n))
    expect(eventsNamed(outcome, 'UnbondingWithdrawn')).toEqual([{ account: bob, id: 1n, amount: 95n * OPG, slashed: 5n * OPG }])
    expect(await world.balance(bob)).toBe(balance + 195n * OPG)
    expect(await slashed()).toBe(before + 5n * OPG)
  })

  test('does not hit what was free before it came, nor what left after it', async () => {
    const infraction = world.height()
    await write(world, undelegating(bob, alice, 100n * OPG))
    world.advance(UNBONDING)
    await doubleSign(alice, infraction)
    await write(world, undelegating(bob, alice, 100n * OPG))
    expect(await worthOf(bob, 0n)).toBe(100n * OPG)
    expect(await worthOf(bob, 1n)).toBe(95n * OPG)
  })

  test('pays the treasury, whoever asks', async () => {
    const paying = { ...staking, name: 'payTreasury', args: [], from: carol } as const
    expect(await refusal(world, paying)).toBe('NothingOwed()')
    await doubleSign(alice)
    expect(eventsNamed(await write(world, paying), 'TreasuryPaid')).toEqual([{ amount: 1000n * OPG }])
    expect(await world.balance(ADDRESSES.treasury)).toBe(1000n * OPG)
    expect(await slashed()).toBe(0n)
  })
})

describe('absence', () => {
  const missed = () => read(world, { ...staking, name: 'missedOf', args: [alice] })
  const at = (height: number) => world.mine(BigInt(height) - world.height())

  test('of 5,000 blocks of 10,000 is forgiven, of one more is downtime', async () => {
    const { slot, word } = await absence(world, alice, MAX_MISSED)
    await absent(alice, MAX_MISSED)
    expect(await missed()).toBe(5000n)
    // Other tests begin with this word.
    expect(await world.storage(ADDRESSES.staking, slot)).toBe(word)
    expect((await validatorOf(alice)).jailed).toBe(false)
    const outcome = await absent(alice, 1)
    expect(eventsNamed(outcome, 'ValidatorSlashed')).toEqual([{ validator: alice, height: world.height() - 1n, bps: 1, amount: OPG }])
    expect(eventsNamed(outcome, 'Jailed')).toEqual([{ validator: alice, until: world.now() + 600n, tombstoned: false }])
  })

  test('is counted from zero after jail, and not in it', async () => {
    await absent(alice, MAX_MISSED + 1)
    expect(await missed()).toBe(0n)
    await absent(alice, 2)
    expect(await missed()).toBe(0n)
    world.advance(600)
    await write(world, delegating(alice, alice, 2n * OPG))
    await write(world, unjailing(alice))
    await absent(alice, MAX_MISSED)
    expect((await validatorOf(alice)).jailed).toBe(false)
  })

  test('fades as the window passes over it, also across its edge', async () => {
    at(9_999)
    await absent(alice, 4000)
    at(10_000)
    expect(await missed()).toBe(3999n)
    at(14_999)
    expect(await missed()).toBe(2000n)
    await absent(alice, 3000)
    expect((await validatorOf(alice)).jailed).toBe(false)
    await absent(alice, 1)
    expect((await validatorOf(alice)).jailed).toBe(true)
  })

  test('of 2,930 blocks in each of two windows is downtime when the second begins with them, of one less is forgiven', async () => {
    for (const blocks of [2929, 2930]) {
      await world.undoing(async () => {
        at(9_999)
        await absent(alice, blocks)
        at(9_999 + blocks)
        await absent(alice, blocks)
        expect((await validatorOf(alice)).jailed).toBe(blocks === 2930)
      })
    }
  })

  test('of two windows ago is forgotten', async () => {
    await absent(alice, MAX_MISSED)
    at(20_000)
    expect(await missed()).toBe(0n)
    await absent(alice, MAX_MISSED)
    expect((await validatorOf(alice)).jailed).toBe(false)
  })

  test('of a third of 100 validators costs less than a twentieth of the gas of a system call, presence costs nothing', async () => {
    const made = await createStakingWorld(100, 20_000n * OPG)
    world = made.world
    for (const one of made.accounts) await write(world, joining(one, keyNamed(one)))
    const keys = await Promise.all(made.accounts.slice(0, 33).map(async (one) => (await validatorOf(one)).consensusAddress))
    const { gas } = await write(world, { ...staking, name: 'beginBlock', args: [keys, []], from: SYSTEM_CALLER })
    console.log(`beginBlock with 33 of 100 absent: ${gas} gas`)
    expect(gas).toBeLessThan(1_500_000n)
  })
})

describe('rewards', () => {
  test('come from Rewards alone', async () => {
    expect(await refusal(world, { ...rewarding(alice, 1n), from: bob })).toBe('OnlyRewards()')
    const spreading = { ...staking, name: 'distribute', args: [[alice], [1n]], from: bob, value: 1n } as const
    expect(await refusal(world, spreading)).toBe('OnlyRewards()')
    expect(await refusal(world, rewarding(bob, 1n))).toBe('NotValidator()')
  })

  test('go to those who had stake when they came, in proportion, also through a slash', async () => {
    await write(world, delegating(bob, alice, SELF_BOND))
    await write(world, rewarding(alice, 10n * OPG))
    await write(world, delegating(carol, alice, 2n * SELF_BOND))
    await doubleSign(alice)
    await write(world, rewarding(alice, 4n * OPG))
    const before = await world.balance(bob)
    const owed = await read(world, { ...staking, name: 'totalRewards', args: [] })
    const outcome = await write(world, claiming(bob, alice))
    const amount = (await world.balance(bob)) - before
    expect(eventsNamed(outcome, 'RewardClaimed')).toEqual([{ account: bob, validator: alice, amount }])
    expect(await read(world, { ...staking, name: 'totalRewards', args: [] })).toBe(owed - amount)
    const near = async (found: bigint, expected: bigint) => expect([expected, expected - 1n]).toContain(found)
    await near(amount, 6n * OPG)
    await near(await rewardOf(carol, alice), 2n * OPG)
    await near(await rewardOf(alice, alice), 6n * OPG)
    expect(await refusal(world, claiming(bob, alice))).toBe('NothingOwed()')
    expect(await refusal(world, claiming(dave, alice))).toBe('NothingOwed()')
  })

  test('stay owed when the stake leaves', async () => {
    await write(world, rewarding(alice, OPG))
    await write(world, undelegating(alice, alice, SELF_BOND))
    expect([OPG, OPG - 1n]).toContain(await rewardOf(alice, alice))
    expect(await refusal(world, rewarding(alice, OPG))).toBe('NobodyToReward()')
  })

  test('lose nothing to division for good: many of a wei are worth what they are together', async () => {
    const made = await createStakingWorld(1, 200_000_000n * OPG)
    world = made.world
    const rich = made.accounts[0]!
    // What 2^96 leaves, divided by these shares, is as much as can be: 449 of 450 parts are paid at once.
    await write(world, joining(rich, keyNamed('rich'), 2n ** 96n / 450n + 1n))
    const times = 1_000
    const lists = [Array.from({ length: times }, () => rich), Array.from({ length: times }, () => 1n)] as const
    await write(world, { ...staking, name: 'distribute', args: lists, from: ADDRESSES.rewards, value: BigInt(times) })
    expect(await rewardOf(rich, rich)).toBe(BigInt(times) - 1n)
  })

  test('are paid once to a contract that calls back from inside, and nothing else from inside', async () => {
    await write(world, joining(carol, keyNamed('carol'), SELF_BOND, 1000))
    await write(world, delegating(carol, alice, SELF_BOND))
    for (const validator of [alice, carol]) await write(world, rewarding(validator, 2000n))
    const [mine, own, commission] = [claiming(carol, alice), claiming(carol, carol), claimingCommission(carol)]
    for (const [paying, amount] of [
      [mine, 999n],
      [own, 1799n],
      [commission, 200n],
    ] as const)
      for (const inside of [mine, own, commission]) expect(await paidInside(paying, inside)).toEqual([amount, 1n, 0n])
  })

  test('are distributed to many, and the parts are the whole', async () => {
    await write(world, joining(bob, keyNamed('bob')))
    const spreading = (amounts: bigint[], value: bigint) =>
      ({ ...staking, name: 'distribute', args: [[alice, bob], amounts], from: ADDRESSES.rewards, value }) as const
    await write(world, spreading([OPG, 2n * OPG], 3n * OPG))
    expect([2n * OPG, 2n * OPG - 1n]).toContain(await rewardOf(bob, bob))
    expect(await refusal(world, spreading([OPG, 2n * OPG], 3n * OPG - 1n))).toBe('WrongAmounts()')
    expect(await refusal(world, spreading([OPG, 2n * OPG], 3n * OPG + 1n))).toBe('WrongAmounts()')
    expect(await refusal(world, spreading([OPG], OPG))).toBe('WrongAmounts()')
  })
})

describe('the set', () => {
  test('tells CometBFT what has changed: whole OPG, and 0 for who is out', async () => {
    await write(world, joining(bob, keyNamed('bob'), SELF_BOND + OPG / 2n))
    expect(await endBlock(world)).toEqual({ [keyNamed('alice')]: 10_000n, [keyNamed('bob')]: 10_000n })
    expect(await endBlock(world)).toEqual({})
    await write(world, delegating(carol, bob, OPG / 2n))
    expect(await endBlock(world)).toEqual({ [keyNamed('bob')]: 10_001n })
    await downtime(alice)
    expect(await endBlock(world)).toEqual({ [keyNamed('alice')]: 0n })
    // Once: who is told again of a key that is out stops.
    await write(world, delegating(carol, bob, OPG))
    expect(await endBlock(world)).toEqual({ [keyNamed('bob')]: 10_002n })
    world.advance(600)
    await write(world, delegating(alice, alice, 2n * OPG))
    await write(world, unjailing(alice))
    expect(await endBlock(world)).toEqual({ [keyNamed('alice')]: 10_001n })
    expect(await read(world, { ...staking, name: 'validatorSet', args: [] })).toHaveLength(2)
    await write(world, undelegating(bob, bob, OPG))
    expect(await endBlock(world)).toEqual({ [keyNamed('bob')]: 0n })
  })

  test('loses who takes the own bond out, but never its last one', async () => {
    await write(world, joining(bob, keyNamed('bob')))
    await endBlock(world)
    await write(world, undelegating(bob, bob, 1n))
    expect(await endBlock(world)).toEqual({ [keyNamed('bob')]: 0n })
    await write(world, undelegating(alice, alice, 1n))
    expect(await endBlock(world)).toEqual({})
    await write(world, delegating(bob, bob, 1n))
    expect(await endBlock(world)).toEqual({ [keyNamed('alice')]: 0n, [keyNamed('bob')]: 10_000n })
  })

  test('does not take back who is jailed or short of own bond, whoever bonds and asks', async () => {
    await write(world, joining(bob, keyNamed('bob')))
    await write(world, undelegating(bob, bob, 1n))
    await write(world, joining(carol, keyNamed('carol')))
    await downtime(carol)
    await endBlock(world)
    for (const out of [bob, carol]) {
      await write(world, delegating(dave, out, SELF_BOND))
      expect(await refusal(world, { ...staking, name: 'enter', args: [out], from: dave })).toBe('NoPlace()')
    }
    await write(world, delegating(carol, carol, OPG))
    expect(await endBlock(world)).toEqual({})
  })

  test('stays whole whoever leaves it first', async () => {
    await write(world, joining(bob, keyNamed('bob'), SELF_BOND + OPG))
    await write(world, joining(carol, keyNamed('carol'), SELF_BOND + 2n * OPG))
    const set = async () => (await read(world, { ...staking, name: 'validatorSet', args: [] })).map(({ key, power }) => [key, power])
    const first = [keyNamed('alice'), 10_000n]
    const second = [keyNamed('bob'), 10_001n]
    const third = [keyNamed('carol'), 10_002n]
    expect(await set()).toEqual([first, second, third])
    // The last of the list took the first place, and leaves it, then the one that stands last.
    await write(world, undelegating(alice, alice, 1n))
    expect(await set()).toEqual([third, second])
    await write(world, undelegating(carol, carol, 2n * OPG + 1n))
    expect(await set()).toEqual([second])
    await write(world, delegating(alice, alice, 1n))
    expect(await set()).toEqual([second, first])
    await write(world, undelegating(alice, alice, 1n))
    expect(await set()).toEqual([second])
    await write(world, undelegating(bob, bob, OPG + 1n))
    expect(await set()).toEqual([])
  })

  test('is not looked through when nothing has changed', async () => {
    await endBlock(world)
    const { gas } = await write(world, { ...staking, name: 'endBlock', args: [], from: SYSTEM_CALLER })
    expect(gas).toBeLessThan(3_500n)
  })

  test('is the strongest 100', async () => {
    const made = await createStakingWorld(102, 20_000n * OPG)
    world = made.world
    const [weak, rich, ...others] = made.accounts as [Address, Address, ...Address[]]
    for (const one of others) await write(world, joining(one, keyNamed(one), SELF_BOND + OPG))
    await endBlock(world)
    await write(world, joining(weak, keyNamed('weak')))
    expect(await endBlock(world)).toEqual({})
    const entering = { ...staking, name: 'enter', args: [weak], from: rich } as const
    expect(await refusal(world, entering)).toBe('NoPlace()')
    // Who is as strong as the weakest was not there before it.
    await write(world, delegating(weak, weak, OPG))
    expect(await refusal(world, entering)).toBe('NoPlace()')
    world.mine(149n)
    await write(world, joining(rich, keyNamed('rich'), SELF_BOND + 2n * OPG))
    const updates = await endBlock(world)
    expect(updates).toEqual({ [keyNamed(others[0]!)]: 0n, [keyNamed('rich')]: 10_002n })
    // It signs from block 152 on, and is not paid for what the other one signed.
    const [members, weights] = await read(world, { ...staking, name: 'payees', args: [] })
    expect([members[0], weights[0], weights[1]]).toEqual([rich, 10_002n * 48n, 10_001n * 100n])
    await write(world, undelegating(others[1]!, others[1]!, 2n * OPG))
    await write(world, entering)
    expect(await endBlock(world)).toEqual({ [keyNamed(others[1]!)]: 0n, [keyNamed('weak')]: 10_001n })
    // Nor does the stake of others make up for own bond where all places are taken.
    await write(world, delegating(rich, others[1]!, 9n * OPG))
    expect(await endBlock(world)).toEqual({})
    expect(await refusal(world, entering)).toBe('NoPlace()')
    expect(await refusal(world, { ...entering, args: [ADDRESSES.nodes] })).toBe('NotValidator()')
  })
})
