import { createHash } from 'node:crypto'
import type { Hex } from '@opengradient/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { IdFilter } from './idFilter.ts'

const idOf = (i: number): Hex => `0x${createHash('sha256').update(String(i)).digest('hex')}`

test('what was added is never said to be new, however it is written', () => {
  const id = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes): Hex => `0x${Buffer.from(bytes).toString('hex')}`)
  fc.assert(
    fc.property(fc.array(id), (ids) => {
      const filter = new IdFilter()
      for (const one of ids) filter.add(one)
      for (const one of ids) {
        expect(filter.mayHave(one)).toBe(true)
        expect(filter.mayHave(`0x${one.slice(2).toUpperCase()}`)).toBe(true)
      }
    }),
    { numRuns: 20 },
  )
  for (const digit of ['0', 'f']) {
    const [filter, edge] = [new IdFilter(), `0x${digit.repeat(64)}` as Hex]
    expect(filter.mayHave(edge)).toBe(false)
    filter.add(edge)
    expect(filter.mayHave(edge)).toBe(true)
  }
})

test('most of what was not added is said to be new', () => {
  const filter = new IdFilter()
  const many = 100_000
  for (let i = 0; i < many; i++) filter.add(idOf(i))
  let wrong = 0
  for (let i = many; i < 2 * many; i++) if (filter.mayHave(idOf(i))) wrong += 1
  expect(wrong).toBeLessThan(many / 1_000)
})
