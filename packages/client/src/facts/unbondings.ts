import { ADDRESSES } from '@opengradient/contracts/addresses'
import {
  decodeSlash,
  decodeUnbonding,
  slashCountSlot,
  slashSlot,
  type UnbondingRecord,
  unbondingCountSlot,
  unbondingSlots,
} from '@opengradient/contracts/slots'
import type { Address } from '@opengradient/protocol'
import type { StateView } from '../state/view.ts'

/** OPG that left a validator and is not paid yet. */
export interface UnbondingFact {
  /** By which `withdraw` knows it. */
  id: bigint
  validator: Address
  /** What it is worth after the slashes so far, OPG wei. */
  amount: bigint
  /** Unix seconds. */
  until: bigint
}

const { staking } = ADDRESSES
/** `Slashing.SET_DELAY`: blocks for which a validator still votes with what has left. */
const SET_DELAY = 2n
const BPS = 10_000n

/** What left for an account and was not paid, oldest first. */
export async function unbondingsFact(state: StateView, account: Address): Promise<UnbondingFact[]> {
  const count = Number(await state.word(staking, unbondingCountSlot(account)))
  const entries = await Promise.all(
    Array.from({ length: count }, async (_, id) => ({ id, ...decodeUnbonding(await state.words(staking, unbondingSlots(account, id))) })),
  )
  const open = entries.filter(({ amount }) => amount !== 0n)
  return Promise.all(
    open.map(async (entry) => ({
      id: BigInt(entry.id),
      validator: entry.validator,
      amount: await worthOf(state, entry),
      until: entry.until,
    })),
  )
}

/** `Slashing._afterSlashes`: slashes of what was still voting, while it was liable; each part is rounded up. */
async function worthOf(state: StateView, { validator, amount, height, until, slashes: from }: UnbondingRecord): Promise<bigint> {
  const count = Number(await state.word(staking, slashCountSlot(validator)))
  const slots = Array.from({ length: Math.max(0, count - from) }, (_, i) => slashSlot(validator, from + i))
  let left = amount
  for (const slash of (await state.words(staking, slots)).map(decodeSlash)) {
    if (slash.time >= until) break
    if (height + SET_DELAY > slash.height) left -= (left * slash.bps + BPS - 1n) / BPS
  }
  return left
}
