import type { ChainClient } from '@opengradient/client'
import { ADDRESSES, stakingAbi } from '@opengradient/contracts'
import { type Address, type Hex, OgError } from '@opengradient/protocol'
import { BaseError, getContract } from 'viem'

/** A validator as lists show it. Amounts are OPG wei, times unix seconds. */
export interface ListedValidator {
  validator: Address
  /** Bonded to it, its own included. */
  tokens: bigint
  /** Its bond of its own. */
  own: bigint
  /** Votes in the set, whole OPG; 0 outside of it. */
  power: bigint
  commissionBps: number
  state: 'active' | 'waiting' | 'jailed' | 'tombstoned'
  jailedUntil: bigint
  /** Of the last 10,000 blocks, by estimate. */
  missed: bigint
  consensusKey: Hex
  /** What the account asked about has in it, and may claim. */
  stake: bigint
  rewards: bigint
}

/** OPG on its way out. */
export interface UnbondingEntry {
  id: bigint
  validator: Address
  /** What it is worth after the slashes so far, OPG wei. */
  amount: bigint
  until: bigint
}

/**
 * `Staking` in one block, as the RPC tells it: unlike balances and `ChainFacts.stake`, not proven. To be shown, and to look for what there is to claim
 * or withdraw; no amount that is signed may follow from it.
 */
export interface Staking {
  height: number
  /** Unix seconds of the block. */
  time: bigint
  validators(account: Address): Promise<ListedValidator[]>
  unbondings(account: Address): Promise<UnbondingEntry[]>
  rewards(account: Address, validator: Address): Promise<bigint>
  commission(validator: Address): Promise<bigint>
}

/** Reads `Staking` in the newest block that the trust accepts. */
export async function stakingAt(chain: ChainClient): Promise<Staking> {
  const { header } = await chain.head()
  const at = { blockNumber: BigInt(header.number) }
  const { read } = getContract({ address: ADDRESSES.staking, abi: stakingAbi, client: chain.rpc.viem })
  const state = async (validator: Address, time: bigint): Promise<Omit<ListedValidator, 'power' | 'stake' | 'rewards' | 'own'>> => {
    const [found, missed] = await Promise.all([read.validatorOf([validator], at), read.missedOf([validator], at)])
    return {
      validator,
      tokens: found.tokens,
      commissionBps: found.commissionBps,
      state: found.tombstoned ? 'tombstoned' : found.jailed ? 'jailed' : 'waiting',
      jailedUntil: found.jailed && !found.tombstoned && found.jailedUntil > time ? found.jailedUntil : 0n,
      missed,
      consensusKey: found.key,
    }
  }
  const time = BigInt(header.timestamp)
  return {
    height: header.number,
    time,
    validators: (account) =>
      answered(async () => {
        const [count, set] = await Promise.all([read.validatorCount(at), read.validatorSet(at)])
        const powers = new Map(set.map(({ key, power }) => [key, power]))
        const all = await Promise.all(range(count).map((index) => read.validatorAt([index], at)))
        return Promise.all(
          all.map(async (one) => {
            const validator = one.toLowerCase() as Address
            const [known, [, stake], rewards, [, own]] = await Promise.all([
              state(validator, time),
              read.stakeOf([account, validator], at),
              read.rewardOf([account, validator], at),
              read.stakeOf([validator, validator], at),
            ])
            const power = powers.get(known.consensusKey) ?? 0n
            return { ...known, state: power > 0n && known.state === 'waiting' ? 'active' : known.state, power, stake, rewards, own }
          }),
        )
      }),
    unbondings: (account) =>
      answered(async () => {
        const ids = range(await read.unbondingCount([account], at))
        const entries = await Promise.all(ids.map((id) => read.unbondingAt([account, id], at)))
        return entries.flatMap(([{ validator, amount, until }, worth], index) =>
          amount === 0n ? [] : { id: BigInt(index), validator: validator.toLowerCase() as Address, amount: worth, until },
        )
      }),
    rewards: (account, validator) => answered(() => read.rewardOf([account, validator], at)),
    commission: (validator) => answered(() => read.commissionOf([validator], at)),
  }
}

const range = (count: bigint): bigint[] => Array.from({ length: Number(count) }, (_, index) => BigInt(index))

async function answered<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (cause) {
    if (!(cause instanceof BaseError)) throw cause
    throw new OgError('RPC_ERROR', `the RPC does not answer about Staking: ${cause.shortMessage}`, { cause })
  }
}
