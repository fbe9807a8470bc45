import type { ChainClient, UnbondingFact, ValidatorFact } from '@opengradient/client'
import type { Address } from '@opengradient/protocol'

/** A validator as lists show it. Amounts are OPG wei. */
export interface ListedValidator extends ValidatorFact {
  /** Its bond of its own. */
  own: bigint
  /** What the account asked about has in it, and may claim. */
  stake: bigint
  rewards: bigint
}

/** `Staking` in one block, proven. */
export interface Staking {
  height: number
  /** Unix seconds of the block. */
  time: bigint
  validators(account: Address): Promise<ListedValidator[]>
  unbondings(account: Address): Promise<UnbondingFact[]>
  /** OPG wei that a validator has earned for itself and not claimed; 0 for who is none. */
  commission(validator: Address): Promise<bigint>
}

/** Reads `Staking` in the newest block that the trust accepts. */
export async function stakingAt(chain: ChainClient): Promise<Staking> {
  const block = await chain.head()
  const facts = chain.at(block)
  const listed = async (fact: ValidatorFact, account: Address): Promise<ListedValidator> => {
    const { validator } = fact
    const [own, stake, rewards] = await Promise.all([
      facts.stake(validator, validator),
      facts.stake(account, validator),
      facts.rewards(account, validator),
    ])
    return { ...fact, own: own.tokens, stake: stake.tokens, rewards }
  }
  return {
    height: block.header.number,
    time: BigInt(block.header.timestamp),
    validators: async (account) => Promise.all((await facts.validators()).map((fact) => listed(fact, account))),
    unbondings: (account) => facts.unbondings(account),
    commission: async (validator) => (await facts.validator(validator))?.commission ?? 0n,
  }
}
