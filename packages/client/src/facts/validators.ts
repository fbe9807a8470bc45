import { ADDRESSES } from '@opengradient/contracts/addresses'
import {
  type AbsenceRecord,
  consensusKeySlots,
  decodeConsensusKey,
  decodeEarned,
  decodeValidator,
  earningSlots,
  type ValidatorRecord,
  validatorAtSlot,
  validatorCountSlot,
  validatorSlots,
} from '@opengradient/contracts/slots'
import type { Address, Hex } from '@opengradient/protocol'
import type { StateView } from '../state/view.ts'

/** A validator. Amounts are OPG wei, times unix seconds. */
export interface ValidatorFact {
  validator: Address
  state: 'active' | 'waiting' | 'jailed' | 'tombstoned'
  /** 0 unless it is jailed for some time. */
  jailedUntil: bigint
  /** Bonded to it, its own included. */
  tokens: bigint
  /** Votes in the set, whole OPG; 0 outside of it. */
  power: bigint
  /** Part of each reward that it keeps, in 1/10,000. */
  commissionBps: number
  /** What it earned by that and has not claimed. */
  commission: bigint
  /** Of the last 10,000 blocks, by estimate. */
  missed: bigint
  consensusKey: Hex
}

const { staking } = ADDRESSES
const OPG = 10n ** 18n
/** As in `ValidatorSet`: a hundredth of what CometBFT takes in all. */
const MAX_POWER = (2n ** 63n - 1n) / 8n / 100n
/** `Liveness.SIGNING_WINDOW`. */
const WINDOW = 10_000n

/** Undefined when the account never registered as one. */
export async function validatorFact(state: StateView, validator: Address): Promise<ValidatorFact | undefined> {
  const record = decodeValidator(await state.words(staking, validatorSlots(validator)))
  if (record.registeredAt === 0n) return undefined
  const { tokens, commissionBps, commission, placed, jailedUntil, tombstoned, absence, consensusAddress } = record
  const standing = stateOf(record)
  const { number, timestamp } = state.header
  return {
    validator,
    state: standing,
    jailedUntil: standing === 'jailed' && !tombstoned && jailedUntil > BigInt(timestamp) ? jailedUntil : 0n,
    tokens,
    power: placed ? least(tokens / OPG, MAX_POWER) : 0n,
    commissionBps,
    commission,
    missed: missedOf(absence, BigInt(number)),
    consensusKey: decodeConsensusKey(await state.words(staking, consensusKeySlots(consensusAddress))),
  }
}

/** All validators, in the order of registration. */
export async function validatorsFact(state: StateView): Promise<ValidatorFact[]> {
  const count = Number(await state.word(staking, validatorCountSlot))
  const words = await state.words(
    staking,
    Array.from({ length: count }, (_, index) => validatorAtSlot(index)),
  )
  const facts = await Promise.all(words.map((word) => validatorFact(state, `0x${word.toString(16).padStart(40, '0')}`)))
  return facts.filter((fact) => fact !== undefined)
}

/** OPG wei that an account has earned with a validator and not claimed. */
export async function rewardsFact(state: StateView, account: Address, validator: Address): Promise<bigint> {
  const [pool, position] = await Promise.all([
    state.words(staking, validatorSlots(validator)),
    state.words(staking, earningSlots(account, validator)),
  ])
  return decodeEarned(position, decodeValidator(pool).perShare)
}

function stateOf({ tombstoned, jailed, placed }: ValidatorRecord): ValidatorFact['state'] {
  if (tombstoned) return 'tombstoned'
  if (jailed) return 'jailed'
  return placed ? 'active' : 'waiting'
}

/** `Liveness._missed`: of the window before, the part that still counts, by its average. */
function missedOf({ window, inWindow, inWindowBefore }: AbsenceRecord, height: bigint): bigint {
  const now = height / WINDOW
  const older = WINDOW - 1n - (height % WINDOW)
  if (window === now) return inWindow + (inWindowBefore * older) / WINDOW
  return window + 1n === now ? (inWindow * older) / WINDOW : 0n
}

const least = (a: bigint, b: bigint): bigint => (a < b ? a : b)
