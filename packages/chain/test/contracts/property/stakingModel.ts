import type { Address } from '@opengradient/protocol'
import { DAY } from '../scenario.ts'
import { add, type Book } from './reference.ts'

/** The specification of the money in `Staking`, in as few lines as it takes: whole shares and wei, nothing kept lazily. */
export interface StakingModel {
  readonly pools: Map<Address, Pool>
  readonly entries: Map<Address, Entry[]>
  /** By account and the validator that the shares went to. */
  readonly moves: Map<string, MoveEntry[]>
}

export interface Pool {
  tokens: bigint
  shares: bigint
  readonly holders: Book
  /** Rewards as exact fractions would give them, in wei × 2^200, rounded up: nobody may ever be owed more. */
  readonly earned: Book
}

/** Stake on its way out, slashed as soon as its validator is. */
export interface Entry {
  readonly validator: Address
  amount: bigint
  readonly height: bigint
  readonly until: bigint
  taken: boolean
}

/** Shares that answer for `from`, which they left. */
export interface MoveEntry {
  readonly from: Address
  shares: bigint
  /** What slashes of `from` have burnt, and `to` has not seen yet. */
  due: bigint
  readonly height: bigint
  readonly until: bigint
}

const UNBONDING = 21n * DAY
const SCALE = 1n << 200n

export const emptyModel = (): StakingModel => ({
  pools: new Map(),
  entries: new Map(),
  moves: new Map(),
})

const ceilPart = (amount: bigint, bps: bigint): bigint => (amount * bps + 9_999n) / 10_000n

export function join(model: StakingModel, validator: Address, account: Address, amount: bigint): bigint {
  const pool = model.pools.get(validator) ?? { tokens: 0n, shares: 0n, holders: new Map(), earned: new Map() }
  model.pools.set(validator, pool)
  const shares = pool.shares === 0n ? amount : (amount * pool.shares) / pool.tokens
  pool.tokens += amount
  pool.shares += shares
  add(pool.holders, account, shares)
  return shares
}

export function leave(model: StakingModel, validator: Address, account: Address, shares: bigint): bigint {
  const pool = model.pools.get(validator)!
  const amount = (shares * pool.tokens) / pool.shares
  pool.tokens -= amount
  pool.shares -= shares
  add(pool.holders, account, -shares)
  return amount
}

export function undelegate(model: StakingModel, validator: Address, account: Address, shares: bigint, height: bigint, now: bigint): void {
  const amount = leave(model, validator, account, shares)
  const entries = model.entries.get(account) ?? []
  model.entries.set(account, entries)
  entries.push({ validator, amount, height, until: now + UNBONDING, taken: false })
}

export function redelegate(
  model: StakingModel,
  from: Address,
  to: Address,
  account: Address,
  shares: bigint,
  height: bigint,
  now: bigint,
): void {
  const received = join(model, to, account, leave(model, from, account, shares))
  const key = `${account} ${to}`
  const list = model.moves.get(key) ?? []
  model.moves.set(key, list)
  list.push({ from, shares: received, due: 0n, height, until: now + UNBONDING })
}

/** Everything that was bonded at the infraction loses its part: the pool, what left since, what moved since. */
export function slash(model: StakingModel, validator: Address, infraction: bigint, bps: bigint, now: bigint): void {
  const pool = model.pools.get(validator)!
  const part = ceilPart(pool.tokens, bps)
  // The last wei stays.
  if (pool.tokens > 0n) pool.tokens -= part < pool.tokens ? part : pool.tokens - 1n
  const liable = ({ height, until }: { height: bigint; until: bigint }) => now < until && height + 2n > infraction
  for (const entry of [...model.entries.values()].flat()) {
    if (entry.validator === validator && liable(entry)) entry.amount -= ceilPart(entry.amount, bps)
  }
  for (const move of [...model.moves.values()].flat()) {
    if (move.from !== validator || !liable(move)) continue
    const burnt = ceilPart(move.shares, bps)
    move.shares -= burnt
    move.due += burnt
  }
}

/** Burns what moves to a validator owe and forgets those that are free, the last first. */
export function settleMoves(model: StakingModel, account: Address, to: Address, now: bigint): void {
  const key = `${account} ${to}`
  const list = model.moves.get(key) ?? []
  for (let i = list.length - 1; i >= 0; i--) {
    const move = list[i]!
    if (move.due !== 0n) leave(model, to, account, move.due)
    move.due = 0n
    if (now < move.until) continue
    list[i] = list[list.length - 1]!
    list.pop()
  }
}

/** Shares that are free to leave. */
export function freeShares(model: StakingModel, account: Address, validator: Address, now: bigint): bigint {
  const list = model.moves.get(`${account} ${validator}`) ?? []
  const bound = list.reduce((sum, { shares, due, until }) => sum + due + (now < until ? shares : 0n), 0n)
  return (model.pools.get(validator)?.holders.get(account) ?? 0n) - bound
}

export function reward(model: StakingModel, validator: Address, amount: bigint, commissionBps: bigint): void {
  const pool = model.pools.get(validator)!
  const rest = amount - (amount * commissionBps) / 10_000n
  for (const [account, shares] of pool.holders) add(pool.earned, account, (rest * SCALE * shares) / pool.shares + 1n)
}

/** The most that an account may be owed for a pool, in wei. */
export const earnedAtMost = (pool: Pool, account: Address): bigint => (pool.earned.get(account) ?? 0n) / SCALE + 1n
