import { expect, it } from 'vitest'
import { BlockTime } from './blockTime.ts'

/** A clock at 1,000 s that the test moves, and the time of the last block. */
function setUp(head = 900n) {
  let now = 1_000_000
  const last = { time: head }
  const clock = { now: () => now, after: () => () => {} }
  return { time: new BlockTime(clock, () => last.time), last, pass: (seconds: number) => (now += seconds * 1_000) }
}

it('is the clock until somebody moves it', () => {
  const { time, pass } = setUp()
  expect(time.take()).toBe(1_000n)
  pass(5)
  expect(time.take()).toBe(1_005n)
  expect(time.increase(60n)).toBe(60n)
  expect(time.increase(40n)).toBe(100n)
  expect(time.take()).toBe(1_105n)
  pass(1)
  expect(time.take()).toBe(1_106n)
})

it('can be set for the next block, and goes on from there', () => {
  const { time, pass } = setUp()
  time.setNext(5_000n)
  expect(time.take()).toBe(5_000n)
  pass(3)
  expect(time.take()).toBe(5_003n)
  time.setNext(950n)
  expect(time.take()).toBe(950n)
})

it('never goes back behind the last block, nor further than 100 years', () => {
  const { time } = setUp()
  expect(() => time.setNext(900n)).toThrow(/later than the last one, at 900/)
  expect(() => time.setNext(10n ** 10n)).toThrow(/100 years/)
  expect(() => time.increase(10n ** 10n)).toThrow(/100 years/)
  expect(time.take()).toBe(1_000n)
})

it('goes on from a head that was moved in an earlier life', () => {
  expect(setUp(9_000n).time.take()).toBe(9_000n)
})
