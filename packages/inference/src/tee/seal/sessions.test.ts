import { expect, test } from 'vitest'
import type { RecipientSession } from './context.ts'
import { Sessions } from './sessions.ts'

const erased: string[] = []
const session = (name: string): RecipientSession => ({
  requestKey: () => Buffer.from(name),
  erase: () => void erased.push(name),
})

test('the session that was used longest ago makes room, and is erased; so are all of them in the end', () => {
  const sessions = new Sessions(2)
  for (const name of ['a', 'b']) sessions.keep(name, session(name))
  expect(sessions.find('a')).toBeDefined()
  sessions.keep('c', session('c'))
  expect([sessions.find('b'), sessions.size, erased]).toEqual([undefined, 2, ['b']])
  expect([sessions.find('a'), sessions.find('c')].map((found) => found !== undefined)).toEqual([true, true])
  sessions.erase()
  expect([sessions.size, erased]).toEqual([0, ['b', 'a', 'c']])
})

test('of two that take turns, and of one that is used again and again, the one used last stays', () => {
  const sessions = new Sessions(2)
  for (const name of ['a', 'b']) sessions.keep(name, session(name))
  for (const name of ['a', 'b', 'a', 'a']) expect(sessions.find(name)).toBeDefined()
  sessions.keep('c', session('c'))
  expect(['a', 'b', 'c'].map((name) => sessions.find(name) !== undefined)).toEqual([true, false, true])
  sessions.erase()
  sessions.keep('c', session('c'))
  expect([sessions.find('c') !== undefined, sessions.size]).toEqual([true, 1])
})
