import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Deadlines } from './deadlines.ts'

const item = (ms: number): { deadlineAt: number; slot: number } => ({ deadlineAt: performance.now() + ms, slot: -1 })

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }))
afterEach(() => void vi.useRealTimers())

it('expires each at its time, whatever the order in which they came', () => {
  const expired: number[] = []
  const items = [50, 10, 30, 10, 70].map(item)
  const deadlines = new Deadlines<(typeof items)[number]>((one) => expired.push(items.indexOf(one)))
  for (const one of items) deadlines.add(one)
  vi.advanceTimersByTime(9)
  expect(expired).toEqual([])
  vi.advanceTimersByTime(1)
  expect(expired).toEqual([1, 3])
  vi.advanceTimersByTime(25)
  expect(expired).toEqual([1, 3, 2])
  vi.advanceTimersByTime(100)
  expect(expired).toEqual([1, 3, 2, 0, 4])
})

it('forgets those that were deleted, twice too, and sets no timer for nothing', () => {
  const expired: unknown[] = []
  const deadlines = new Deadlines<{ deadlineAt: number; slot: number }>((one) => expired.push(one))
  const items = Array.from({ length: 100 }, (_, i) => item(10 + i))
  for (const one of items) deadlines.add(one)
  for (const one of items) if (one !== items[60]) deadlines.delete(one)
  deadlines.delete(items[3]!)
  vi.advanceTimersByTime(1000)
  expect(expired).toEqual([items[60]])
  expect(vi.getTimerCount()).toBe(0)
})

it('may be added to while one expires', () => {
  const expired: unknown[] = []
  const again = item(0)
  const deadlines = new Deadlines<typeof again>((one) => {
    expired.push(one)
    if (expired.length < 3) {
      const next = item(5)
      deadlines.add(next)
    }
  })
  deadlines.add(again)
  vi.advanceTimersByTime(100)
  expect(expired).toHaveLength(3)
})
