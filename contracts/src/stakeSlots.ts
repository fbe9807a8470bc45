import type { Address, Hex } from '@opengradient/protocol'
import { layout } from './generated/layout.ts'
import { arrayStart, asAddress, base, member, nested, run, toSlot } from './storage.ts'

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

/** How many accounts ever registered as a validator, as the word itself. */
export const validatorCountSlot: Hex = toSlot(base(variables._accounts))

/** Validator number `index` in the order of registration, from 0, as the word itself. */
export const validatorAtSlot = (index: number): Hex => toSlot(arrayStart(base(variables._accounts)) + BigInt(index))

/** A validator: its record, its place in the set, its absences, its pool. */
export function validatorSlots(validator: Address): Hex[] {
  const of = (place: { readonly slot: number }) => nested(base(place), BigInt(validator))
  return [
    ...run(of(variables._validators), 3),
    toSlot(of(variables._placeOf)),
    toSlot(of(variables._absences)),
    ...run(of(variables._pools), 2),
  ]
}

/** A validator; `registeredAt` 0: none. Amounts are OPG wei, times unix seconds. */
export interface ValidatorRecord {
  /** CometBFT's address of its key, 20 bytes. */
  consensusAddress: Hex
  commissionBps: number
  jailed: boolean
  tombstoned: boolean
  jailedUntil: bigint
  registeredAt: bigint
  /** What it earned for itself and has not claimed. */
  commission: bigint
  /** Whether it is in the set. */
  placed: boolean
  absence: AbsenceRecord
  /** Bonded to it by all. */
  tokens: bigint
  /** Rewards for each share since the beginning, wei / 2^96. */
  perShare: bigint
}

/** Blocks missed in the window of 10,000 with this number, and in the one before it. */
export interface AbsenceRecord {
  window: bigint
  inWindow: bigint
  inWindowBefore: bigint
}

/** The words of `validatorSlots`. */
export function decodeValidator(words: readonly bigint[]): ValidatorRecord {
  const [head = 0n, times = 0n, commission = 0n, place = 0n, absence = 0n, pool = 0n, perShare = 0n] = words
  const { Record: record, Absence: missed } = structs
  return {
    consensusAddress: asAddress(member(head, record.consensusAddress)),
    commissionBps: Number(member(head, record.commissionBps)),
    jailed: member(head, record.jailed) === 1n,
    tombstoned: member(head, record.tombstoned) === 1n,
    jailedUntil: member(head, record.jailedUntil),
    registeredAt: member(times, record.registeredAt),
    commission: member(commission, record.commission),
    placed: place !== 0n,
    absence: {
      window: member(absence, missed.window),
      inWindow: member(absence, missed.inWindow),
      inWindowBefore: member(absence, missed.inWindowBefore),
    },
    tokens: member(pool, structs.Pool.tokens),
    perShare,
  }
}

/** A consensus key by CometBFT's address of it: its length, and the words of its 32 or 33 bytes. */
export function consensusKeySlots(consensusAddress: Hex): Hex[] {
  const keys = base(variables._keys) + base(structs.Book.keys)
  // Unlike addresses, `bytes20` keys of a mapping are padded on the right.
  const raw = nested(keys, BigInt(consensusAddress) << 96n) + base(structs.Key.raw)
  return [toSlot(raw), ...run(arrayStart(raw), 2)]
}

/** The words of `consensusKeySlots`. */
export function decodeConsensusKey([head = 0n, ...words]: readonly bigint[]): Hex {
  const text = words.map((word) => toSlot(word).slice(2)).join('')
  return `0x${text.slice(0, Number(head - 1n))}`
}

/** What an account has earned and not claimed: shares with what they are owed, and the counter of their last change. */
export const earningSlots = (account: Address, validator: Address): Hex[] =>
  run(nested(base(variables._positions), BigInt(validator), BigInt(account)), 2)

/** Rewards in OPG wei, from the words of `earningSlots` and the counter of the pool. */
export function decodeEarned([position = 0n, seen = 0n]: readonly bigint[], perShare: bigint): bigint {
  const { shares, owed } = structs.Position
  return member(position, owed) + ((member(position, shares) * (perShare - seen)) >> 96n)
}

/** How much ever left validators for an account, as the word itself. */
export const unbondingCountSlot = (account: Address): Hex => toSlot(nested(base(variables._unbondings), BigInt(account)))

/** Entry `id` of what left for an account: three slots. */
export const unbondingSlots = (account: Address, id: number): Hex[] =>
  run(arrayStart(BigInt(unbondingCountSlot(account))) + BigInt(3 * id), 3)

/** See `IStaking.Unbonding`; `amount` 0: paid. */
export interface UnbondingRecord {
  validator: Address
  amount: bigint
  height: bigint
  until: bigint
  /** Number of the first slash of the validator that may take a part of it. */
  slashes: number
}

/** The words of `unbondingSlots`. */
export function decodeUnbonding(words: readonly bigint[]): UnbondingRecord {
  const at = structs.Unbonding
  const read = (name: keyof typeof at): bigint => member(words[at[name].slot] ?? 0n, at[name])
  return {
    validator: asAddress(read('validator')),
    amount: read('amount'),
    height: read('height'),
    until: read('until'),
    slashes: Number(read('slashes')),
  }
}

/** How often a validator was slashed, as the word itself. */
export const slashCountSlot = (validator: Address): Hex => toSlot(nested(base(variables._slashes), BigInt(validator)))

/** Slash number `index` of a validator. */
export const slashSlot = (validator: Address, index: number): Hex => toSlot(arrayStart(BigInt(slashCountSlot(validator))) + BigInt(index))

/** A slash: block of the infraction, when it was carried out (unix seconds), and the part in 1/10,000. */
export function decodeSlash(word: bigint): { height: bigint; time: bigint; bps: bigint } {
  const at = structs.Slash
  return { height: member(word, at.height), time: member(word, at.time), bps: member(word, at.bps) }
}
