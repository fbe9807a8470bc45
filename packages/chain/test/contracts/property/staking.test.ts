import { ADDRESSES, stakeVotesAbi } from '@opengradient/contracts'
import { SUPPLY } from '@opengradient/contracts/artifacts'
import type { Address } from '@opengradient/protocol'
import { expect, test } from 'vitest'
import { attempt, eventsNamed, read, write } from '../calls.ts'
import { DAY } from '../scenario.ts'
import {
  createStakingWorld,
  delegating,
  doubleSigning,
  joining,
  keyNamed,
  missingTooMany,
  redelegating,
  rewarding,
  SELF_BOND,
  staking,
  undelegating,
  withdrawing,
} from '../stakingWorld.ts'
import { createRandom, drawSeed } from './random.ts'
import * as reference from './stakingModel.ts'

const CALLS = 1500
const COMMISSION = 700
const OWN = 50n * SELF_BOND
const votes = { abi: stakeVotesAbi, to: ADDRESSES.stakeVotes } as const

test(`${CALLS} random calls to Staking pay nobody a wei too much and lose none`, { timeout: 600_000 }, async () => {
  const seed = drawSeed()
  console.log(`OG_SEED=${seed}`)
  const random = createRandom(seed)
  const { world, accounts } = await createStakingWorld(6)
  const validators = accounts.slice(0, 3)
  const model = reference.emptyModel()
  const paid = new Map<string, bigint>()
  const done = new Map<string, number>()
  let received = 0n
  let commissions = 0n
  let late = false
  for (const [i, account] of validators.entries()) {
    await write(world, joining(account, keyNamed(`${i}`), OWN, COMMISSION))
    reference.join(model, account, account, OWN)
    received += OWN
  }
  const total = (name: 'totalBonded' | 'totalUnbonding' | 'totalRewards' | 'totalSlashed') => read(world, { ...staking, name, args: [] })
  const amountOf = () => 1n + random.bigBelow(10n ** BigInt(random.below(21)))
  const sharesOf = (account: Address, validator: Address) => {
    const held = model.pools.get(validator)!.holders.get(account) ?? 0n
    return random.oneIn(12) ? held : (held * random.bigBelow(201n)) / 1000n + random.bigBelow(3n)
  }

  /** One call; true if it succeeded. The model says what it does, and whether it must succeed. */
  const moves: Record<string, () => Promise<boolean>> = {
    async delegate() {
      const [account, validator, amount] = [random.pick(accounts), random.pick(validators), amountOf()]
      const { ok } = await attempt(world, delegating(account, validator, amount))
      if (ok) reference.join(model, validator, account, amount)
      if (ok) received += amount
      return ok
    },
    async undelegate() {
      const [account, validator] = [random.pick(accounts), random.pick(validators)]
      const shares = sharesOf(account, validator)
      const free = reference.freeShares(model, account, validator, world.now())
      const { ok } = await attempt(world, undelegating(account, validator, shares))
      expect(ok).toBe(shares > 0n && shares <= free)
      if (!ok) return false
      reference.settleMoves(model, account, validator, world.now())
      reference.undelegate(model, validator, account, shares, world.height(), world.now())
      return true
    },
    async redelegate() {
      const [account, from, to] = [random.pick(accounts), random.pick(validators), random.pick(validators)]
      const shares = sharesOf(account, from)
      const { ok } = await attempt(world, redelegating(account, from, to, shares))
      if (!ok) return false
      expect(shares <= reference.freeShares(model, account, from, world.now())).toBe(true)
      reference.settleMoves(model, account, to, world.now())
      reference.settleMoves(model, account, from, world.now())
      reference.redelegate(model, from, to, account, shares, world.height(), world.now())
      return true
    },
    async settleMoves() {
      const [account, validator] = [random.pick(accounts), random.pick(validators)]
      const { ok } = await attempt(world, { ...staking, name: 'settleMoves', args: [account, validator] })
      expect(ok).toBe(true)
      reference.settleMoves(model, account, validator, world.now())
      return ok
    },
    async withdraw() {
      const account = random.pick(accounts)
      const entries = model.entries.get(account) ?? []
      if (entries.length === 0) return false
      const id = random.below(entries.length)
      const entry = entries[id]!
      const before = await world.balance(account)
      const { ok } = await attempt(world, withdrawing(account, BigInt(id)))
      if (!ok) return false
      expect(!entry.taken && world.now() >= entry.until).toBe(true)
      expect((await world.balance(account)) - before).toBe(entry.amount)
      entry.taken = true
      received -= entry.amount
      return true
    },
    async reward() {
      const [validator, amount] = [random.pick(validators), amountOf()]
      const { ok } = await attempt(world, rewarding(validator, amount))
      if (!ok) return false
      reference.reward(model, validator, amount, BigInt(COMMISSION))
      commissions += (amount * BigInt(COMMISSION)) / 10_000n
      received += amount
      return true
    },
    async claim() {
      const [account, validator] = [random.pick(accounts), random.pick(validators)]
      const outcome = await attempt(world, { ...staking, name: 'claim', args: [validator], from: account })
      if (!outcome.ok) return false
      const [{ amount }] = eventsNamed(outcome, 'RewardClaimed') as [{ amount: bigint }]
      const key = `${account} ${validator}`
      paid.set(key, (paid.get(key) ?? 0n) + amount)
      received -= amount
      expect(paid.get(key)! <= reference.earnedAtMost(model.pools.get(validator)!, account)).toBe(true)
      return true
    },
    async claimCommission() {
      const outcome = await attempt(world, { ...staking, name: 'claimCommission', args: [], from: random.pick(validators) })
      if (!outcome.ok) return false
      const [{ amount }] = eventsNamed(outcome, 'CommissionClaimed') as [{ amount: bigint }]
      commissions -= amount
      received -= amount
      expect(commissions >= 0n).toBe(true)
      return true
    },
    async slash() {
      const twice = late && random.oneIn(8)
      // Seldom, so that most of the time most of them are not in jail.
      if (!twice && !random.oneIn(3)) return false
      const validator = random.pick(validators)
      const before = await read(world, { ...staking, name: 'validatorOf', args: [validator] })
      const back = BigInt(random.below(6))
      const infraction = twice ? (world.height() > back ? world.height() - back : 0n) : world.height() - 1n
      await write(world, await (twice ? doubleSigning(world, validator, infraction) : missingTooMany(world, validator)))
      if (twice ? before.tombstoned : before.jailed) return false
      reference.slash(model, validator, infraction, twice ? 500n : 1n, world.now())
      return true
    },
    async unjail() {
      return (await attempt(world, { ...staking, name: 'unjail', args: [], from: random.pick(validators) })).ok
    },
    async payTreasury() {
      const slashed = await total('totalSlashed')
      const { ok } = await attempt(world, { ...staking, name: 'payTreasury', args: [] })
      if (ok) received -= slashed
      return ok
    },
    async nameVoter() {
      return (await attempt(world, { ...votes, name: 'delegate', args: [random.pick(accounts)], from: random.pick(accounts) })).ok
    },
    async pass() {
      world.mine()
      world.advance(random.pick([1n, 600n, DAY, 5n * DAY]))
      return true
    },
  }

  const sum = (amounts: readonly bigint[]) => amounts.reduce((a, b) => a + b, 0n)
  const countedOf = (account: Address, validator: Address) => read(world, { ...votes, name: 'counted', args: [validator, account] })

  /** Whatever happens, there is the same OPG, and each counted wei votes once. */
  async function checkWhole(): Promise<void> {
    const holders = new Set([...accounts, ...Object.values(ADDRESSES)])
    expect(sum(await Promise.all([...holders].map((holder) => world.balance(holder))))).toBe(SUPPLY)
    const voting = await Promise.all(accounts.map((account) => read(world, { ...votes, name: 'getVotes', args: [account] })))
    const counted = await Promise.all(accounts.flatMap((account) => validators.map((validator) => countedOf(account, validator))))
    expect(sum(voting)).toBe(sum(counted))
  }

  /** Once all stake has been touched, it votes with what it is worth. */
  async function checkVotes(): Promise<void> {
    for (const account of accounts) {
      for (const validator of validators) {
        await write(world, { ...staking, name: 'settleMoves', args: [account, validator] })
        const [, tokens] = await read(world, { ...staking, name: 'stakeOf', args: [account, validator] })
        expect(await countedOf(account, validator)).toBe(tokens)
      }
    }
    await checkWhole()
  }

  async function check(): Promise<void> {
    await checkWhole()
    const [bonded, unbonding, rewards, slashed] = [
      await total('totalBonded'),
      await total('totalUnbonding'),
      await total('totalRewards'),
      await total('totalSlashed'),
    ]
    expect(await world.balance(ADDRESSES.staking)).toBe(received)
    expect(bonded + unbonding + rewards + slashed).toBe(received)
    let [tokens, owed] = [0n, 0n]
    for (const validator of validators) {
      const pool = model.pools.get(validator)!
      const found = await read(world, { ...staking, name: 'validatorOf', args: [validator] })
      expect([found.tokens, found.shares]).toEqual([pool.tokens, pool.shares])
      tokens += found.tokens
      owed += await read(world, { ...staking, name: 'commissionOf', args: [validator] })
      for (const account of accounts) {
        const mine = await read(world, { ...staking, name: 'rewardOf', args: [account, validator] })
        expect((paid.get(`${account} ${validator}`) ?? 0n) + mine <= reference.earnedAtMost(pool, account)).toBe(true)
        owed += mine
      }
    }
    expect(tokens).toBe(bonded)
    expect(owed <= rewards).toBe(true)
    for (const [account, entries] of model.entries) {
      for (const [id, { amount, taken }] of entries.entries()) {
        if (taken) continue
        expect((await read(world, { ...staking, name: 'unbondingAt', args: [account, BigInt(id)] }))[1]).toBe(amount)
      }
    }
  }

  for (let i = 0; i < CALLS; i++) {
    late = i > CALLS / 2
    const name = random.pick(Object.keys(moves))
    try {
      if (await moves[name]!()) done.set(name, (done.get(name) ?? 0) + 1)
      if (i % 25 === 0) await check()
    } catch (cause) {
      throw new Error(`call ${i} (${name}) of the run with OG_SEED=${seed}`, { cause })
    }
  }
  await check()
  await checkVotes()
  console.log([...done].map(([name, count]) => `${name} ${count}`).join(' · '))
  for (const name of ['delegate', 'undelegate', 'withdraw', 'reward', 'claim', 'slash']) expect(done.get(name), name).toBeGreaterThan(0)
})
