import { ADDRESSES } from '@opengradient/contracts/addresses'
import { decodeMove, decodeStake, moveSlots, stakeSlots } from '@opengradient/contracts/slots'
import type { Address } from '@opengradient/protocol'
import type { StateView } from '../state/view.ts'

/** What an account has in a validator: shares, what they are worth in OPG wei, and shares that were moved there and cannot leave yet. */
export interface StakeFact {
  shares: bigint
  tokens: bigint
  locked: bigint
}

/** Moves of one account to one validator that `Staking` keeps at most. */
const MAX_MOVES = 8

export async function stakeFact(state: StateView, account: Address, validator: Address): Promise<StakeFact> {
  const { staking } = ADDRESSES
  const { shares, poolTokens, poolShares, moves } = decodeStake(await state.words(staking, stakeSlots(account, validator)))
  const words = await state.words(staking, moveSlots(account, validator, Math.min(moves, MAX_MOVES)))
  const bound = words.map(decodeMove).filter(({ until }) => until > BigInt(state.header.timestamp))
  return {
    shares,
    tokens: poolShares === 0n ? 0n : (shares * poolTokens) / poolShares,
    locked: bound.reduce((sum, move) => sum + move.shares, 0n),
  }
}
