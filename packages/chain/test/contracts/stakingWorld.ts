import { ADDRESSES, SYSTEM_CALLER, stakingAbi } from '@opengradient/contracts'
import { type Address, devAccount, type Hex } from '@opengradient/protocol'
import { layout } from '../../../../contracts/src/generated/layout.ts'
import { base, member, nested, type Place, toSlot } from '../../../../contracts/src/storage.ts'
import { read, write } from './calls.ts'
import { createWorld, type World } from './harness.ts'
import { DAY, hashOf, OPG } from './scenario.ts'

export const SELF_BOND = 10_000n * OPG
export const UNBONDING = 21n * DAY
export const staking = { abi: stakingAbi, to: ADDRESSES.staking } as const

/** A world with `count` rich accounts, and money for `Rewards`. */
export async function createStakingWorld(count: number, funds = 1_000_000n * OPG): Promise<{ world: World; accounts: readonly Address[] }> {
  const chainId = 2n ** 40n + 9n
  const accounts = Array.from({ length: count }, (_, i) => devAccount(chainId, i).address)
  const faucets = [...accounts, ADDRESSES.rewards].map((address) => ({ address, amount: funds }))
  const world = await createWorld({ chainId, faucets })
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
  ({ ...staking, name: 'distribute', args: [[validator], [value]], from: ADDRESSES.rewards, value }) as const

/** Blocks that may be missed out of 10,000. */
export const MAX_MISSED = 5_000

const SIGNING_WINDOW = 10_000n
const EPOCH = 100n

const recordOf = (world: World, validator: Address) => read(world, { ...staking, name: 'validatorOf', args: [validator] })
const keyOf = async (world: World, validator: Address) => (await recordOf(world, validator)).consensusAddress

/** The executor reports that a validator's present key signed twice at `height`. */
export async function doubleSigning(world: World, validator: Address, height: bigint) {
  const misbehaviour = [{ consensusAddress: await keyOf(world, validator), height }]
  return { ...staking, name: 'beginBlock', args: [[], misbehaviour], from: SYSTEM_CALLER } as const
}

/** The executor reports, all at once, that a validator missed `blocks` blocks. */
export async function missing(world: World, validator: Address, blocks: number) {
  const key = await keyOf(world, validator)
  return { ...staking, name: 'beginBlock', args: [Array.from({ length: blocks }, () => key), []], from: SYSTEM_CALLER } as const
}

/** Where the contract counts the blocks that a validator missed, and the word there once it misses `blocks` now, the first ones of this window. */
export async function absence(world: World, validator: Address, blocks: number): Promise<{ slot: Hex; word: bigint }> {
  const { window, inWindow, epoch, inEpoch } = layout.Staking.structs.Absence
  const slot = toSlot(nested(base(layout.Staking.variables._absences), BigInt(validator)))
  const before = await world.storage(ADDRESSES.staking, slot)
  const thisEpoch = world.height() / EPOCH
  const missed = BigInt(blocks) + (member(before, epoch) === thisEpoch ? member(before, inEpoch) : 0n)
  const put = (value: bigint, { offset }: Place) => value << BigInt(8 * offset)
  const ofWindow = put(world.height() / SIGNING_WINDOW, window) | put(BigInt(blocks), inWindow)
  return { slot, word: ofWindow | put(thisEpoch, epoch) | put(missed, inEpoch) }
}

/**
 * The executor reports that a validator missed a block, which is one more than it may: those before it are written into the contract's storage,
 * where to report them one by one takes half a second.
 */
export async function missingTooMany(world: World, validator: Address) {
  const { slot, word } = await absence(world, validator, MAX_MISSED)
  if (!(await recordOf(world, validator)).jailed) await world.setStorage(ADDRESSES.staking, slot, word)
  return missing(world, validator, 1)
}

/** What CometBFT is told at the end of a block: power by key. */
export async function endBlock(world: World): Promise<Record<Hex, bigint>> {
  const call = { ...staking, name: 'endBlock', args: [], from: SYSTEM_CALLER } as const
  const updates = await read(world, call)
  await write(world, call)
  // CometBFT stops at a key that is told of twice.
  if (new Set(updates.map(({ key }) => key)).size !== updates.length) throw new Error('a key is told of twice in one block')
  return Object.fromEntries(updates.map(({ key, power }) => [key, power]))
}
