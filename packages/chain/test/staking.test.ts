import { ADDRESSES, rewardsAbi, settlementAbi, stakingAbi, vestingAbi } from '@opengradient/contracts'
import { SUPPLY } from '@opengradient/contracts/artifacts'
import { bytesToHex, type Hex } from '@opengradient/protocol'
import { encodeFunctionData } from 'viem'
import { describe, expect, it } from 'vitest'
import { Patience } from '../src/call/patience.ts'
import { CONSENSUS_PARAMS } from '../src/consensus/cometbft/genesis.ts'
import type { Misbehaviour, ValidatorUpdate } from '../src/consensus/report.ts'
import { NOTHING_REPORTED } from '../src/consensus/report.ts'
import { simulate } from '../src/simulate/simulate.ts'
import { memoryStore } from '../src/state/store.ts'
import { callTracer } from '../src/trace/callTracer.ts'
import { Output } from '../src/trace/output.ts'
import { traceBlock } from '../src/trace/replay.ts'
import { testApplication } from './application.testkit.ts'
import { OPG, signer, testGenesis } from './chain.testkit.ts'
import {
  idOf,
  keyOf,
  leastValidators,
  PROPOSER,
  type StakedChain,
  stakedChain,
  stakedGenesis,
  stakingCall,
  supplyOf,
  VALIDATORS,
  votesOf,
} from './staking.testkit.ts'

const powers = (updates: readonly ValidatorUpdate[]): Record<Hex, bigint> =>
  Object.fromEntries(updates.map(({ key, power }) => [bytesToHex(key), power]))

const doubleSign = (index: number, height = 1n): Misbehaviour => ({
  kind: 'doubleSign',
  validator: idOf(VALIDATORS[index]!.consensusKey),
  height,
})
const reporting = (...misbehaviour: Misbehaviour[]) => ({ votes: votesOf(), misbehaviour })
const staking = (chain: StakedChain, name: string, ...args: unknown[]) => chain.read(stakingAbi, ADDRESSES.staking, name, args)
const account = (index: number) => VALIDATORS[index]!.account

describe('a genesis with validators', () => {
  it('has them registered, bonded and in the set, out of the supply', async () => {
    const store = memoryStore()
    await testApplication({ store, genesis: await stakedGenesis() })
    expect(await supplyOf(store)).toBe(SUPPLY)
    const chain = await stakedChain()
    expect(await staking(chain, 'validatorSet')).toEqual(
      VALIDATORS.map(({ consensusKey, bond }) => ({ key: consensusKey, power: bond / OPG })),
    )
    for (const [index, { account, bond, commissionBps, consensusKey }] of VALIDATORS.entries()) {
      expect(await staking(chain, 'validatorAt', BigInt(index))).toMatch(new RegExp(account, 'i'))
      expect(await staking(chain, 'validatorOf', account)).toMatchObject({ tokens: bond, shares: bond, commissionBps, key: consensusKey })
      expect(await chain.balance(account)).toBe(1_000_000n * OPG - bond)
    }
    expect(await chain.balance(ADDRESSES.staking)).toBe(100_000n * OPG)
  })

  it('reports nothing new: CometBFT begins with the same set', async () => {
    const chain = await stakedChain()
    expect((await chain.block()).validatorUpdates).toEqual([])
    expect((await chain.block({ report: reporting() })).validatorUpdates).toEqual([])
  })

  it('names the accounts behind consensus keys, also behind old ones', async () => {
    const chain = await stakedChain()
    const accountOf = (key: Hex) => chain.application.validatorAccount(idOf(key))
    expect(VALIDATORS.map(({ consensusKey }) => accountOf(consensusKey))).toEqual(VALIDATORS.map(({ account }) => account))
    expect(accountOf(keyOf('new'))).toBeUndefined()
    const rotating = await stakingCall(signer(0), 0, 'rotateConsensusKey', [keyOf('new')])
    const { validatorUpdates } = await chain.block({ raws: [rotating], seconds: 86_400n })
    expect(powers(validatorUpdates)).toEqual({ [keyOf('0')]: 0n, [keyOf('new')]: 10_000n })
    expect([accountOf(keyOf('0')), accountOf(keyOf('new'))]).toEqual([account(0), account(0)])
  })
})

describe('the end of a block', () => {
  it('tells CometBFT of stake that came and went', async () => {
    const chain = await stakedChain()
    const four = signer(4)
    const first = await chain.block({ raws: [await stakingCall(four, 0, 'delegate', [account(1)], 5n * OPG)] })
    expect(powers(first.validatorUpdates)).toEqual({ [keyOf('1')]: 20_005n })
    expect((await chain.block()).validatorUpdates).toEqual([])
    const second = await chain.block({ raws: [await stakingCall(four, 1, 'undelegate', [account(1), 2n * OPG])] })
    expect(powers(second.validatorUpdates)).toEqual({ [keyOf('1')]: 20_003n })
  })

  it('adds who registers', async () => {
    const chain = await stakedChain()
    const { validatorUpdates } = await chain.block({ raws: [await stakingCall(signer(4), 0, 'register', [keyOf('4'), 0], 10_000n * OPG)] })
    expect(powers(validatorUpdates)).toEqual({ [keyOf('4')]: 10_000n })
  })

  it('never empties the set: who was there last stays until somebody else is', async () => {
    const chain = await stakedChain()
    const all = [0, 1, 2, 3].map((index) => doubleSign(index))
    expect((await chain.block({ report: reporting(...all) })).validatorUpdates).toEqual([])
    const { validatorUpdates } = await chain.block({ raws: [await stakingCall(signer(4), 0, 'register', [keyOf('4'), 0], 10_000n * OPG)] })
    expect(powers(validatorUpdates)).toEqual({
      ...Object.fromEntries(VALIDATORS.map(({ consensusKey }) => [consensusKey, 0n])),
      [keyOf('4')]: 10_000n,
    })
  })
})

describe('what consensus reports', () => {
  it('slashes and tombstones who signed twice, once, and takes the power', async () => {
    const chain = await stakedChain()
    const { validatorUpdates } = await chain.block({ report: reporting(doubleSign(3)) })
    expect(powers(validatorUpdates)).toEqual({ [keyOf('3')]: 0n })
    expect(await staking(chain, 'validatorOf', account(3))).toMatchObject({ jailed: true, tombstoned: true, tokens: 38_000n * OPG })
    expect(await staking(chain, 'totalSlashed')).toBe(2_000n * OPG)
    const again = await chain.block({ report: reporting(doubleSign(3, 2n), { ...doubleSign(3, 2n), kind: 'lightClientAttack' }) })
    expect(again.validatorUpdates).toEqual([])
    expect(await staking(chain, 'totalSlashed')).toBe(2_000n * OPG)
  })

  it('about keys that nobody used does not stop the chain', async () => {
    const chain = await stakedChain()
    const stranger = idOf(keyOf('stranger'))
    const report = {
      votes: [{ validator: stranger, power: 1n, signed: false }],
      misbehaviour: [{ ...doubleSign(0), validator: stranger }],
    }
    expect((await chain.block({ report })).validatorUpdates).toEqual([])
    expect(await staking(chain, 'totalSlashed')).toBe(0n)
  })

  it('jails for ten minutes who missed more than half of the window', async () => {
    const chain = await stakedChain()
    const [, absent] = votesOf(1)
    const votes = Array.from({ length: 5_000 }, () => absent!)
    expect((await chain.block({ report: { votes, misbehaviour: [] } })).validatorUpdates).toEqual([])
    const { validatorUpdates } = await chain.block({ report: { votes: votesOf(1), misbehaviour: [] } })
    expect(powers(validatorUpdates)).toEqual({ [keyOf('1')]: 0n })
    expect(await staking(chain, 'totalSlashed')).toBe(2n * OPG)
    const unjailing = (nonce: number) => stakingCall(signer(1), nonce, 'unjail', [])
    const early = await chain.block({ raws: [await unjailing(0)], seconds: 599n })
    expect(early.receipts[0]!.status).toBe(0)
    const late = await chain.block({ raws: [await unjailing(1)] })
    expect(late.receipts[0]!.status).toBe(1)
    expect(powers(late.validatorUpdates)).toEqual({ [keyOf('1')]: 19_998n })
  })

  it('may be as much evidence as a block can carry, against all but one of the set', async () => {
    const more = Array.from({ length: 99 }, (_, index) => signer(100 + index).address)
    const validators = leastValidators(more)
    const chain = await stakedChain(stakedGenesis(validators, more))
    const evidence = Array.from({ length: 3_500 }, (_, at) => idOf(validators[at % 99]!.consensusKey))
    const misbehaviour = evidence.map((validator): Misbehaviour => ({ ...doubleSign(0), validator }))
    const { validatorUpdates } = await chain.block({ report: { votes: [], misbehaviour } })
    expect(validatorUpdates).toHaveLength(99)
    expect(validatorUpdates.every(({ power }) => power === 0n)).toBe(true)
    expect(await staking(chain, 'totalSlashed')).toBe(99n * 500n * OPG)
  })

  it('decides the hash of the block', async () => {
    const hashes = new Set<Hex>()
    for (const report of [undefined, reporting(doubleSign(0)), reporting(doubleSign(1)), { votes: votesOf(2), misbehaviour: [] }]) {
      hashes.add((await (await stakedChain()).block({ ...(report && { report }) })).appHash)
    }
    expect(hashes.size).toBe(4)
    expect(hashes).toContain((await (await stakedChain()).block({ report: NOTHING_REPORTED })).appHash)
    expect(hashes).toContain((await (await stakedChain()).block({ report: reporting() })).appHash)
  })

  it('is kept with the block, and only if there is something', async () => {
    const chain = await stakedChain()
    await chain.block({ report: reporting() })
    await chain.block({ report: reporting(doubleSign(0)) })
    expect(chain.ledger.report(1n)).toBeUndefined()
    expect(chain.ledger.report(2n)).toHaveLength(4 + 32 * 6)
    expect(chain.ledger.report(3n)).toBeUndefined()
  })

  it('is told again when a block is run again', async () => {
    const chain = await stakedChain()
    const raws = [await stakingCall(signer(4), 0, 'delegate', [account(0)], OPG)]
    const { receipts } = await chain.block({ raws, report: reporting(doubleSign(0)) })
    expect(receipts[0]!.status).toBe(0)
    const trace = async (without: { report?: undefined } = {}) => {
      const replay = { ...(await chain.chain.replay(1n)), ...without }
      const patience = new Patience({ milliseconds: 60_000, now: () => 0, pause: async () => {} })
      const [traced] = await traceBlock(replay, chain.ledger.head, callTracer({ onlyTopCall: true, withLog: false }), {
        patience,
        output: new Output(1_000_000),
      })
      return traced!.result as { error?: string }
    }
    expect((await trace()).error).toBe('execution reverted')
    expect((await trace({ report: undefined })).error).toBeUndefined()
  })

  it('is proven by evidence that comes while stake is still bound: a day and more before it is free', async () => {
    const chain = await stakedChain()
    const unbonding = (await staking(chain, 'UNBONDING')) as bigint
    const { maxAgeDuration, maxAgeNumBlocks } = CONSENSUS_PARAMS.evidence
    expect(maxAgeDuration.seconds + 2n).toBeLessThan(unbonding)
    // Evidence is too old when both are exceeded, and a block takes a second or more.
    expect(maxAgeNumBlocks + 2n).toBeLessThan(unbonding)
  })
})

describe('rewards', () => {
  const EPOCH = 100n

  /** Base fees of all blocks below a height. */
  const feesBelow = (chain: StakedChain, height: bigint) => {
    let sum = 0n
    for (let at = 1n; at < height; at++) {
      const { gasUsed, baseFeePerGas } = chain.ledger.header(at)!.header
      sum += gasUsed * baseFeePerGas!
    }
    return sum
  }

  it('are the base fees, what has vested and the credit in Settlement, by power and presence, to the wei', async () => {
    const chain = await stakedChain()
    const four = signer(4)
    const to = signer(9).address
    for (let at = 1n; at < EPOCH - 1n; at++) {
      const raws = at < 4n ? [await four.sign({ nonce: Number(at) - 1, to, value: 1n })] : []
      // Validator 1 misses a quarter of the blocks of the epoch.
      await chain.block({ raws, report: { votes: at <= 25n ? votesOf(1) : votesOf(), misbehaviour: [] } })
    }
    expect(await chain.balance(ADDRESSES.rewards)).toBe(feesBelow(chain, EPOCH - 1n))
    expect(await staking(chain, 'totalRewards')).toBe(0n)
    const data = encodeFunctionData({ abi: settlementAbi, functionName: 'fund', args: [ADDRESSES.rewards] })
    await chain.block({ raws: [await four.sign({ nonce: 3, to: ADDRESSES.settlement, data, value: 6n, gas: 500_000n })] })
    expect(await chain.read(settlementAbi, ADDRESSES.settlement, 'credits', [ADDRESSES.rewards])).toBe(0n)
    const vested = (await chain.read(vestingAbi, ADDRESSES.vesting, 'vested', [4, chain.ledger.head.block.header.timestamp])) as bigint
    const money = feesBelow(chain, EPOCH - 1n) + vested + 6n
    const weights = [10_000n * 100n, 20_000n * 75n, 30_000n * 100n, 40_000n * 100n]
    const parts = weights.map((weight) => (money * weight) / weights.reduce((a, b) => a + b))
    const paid = parts.reduce((a, b) => a + b)
    expect(await staking(chain, 'totalRewards')).toBe(paid)
    // What is left over, and the fees of the paying block itself.
    expect(await chain.balance(ADDRESSES.rewards)).toBe(money - paid + (feesBelow(chain, EPOCH) - feesBelow(chain, EPOCH - 1n)))
    expect(await staking(chain, 'commissionOf', account(3))).toBe(parts[3]! / 10n)
    for (const index of [0, 1, 2]) {
      const owed = (await staking(chain, 'rewardOf', account(index), account(index))) as bigint
      expect([parts[index]!, parts[index]! - 1n]).toContain(owed)
      const before = await chain.balance(account(index))
      const { receipts } = await chain.block({ raws: [await stakingCall(signer(index), 0, 'claim', [account(index)])] })
      const spent = receipts[0]!.gasUsed * receipts[0]!.effectiveGasPrice
      expect((await chain.balance(account(index))) - before + spent).toBe(owed)
    }
  })

  it('wait for somebody to come while everybody is jailed, and the supply stays what it was', async () => {
    const store = memoryStore()
    const genesis = await stakedGenesis()
    const { application, ledger } = await testApplication({ store, genesis })
    const raws = await Promise.all([0, 1, 2].map((nonce) => signer(4).sign({ nonce, to: signer(9).address, value: 7n })))
    for (let at = 1n; at < 2n * EPOCH; at++) {
      const { height, appHash, time } = application.info()
      const report = at === 5n ? reporting(...[0, 1, 2, 3].map((index) => doubleSign(index))) : reporting()
      const transactions = raws.slice(Number(at) - 1, Number(at))
      const proposer = account(0)
      await application.finalize({ height: height + 1n, parentHash: appHash, time: time + 1n, proposer, transactions, report })
      await application.commit(undefined)
    }
    expect(ledger.head.height).toBe(199n)
    expect(await supplyOf(store)).toBe(SUPPLY)
  })

  it('go to 100 validators in one block', async () => {
    const more = Array.from({ length: 99 }, (_, index) => signer(100 + index).address)
    const chain = await stakedChain(stakedGenesis(leastValidators(more), more))
    for (let at = 1n; at < EPOCH; at++) await chain.block()
    const total = (await staking(chain, 'totalRewards')) as bigint
    expect(total).toBeGreaterThan(0n)
    expect(await staking(chain, 'commissionOf', more[98])).toBe(((total / 100n) * 500n) / 10_000n)
  })

  it('are paid in simulated blocks as in real ones', async () => {
    const chain = await stakedChain()
    for (let at = 1n; at < EPOCH - 1n; at++) await chain.block()
    const { number, timestamp } = chain.ledger.head.block.header
    const block = { feeRecipient: PROPOSER, time: timestamp + 1n }
    const request = { blocks: [{ block, overrides: new Map(), calls: [] }], validation: true, traceTransfers: false }
    const [simulated] = await simulate(chain.simulator, chain.need(number), request, { gas: 1_000_000n, milliseconds: 60_000 })
    await chain.block()
    expect(bytesToHex(simulated!.block.hash())).toBe(chain.ledger.head.hash)
    expect(await staking(chain, 'totalRewards')).not.toBe(0n)
  })

  it('are nobody’s to pay but the executor’s', async () => {
    const chain = await stakedChain()
    await expect(chain.read(rewardsAbi, ADDRESSES.rewards, 'endBlock')).rejects.toThrow('revert')
  })
})

describe('an embedded network', () => {
  it('has no validators in Staking, and makes none of its calls', async () => {
    const chain = await stakedChain(testGenesis())
    for (let at = 1n; at < 102n; at++) expect((await chain.block()).validatorUpdates).toEqual([])
    const untouched = async (address: (typeof ADDRESSES)[keyof typeof ADDRESSES]) =>
      expect(await chain.chain.state(101n).account(address)).toEqual(await chain.chain.state(0n).account(address))
    await untouched(ADDRESSES.staking)
    await untouched(ADDRESSES.rewards)
    await untouched(ADDRESSES.vesting)
    expect(chain.application.validatorAccount(idOf(keyOf('0')))).toBeUndefined()
  })
})
