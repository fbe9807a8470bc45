import { expect, it } from 'vitest'
import { Canceller } from './cancellation.ts'

it('calls everybody back once', () => {
  const canceller = new Canceller()
  const called: string[] = []
  canceller.onCancel(() => called.push('a'))
  const off = canceller.onCancel(() => called.push('b'))
  canceller.onCancel(() => called.push('c'))
  off()
  off()
  canceller.cancel()
  canceller.cancel()
  expect(called).toEqual(['a', 'c'])
  expect(canceller.cancelled).toBe(true)
})

it('calls back at once if it already happened', () => {
  const canceller = new Canceller()
  canceller.cancel()
  let called = 0
  canceller.onCancel(() => called++)
  expect(called).toBe(1)
})
