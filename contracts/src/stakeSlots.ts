import type { Address, Hex } from '@opengradient/protocol'
import { layout } from './generated/layout.ts'
import { arrayStart, base, member, nested, toSlot } from './storage.ts'

const { variables, structs } = layout.Staking

/** What an account has in a validator: its shares, the pool that they are of, and how many times it moved stake there that is still bound. */
export function stakeSlots(account: Address, validator: Address): Hex[] {
  const position = nested(base(variables._positions), BigInt(validator), BigInt(account))
  return [position, nested(base(variables._pools), BigInt(validator)), movesOf(account, validator)].map(toSlot)
}

/** Shares of an account in the pool of a validator, and the whole pool; a share is worth poolTokens / poolShares OPG wei. */
export interface StakeRecord {
  shares: bigint
  poolTokens: bigint
  poolShares: bigint
  moves: number
}

/** The words of `stakeSlots`. */
export function decodeStake([position = 0n, pool = 0n, moves = 0n]: readonly bigint[]): StakeRecord {
  return {
    shares: member(position, structs.Position.shares),
    poolTokens: member(pool, structs.Pool.tokens),
    poolShares: member(pool, structs.Pool.shares),
    moves: Number(moves),
  }
}

/** Slots of an entry of `IStaking.Move`. */
const MOVE_SLOTS = 3

/** The first `count` moves of an account's stake to a validator: of each the slot with shares and time. */
export function moveSlots(account: Address, validator: Address, count: number): Hex[] {
  const start = arrayStart(movesOf(account, validator)) + BigInt(structs.Move.shares.slot)
  return Array.from({ length: count }, (_, i) => toSlot(start + BigInt(MOVE_SLOTS * i)))
}

/** Shares that cannot leave before `until`, unix seconds. */
export function decodeMove(word: bigint): { shares: bigint; until: bigint } {
  return { shares: member(word, structs.Move.shares), until: member(word, structs.Move.until) }
}

const movesOf = (account: Address, validator: Address): bigint => nested(base(variables._moves), BigInt(validator), BigInt(account))
