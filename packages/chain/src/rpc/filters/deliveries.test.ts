import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { Deliveries } from './deliveries.ts'

/** Each look at the clock is a millisecond after the one before, so that a slice has about ten steps. */
function setUp(max = 1_000, maxBytes = 1_000) {
  let time = 0
  let turns = 0
  const faults: unknown[] = []
  const pause = async () => {
    turns++
    await setImmediate()
  }
  const deliveries = new Deliveries({ now: () => time++, pause, max, maxBytes, onFault: (error) => faults.push(error) })
  return { deliveries, faults, turns: () => turns }
}

function* steps(count: number, told: string[], name: string) {
  for (let step = 0; step < count; step++) {
    told.push(`${name}${step}`)
    yield
  }
}

/** As long as something is done. */
const settled = async (told: readonly unknown[]) => {
  for (let before = -1; before !== told.length; ) {
    before = told.length
    for (let turn = 0; turn < 5; turn++) await setImmediate()
  }
}

describe('what has to be told', () => {
  it('is not told by the call that brings it, and then in its order and in slices', async () => {
    const { deliveries, turns } = setUp()
    const told: string[] = []
    deliveries.add(steps(200, told, 'a'), 1)
    deliveries.add(steps(2, told, 'b'), 1)
    expect(told).toEqual([])
    await settled(told)
    expect(told).toEqual([...Array.from({ length: 200 }, (_, step) => `a${step}`), 'b0', 'b1'])
    expect(turns()).toBeGreaterThan(15)
    deliveries.add(steps(1, told, 'c'), 1)
    await settled(told)
    expect(told.at(-1)).toBe('c0')
  })

  it('goes on with the next when one fails', async () => {
    const { deliveries, faults } = setUp()
    const told: string[] = []
    deliveries.add(
      (function* () {
        yield
        throw new Error('broken')
      })(),
      1,
    )
    deliveries.add(steps(3, told, 'a'), 1)
    await settled(told)
    expect(told).toEqual(['a0', 'a1', 'a2'])
    expect(faults).toEqual([new Error('broken')])
  })

  it('is refused when it would hold too many bytes with what is not told yet, and taken again once that is', async () => {
    const { deliveries } = setUp(1_000, 100)
    const told: string[] = []
    const add = (name: string, bytes: number) => deliveries.add(steps(30, told, name), bytes)
    expect([add('a', 60), add('b', 41), add('c', 40), add('d', 1)]).toEqual([true, false, true, false])
    // The first is being told, and still held.
    while (told.length === 0) await setImmediate()
    expect([told.length < 30, add('e', 1)]).toEqual([true, false])
    await settled(told)
    expect(told).toHaveLength(60)
    expect([add('f', 100), add('g', 1)]).toEqual([true, false])
    deliveries.clear()
    expect(add('h', 100)).toBe(true)
    await settled(told)
    expect(told.slice(60)).toEqual(Array.from({ length: 30 }, (_, step) => `h${step}`))
  })

  it('is refused when too much waits, and forgotten in the middle when asked', async () => {
    const { deliveries } = setUp(2)
    const told: string[] = []
    expect([1, 2, 3].map((id) => deliveries.add(steps(1_000, told, String(id)), 1))).toEqual([true, true, false])
    while (told.length === 0) await setImmediate()
    deliveries.clear()
    await settled(told)
    expect(told.length).toBeLessThan(100)
    expect(deliveries.add(steps(1, told, 'later'), 1)).toBe(true)
    await settled(told)
    expect(told.at(-1)).toBe('later0')
  })
})
