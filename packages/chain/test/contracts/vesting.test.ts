import { ADDRESSES, vestingAbi } from '@opengradient/contracts'
import { type Allocation, predeploys, SUPPLY } from '@opengradient/contracts/artifacts'
import { type Address, ZERO_ADDRESS } from '@opengradient/protocol'
import { beforeEach, describe, expect, test } from 'vitest'
import { refuser } from './attackers.ts'
import { errorText, eventsNamed, read, refusal, write } from './calls.ts'
import { BENEFICIARIES, createWorld, type World } from './harness.ts'
import { OPG } from './scenario.ts'

const MILLION = 1_000_000n * OPG
const MONTH = (365n * 86_400n) / 12n
const START = 1_900_000_000n
const NO_EVIDENCE = { policy: '0x', developmentRoots: [] } as const
const IDS = [0, 1, 2, 3, 4, 5, 6] as const

/** The allocation in words (design: the full node): millions of OPG, free at the start, cliff and duration in months. */
const ALLOCATION = [
  { who: 'ecosystem', amount: 400n, atStart: 40n, cliff: 0n, months: 60n },
  { who: 'foundation', amount: 150n, atStart: 50n, cliff: 0n, months: 48n },
  { who: 'core contributors', amount: 150n, atStart: 0n, cliff: 12n, months: 36n },
  { who: 'investors and advisors', amount: 100n, atStart: 0n, cliff: 12n, months: 36n },
  { who: 'staking rewards', amount: 100n, atStart: 0n, cliff: 0n, months: 96n },
  { who: 'liquidity and launch', amount: 60n, atStart: 60n, cliff: 0n, months: 0n },
  { who: 'airdrop', amount: 40n, atStart: 40n, cliff: 0n, months: 0n },
] as const

const vesting = { abi: vestingAbi, to: ADDRESSES.vesting } as const
let world: World

beforeEach(async () => {
  world = await createWorld({ time: START })
})

const schedule = (id: number, w: World = world) => read(w, { ...vesting, name: 'schedule', args: [id] })
const vested = (id: number, time: bigint) => read(world, { ...vesting, name: 'vested', args: [id, time] })
const releasing = (id: number) => ({ ...vesting, name: 'release', args: [id] }) as const

describe('the genesis allocation', () => {
  test('is the whole supply of 1,000,000,000 OPG, to the wei', async () => {
    const amounts = await Promise.all(IDS.map(async (id) => (await schedule(id)).amount))
    expect(amounts.reduce((sum, amount) => sum + amount)).toBe(SUPPLY)
    expect(SUPPLY).toBe(1_000_000_000n * OPG)
    expect(await world.balance(ADDRESSES.vesting)).toBe(SUPPLY)
  })

  test.each(ALLOCATION.map((words, id) => ({ ...words, id })))(
    'gives $who what the words say',
    async ({ id, amount, atStart, cliff, months }) => {
      expect(await schedule(id)).toEqual({
        beneficiary: BENEFICIARIES[id],
        amount: amount * MILLION,
        atStart: atStart * MILLION,
        cliff: cliff * MONTH,
        duration: months * MONTH,
        released: 0n,
      })
    },
  )

  test('pays every schedule out completely and leaves nothing, to the wei', async () => {
    await world.undoing(async () => {
      const paid = IDS.map(() => 0n)
      for (let month = 0; month <= 97; month++) {
        for (const id of IDS) {
          if ((await read(world, { ...vesting, name: 'releasable', args: [id] })) === 0n) continue
          const [event] = eventsNamed(await write(world, releasing(id)), 'Released')
          paid[id]! += event?.amount as bigint
        }
        world.advance(MONTH - 7n)
      }
      expect(paid).toEqual(ALLOCATION.map(({ amount }) => amount * MILLION))
      expect(await world.balance(ADDRESSES.vesting)).toBe(0n)
      expect(await Promise.all(BENEFICIARIES.map((beneficiary) => world.balance(beneficiary)))).toEqual(paid)
      world.advance(-98n * (MONTH - 7n))
    })
  })
})

describe('a schedule', () => {
  test.each(ALLOCATION.map((words, id) => ({ ...words, id })))(
    'of $who never runs ahead of the line',
    async ({ id, amount, atStart, cliff, months }) => {
      expect(await vested(id, START - 1n)).toBe(0n)
      expect(await vested(id, START)).toBe(atStart * MILLION)
      const end = START + (cliff + months) * MONTH
      expect(await vested(id, end)).toBe(amount * MILLION)
      expect(await vested(id, 2n ** 64n - 1n)).toBe(amount * MILLION)
      for (let time = START; time < end; time += (end - START) / 37n + 1n) {
        const line = time < START + cliff * MONTH ? 0n : ((amount - atStart) * MILLION * (time - START - cliff * MONTH)) / (months * MONTH)
        expect(await vested(id, time)).toBe(atStart * MILLION + line)
      }
    },
  )

  test('with a cliff gives nothing in the first year and starts from nothing after it', async () => {
    expect(await vested(2, START + 12n * MONTH)).toBe(0n)
    expect(await vested(2, START + 12n * MONTH + 1n)).toBe((150n * MILLION) / (36n * MONTH))
  })

  test('pays its beneficiary only, whoever asks, and not the same money twice', async () => {
    await world.undoing(async () => {
      const outcome = await write(world, { ...releasing(5), from: ADDRESSES.models })
      expect(eventsNamed(outcome, 'Released')).toEqual([{ id: 5, beneficiary: BENEFICIARIES[5], amount: 60n * MILLION }])
      expect(await world.balance(BENEFICIARIES[5])).toBe(60n * MILLION)
      expect(await refusal(world, releasing(5))).toBe('NothingToRelease()')
    })
    expect(await refusal(world, releasing(2))).toBe('NothingToRelease()')
  })

  test('that does not exist is an error', async () => {
    expect(await refusal(world, releasing(7))).toBe('UnknownSchedule()')
    expect(await refusal(world, { ...vesting, name: 'schedule', args: [7] })).toBe('UnknownSchedule()')
    expect(await refusal(world, { ...vesting, name: 'vested', args: [255, START] })).toBe('UnknownSchedule()')
  })

  test('keeps its money when the beneficiary takes none', async () => {
    await world.undoing(async () => {
      await world.setCode(BENEFICIARIES[6], refuser)
      expect(await refusal(world, releasing(6))).toBe('TransferFailed()')
      expect((await schedule(6)).released).toBe(0n)
    })
  })
})

describe('a genesis', () => {
  test('may give faucet accounts a part of the ecosystem share, which counts as paid', async () => {
    const faucet: Address = '0x000000000000000000000000000000000000face'
    const local = await createWorld({ time: START, faucets: [{ address: faucet, amount: 45n * MILLION }] })
    expect(await local.balance(ADDRESSES.vesting)).toBe(SUPPLY - 45n * MILLION)
    expect((await schedule(0, local)).released).toBe(45n * MILLION)
    // 40 million were free at the start, so the next five go to nobody else.
    expect(await refusal(local, releasing(0))).toBe('NothingToRelease()')
    local.advance(60n * MONTH)
    await write(local, releasing(0))
    expect(await local.balance(BENEFICIARIES[0])).toBe(355n * MILLION)
  })

  /** Runs the constructor with this allocation and balance; its error. */
  async function constructing(allocation: Partial<Allocation>, balance?: bigint): Promise<string> {
    const at: Address = '0x000000000000000000000000000000000000ce57'
    const { initCode, balance: right } = predeploys(
      { start: START, beneficiaries: BENEFICIARIES, alreadyPaid: 0n, ...allocation },
      NO_EVIDENCE,
    ).find(({ name }) => name === 'Vesting')!
    const rich = await createWorld({ time: START, faucets: [{ address: at, amount: 399n * MILLION }] })
    const outcome = await rich.send({ from: at, data: initCode, value: balance ?? right })
    return outcome.ok ? 'constructed' : errorText(outcome.data)
  }

  test('fails unless the money is there to the wei', async () => {
    expect(await constructing({}, 0n)).toBe(`WrongBalance(0, ${SUPPLY})`)
    expect(await constructing({ alreadyPaid: 400n * MILLION }, 399n * MILLION)).toBe(`WrongBalance(${399n * MILLION}, ${600n * MILLION})`)
  })

  test('fails if faucets took more than the ecosystem share', async () => {
    expect(await constructing({ alreadyPaid: 400n * MILLION + 1n }, 0n)).toBe('TooMuchPaid()')
  })

  test('fails if somebody is missing', async () => {
    const beneficiaries = BENEFICIARIES.with(3, ZERO_ADDRESS) as unknown as Allocation['beneficiaries']
    expect(await constructing({ beneficiaries }, 0n)).toBe('NoBeneficiary()')
  })
})
