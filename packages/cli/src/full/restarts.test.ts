import { expect, test } from 'vitest'
import { Restarts } from './restarts.ts'

function life(restarts: Restarts, clock: { now: number }, milliseconds: number): number | undefined {
  restarts.started()
  clock.now += milliseconds
  return restarts.died()
}

test('waits longer after each short life, and gives up at the sixth', () => {
  const clock = { now: 0 }
  const restarts = new Restarts(() => clock.now)
  expect(Array.from({ length: 6 }, () => life(restarts, clock, 1_000))).toEqual([500, 1_000, 2_000, 4_000, 8_000, undefined])
})

test('a good life is a new beginning', () => {
  const clock = { now: 0 }
  const restarts = new Restarts(() => clock.now)
  for (let deaths = 0; deaths < 5; deaths++) life(restarts, clock, 59_999)
  expect(life(restarts, clock, 60_000)).toBe(500)
  expect(life(restarts, clock, 1)).toBe(1_000)
})
