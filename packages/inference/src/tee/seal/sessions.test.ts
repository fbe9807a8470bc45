import fc from 'fast-check'
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

test('in whatever order sessions come, are used and are forgotten, the last used are kept, and each other one is erased once', () => {
  const most = 4
  const step = fc.oneof({ weight: 30, arbitrary: fc.nat(7).map(String) }, { weight: 1, arbitrary: fc.constant('erase') })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200, size: 'max' }), (steps) => {
      const sessions = new Sessions(most)
      const gone = new Map<RecipientSession, number>()
      // The one used last comes last.
      let kept: [string, RecipientSession][] = []
      for (const name of steps) {
        if (name === 'erase') {
          sessions.erase()
          for (const [, one] of kept) expect(gone.get(one)).toBe(1)
          kept = []
          continue
        }
        const known = kept.find(([other]) => other === name)?.[1]
        expect(sessions.find(name)).toBe(known)
        const used = known ?? { requestKey: () => Buffer.alloc(0), erase: () => void gone.set(used, (gone.get(used) ?? 0) + 1) }
        if (known === undefined) sessions.keep(name, used)
        kept = [...kept.filter(([other]) => other !== name), [name, used] as [string, RecipientSession]]
        if (kept.length > most) expect(gone.get(kept.shift()![1])).toBe(1)
        for (const [, one] of kept) expect(gone.has(one)).toBe(false)
        expect(sessions.size).toBe(kept.length)
      }
    }),
  )
})
