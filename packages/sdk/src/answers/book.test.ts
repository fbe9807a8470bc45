import type { Hex } from '@opengradient/protocol'
import { expect, test } from 'vitest'
import { type AnswerEntry, memoryBook } from './book.ts'

const id = (n: number): Hex => `0x${n.toString(16).padStart(64, '0')}`
const entry = (n: number, state: AnswerEntry['state']): AnswerEntry => ({
  ...{ requestId: id(n), secret: id(n), modelId: id(0), model: 'alice/x', node: `0x${'11'.repeat(20)}`, requestHash: id(0) },
  ...{ price: 1n, at: n, state },
})

test('of answers the oldest is forgotten', async () => {
  const book = memoryBook(2)
  for (const n of [1, 2, 3]) await book.put(entry(n, n === 2 ? 'refused' : 'answered'))
  expect((await book.list()).map(({ at }) => at)).toEqual([3, 2])
})

test('of two hundred requests at once none is forgotten before its outcome is known', async () => {
  const book = memoryBook(100)
  for (let n = 0; n < 200; n++) await book.put(entry(n, 'sent'))
  for (let n = 1; n < 200; n++) await book.put(entry(n, 'answered'))
  expect(await book.get(id(0))).toMatchObject({ state: 'sent' })
  expect((await book.list()).map(({ at }) => at).sort((a, b) => a - b)).toEqual([0, ...Array.from({ length: 100 }, (_, n) => 100 + n)])
})

test('of requests whose outcome never becomes known the oldest is forgotten after a hundred times the limit', async () => {
  const book = memoryBook(1)
  await book.put(entry(1000, 'answered'))
  for (let n = 0; n < 101; n++) await book.put(entry(n, 'sent'))
  expect(await book.get(id(0))).toBeUndefined()
  expect(await book.get(id(1))).toBeDefined()
  expect(await book.get(id(1000))).toBeDefined()
  expect(await book.list()).toHaveLength(101)
})
