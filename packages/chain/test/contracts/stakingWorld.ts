import { ADDRESSES, SYSTEM_CALLER, stakingAbi } from '@opengradient/contracts'
import { creationCode } from '@opengradient/contracts/artifacts'
import { type Address, devAccount, type Hex } from '@opengradient/protocol'
import { read, write } from './calls.ts'
import { createWorld, type World } from './harness.ts'
import { DAY, hashOf, OPG } from './scenario.ts'

export const SELF_BOND = 10_000n * OPG
export const UNBONDING = 21n * DAY
export const staking = { abi: stakingAbi, to: ADDRESSES.staking } as const

/** A world with `Staking` at its address, `count` rich accounts, and money for `Rewards`. */
export async function createStakingWorld(count: number, funds = 1_000_000n * OPG): Promise<{ world: World; accounts: readonly Address[] }> {
  const chainId = 2n ** 40n + 9n
  const accounts = Array.from({ length: count }, (_, i) => devAccount(chainId, i).address)
  const faucets = [...accounts, ADDRESSES.rewards].map((address) => ({ address, amount: funds }))
  const world = await createWorld({ chainId, faucets })
  const { created } = await world.send({ from: accounts[0]!, data: creationCode.Staking })
  if (created === undefined) throw new Error('Staking was not created')
  await world.setCode(ADDRESSES.staking, await world.code(created))
  return { world, accounts }
}

/** An Ed25519 key, told apart by its name; nobody signs here. */
export const keyNamed = (name: string): Hex => hashOf(`consensus key ${name}`)

export const joining = (from: Address, key: Hex, value = SELF_BOND, commissionBps = 0) =>
  ({ ...staking, name: 'register', args: [key, commissionBps], from, value }) as const

export const delegating = (from: Address, validator: Address, value: bigint) =>
  ({ ...staking, name: 'delegate', args: [validator], from, value }) as const

export const undelegating = (from: Address, validator: Address, shares: bigint) =>
  ({ ...staking, name: 'undelegate', args: [validator, shares], from }) as const

export const redelegating = (from: Address, source: Address, target: Address, shares: bigint) =>
  ({ ...staking, name: 'redelegate', args: [source, target, shares], from }) as const

export const withdrawing = (from: Address, id: bigint) => ({ ...staking, name: 'withdraw', args: [id], from }) as const

export const rewarding = (validator: Address, value: bigint) =>
  ({ ...staking, name: 'reward', args: [validator], from: ADDRESSES.rewards, value }) as const

/** A slash by the executor, of the validator's present key. */
export async function slashing(world: World, how: 'slashDoubleSign' | 'slashDowntime', validator: Address, height: bigint) {
  const { consensusAddress } = await read(world, { ...staking, name: 'validatorOf', args: [validator] })
  return { ...staking, name: how, args: [consensusAddress, height], from: SYSTEM_CALLER } as const
}

/** What CometBFT is told at the end of a block: power by key. */
export async function endBlock(world: World): Promise<Record<Hex, bigint>> {
  const call = { ...staking, name: 'endBlock', args: [], from: SYSTEM_CALLER } as const
  const updates = await read(world, call)
  await write(world, call)
  return Object.fromEntries(updates.map(({ key, power }) => [key, power]))
}
