import { expect, it } from 'vitest'
import { LimitReached, Patience } from './patience.ts'

it('pauses after ten milliseconds of work, and gives up after all of them', async () => {
  let now = 0
  let pauses = 0
  const pause = async () => {
    pauses += 1
    now += 5
  }
  const patience = new Patience({ milliseconds: 100, now: () => now, pause })
  expect(patience.turn()).toBeUndefined()
  now = 9
  expect(patience.turn()).toBeUndefined()
  now = 10
  await patience.turn()
  expect([pauses, now]).toEqual([1, 15])
  now = 24
  expect(patience.turn()).toBeUndefined()
  now = 101
  expect(() => patience.turn()).toThrow(LimitReached)
  expect(() => patience.turn()).toThrow(/longer than 100 ms/)
})
