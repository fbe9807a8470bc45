import { expect, test } from 'vitest'
import { Retries } from './retries.ts'

test('what fails is tried after one second, two, four, up to the longest time, and at once after it succeeded', () => {
  let now = 0
  const retries = new Retries<string>(5_000, () => now)
  const waits: number[] = []
  for (let i = 0; i < 5; i++) {
    expect(retries.due('a')).toBe(true)
    expect(retries.failed('a')).toBe(i === 0)
    waits.push(retries.next())
    now += retries.next() - 1
    expect(retries.due('a')).toBe(false)
    now += 1
  }
  expect(waits).toEqual([1_000, 2_000, 4_000, 5_000, 5_000])
  retries.failed('a')
  retries.succeeded('a')
  expect([retries.due('a'), retries.failed('a')]).toEqual([true, true])
})

test('what can never succeed is not tried again, nor is what is asked for no more remembered', () => {
  const retries = new Retries<string>(5_000, () => 0)
  retries.failed('never', true)
  expect([retries.due('never'), retries.next()]).toEqual([false, Number.POSITIVE_INFINITY])
  retries.failed('later')
  retries.again()
  expect([retries.due('later'), retries.due('never')]).toEqual([true, false])
  retries.keep(new Set(['later']))
  expect(retries.failed('never')).toBe(true)
  expect(retries.failed('later')).toBe(false)
})
