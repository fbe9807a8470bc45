import { stakingAbi } from '@opengradient/contracts'
import type { Address, Header, Hex } from '@opengradient/protocol'
import { beforeAll, expect, test } from 'vitest'
import { read, write } from '../../chain/test/contracts/calls.ts'
import type { World } from '../../chain/test/contracts/harness.ts'
import { DAY, OPG } from '../../chain/test/contracts/scenario.ts'
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
  UNBONDING,
  undelegating,
  withdrawing,
} from '../../chain/test/contracts/stakingWorld.ts'
import { stakeFact } from '../src/facts/stake.ts'
import { unbondingsFact } from '../src/facts/unbondings.ts'
import { rewardsFact, validatorFact, validatorsFact } from '../src/facts/validators.ts'
import type { StateView } from '../src/state/view.ts'

// What is read from storage, against what the contract itself says of the same moment.
let world: World
let first: Address
let second: Address
let third: Address
let delegator: Address
let nobody: Address

beforeAll(async () => {
  const made = await createStakingWorld(5)
  world = made.world
  ;[first, second, third, delegator, nobody] = made.accounts as [Address, Address, Address, Address, Address]
  await write(world, joining(first, keyNamed('first'), 10_000n * OPG, 1_234))
  await write(world, joining(second, '0x0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798'))
  await write(world, joining(third, keyNamed('third')))
  await endBlock(world)
})

const view = (): StateView => {
  const word = (address: Address, slot: Hex) => world.storage(address, slot)
  const words = (address: Address, slots: readonly Hex[]) => Promise.all(slots.map((slot) => word(address, slot)))
  const header = { number: Number(world.height()), timestamp: Number(world.now()) } as Header
  return { header, word, words } as Partial<StateView> as StateView
}

/** All that the facts say, found to be what the contract says. */
async function agreed() {
  const state = view()
  const { abi, to } = staking
  const set = await read(world, { abi, to, name: 'validatorSet', args: [] })
  const power = new Map(set.map((update) => [update.key, update.power]))
  const validators = await validatorsFact(state)
  expect(validators.map(({ validator }) => validator)).toEqual([first, second, third])
  for (const fact of validators) {
    const { validator } = fact
    const found = await read(world, { abi, to, name: 'validatorOf', args: [validator] })
    expect(fact).toMatchObject({ tokens: found.tokens, commissionBps: found.commissionBps, consensusKey: found.key })
    expect(fact.power).toBe(power.get(found.key) ?? 0n)
    expect(fact.missed).toBe(await read(world, { abi, to, name: 'missedOf', args: [validator] }))
    expect(fact.commission).toBe(await read(world, { abi, to, name: 'commissionOf', args: [validator] }))
    const standing = found.tombstoned ? 'tombstoned' : found.jailed ? 'jailed' : fact.power > 0n ? 'active' : 'waiting'
    expect(fact.state).toBe(standing)
    for (const account of [validator, delegator, nobody]) {
      const [shares, tokens] = await read(world, { abi, to, name: 'stakeOf', args: [account, validator] })
      const moves = await read(world, { abi, to, name: 'movesOf', args: [account, validator] })
      const locked = moves.filter(({ until }) => until > world.now()).reduce((sum, move) => sum + move.shares, 0n)
      expect(await stakeFact(state, account, validator)).toEqual({ shares, tokens, locked })
      expect(await rewardsFact(state, account, validator)).toBe(
        await read(world, { abi, to, name: 'rewardOf', args: [account, validator] }),
      )
    }
  }
  const count = await read(world, { abi, to, name: 'unbondingCount', args: [delegator] })
  const left = await Promise.all(
    Array.from({ length: Number(count) }, async (_, id) => {
      const [entry, amount] = await read(world, { abi: stakingAbi, to, name: 'unbondingAt', args: [delegator, BigInt(id)] })
      return entry.amount === 0n ? [] : [{ id: BigInt(id), validator: entry.validator.toLowerCase(), amount, until: entry.until }]
    }),
  )
  const unbondings = await unbondingsFact(state, delegator)
  expect(unbondings).toEqual(left.flat())
  return { validators, unbondings }
}

test('who never registered is no validator, and has nothing', async () => {
  expect(await validatorFact(view(), nobody)).toBeUndefined()
  expect(await unbondingsFact(view(), nobody)).toEqual([])
  expect((await agreed()).validators.map(({ state, power }) => [state, power])).toEqual(Array(3).fill(['active', 10_000n]))
})

test('stake comes, earns, moves and leaves; slashes take their part, now and of what left before', async () => {
  await write(world, delegating(delegator, first, 1_000n * OPG + 1n))
  await write(world, rewarding(first, 77n * OPG + 7n))
  await agreed()
  await write(world, undelegating(delegator, first, 100n * OPG + 3n))
  await write(world, redelegating(delegator, first, second, 200n * OPG))
  const infraction = world.height() + 2n
  world.mine(1n)
  await write(world, undelegating(delegator, first, 50n * OPG + 3n))
  world.mine(3n)
  await write(world, await doubleSigning(world, first, infraction))
  const { validators, unbondings } = await agreed()
  expect(validators[0]).toMatchObject({ state: 'tombstoned', power: 0n, jailedUntil: 0n })
  // The set takes two blocks to follow: the first had no vote left at the infraction, the second, a block later, had. A part is rounded up.
  expect(unbondings.map(({ amount }) => amount)).toEqual([100n * OPG + 3n, (50n * OPG * 95n) / 100n + 2n])
})

test('absence is counted in this window and the one before; who misses too much is jailed for a while', async () => {
  await write(world, await missing(world, second, 17))
  await agreed()
  await write(world, await missingTooMany(world, third))
  const jailed = (await agreed()).validators[2]!
  expect([jailed.state, jailed.jailedUntil]).toEqual(['jailed', world.now() + 600n])
  world.mine(9_000n)
  await agreed()
  world.mine(3_000n)
  expect((await agreed()).validators[1]!.missed).toBeGreaterThan(4n)
  await write(world, await missing(world, second, 4))
  expect((await agreed()).validators[1]!.missed).toBeGreaterThan(4n)
  world.mine(20_000n)
  world.advance(700)
  const { validators } = await agreed()
  expect([validators[1]!.missed, validators[2]!.jailedUntil]).toEqual([0n, 0n])
})

test('what is paid is gone, what was moved is free, and slashes after that take nothing', async () => {
  world.advance(22n * DAY)
  await write(world, withdrawing(delegator, 0n))
  expect((await agreed()).unbondings.map(({ id }) => id)).toEqual([1n])
  await write(world, undelegating(delegator, second, 10n * OPG))
  world.advance(UNBONDING)
  await write(world, await missingTooMany(world, second))
  expect((await agreed()).unbondings.at(-1)).toMatchObject({ id: 2n, amount: 10n * OPG })
})
