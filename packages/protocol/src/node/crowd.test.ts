import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Crowd, type Held } from './crowd.ts'

const held = (from: string, asks: Held['asks'] = 'nothing'): Held => ({ from, asks })
const many = (count: number, ...of: Parameters<typeof held>) => Array.from({ length: count }, () => held(...of))
const toClose = (all: readonly Held[], newcomer: Held, cut = false): Held => {
  const crowd = new Crowd()
  for (const each of all) crowd.add(each)
  return crowd.toClose(newcomer, cut)
}

test('the oldest that asks for nothing goes, of whoever holds the most', () => {
  const [idle, newcomer] = [held('a'), held('c')]
  expect(toClose([held('b'), held('a', 'in full'), idle, ...many(3, 'a'), held('b'), newcomer], newcomer)).toBe(idle)
})

test('whoever holds the most makes room for its own newcomers, or gets no more', () => {
  const newcomer = held('a')
  const idle = held('a')
  expect(toClose([held('b'), ...many(3, 'a', 'in part'), idle, newcomer], newcomer)).toBe(idle)
  expect(toClose([held('b'), ...many(3, 'a', 'in part'), newcomer], newcomer)).toBe(newcomer)
})

test('a request that does not come whole makes room for somebody who holds less, one that has come never', () => {
  const newcomer = held('b')
  const slow = held('a', 'in part')
  expect(toClose([held('c'), held('a', 'in full'), slow, held('a', 'in part'), newcomer], newcomer)).toBe(slow)
  expect(toClose([held('c', 'in part'), ...many(3, 'a', 'in full'), newcomer], newcomer)).toBe(newcomer)
})

test('where answers may be cut, one of whoever holds the most goes for somebody who holds less', () => {
  const [newcomer, full] = [held('b'), held('a', 'in full')]
  expect(toClose([held('c', 'in full'), full, held('a', 'in full'), newcomer], newcomer, true)).toBe(full)
  expect(toClose([held('c', 'in full'), held('a', 'in full'), newcomer], newcomer, true)).toBe(newcomer)
})

test('addresses with one connection each cannot keep others out, while any of them asks for nothing', () => {
  const newcomer = held('z')
  const first = held('a')
  expect(toClose([held('y', 'in full'), first, held('b'), newcomer], newcomer)).toBe(first)
})

test('who has left holds nothing', () => {
  const [crowd, left, newcomer] = [new Crowd<Held>(), held('a'), held('b')]
  for (const each of [left, held('a', 'in full'), newcomer]) crowd.add(each)
  crowd.remove(left)
  crowd.remove(left)
  expect([crowd.size, crowd.toClose(newcomer)]).toEqual([2, newcomer])
})

test('whoever holds few loses nothing to whoever holds more, and what was asked is cut off only for one who holds less', () => {
  const one = fc.record({ from: fc.constantFrom('a', 'b', 'c', 'd'), asks: fc.constantFrom<Held['asks']>('nothing', 'in part', 'in full') })
  fc.assert(
    fc.property(fc.array(one, { maxLength: 30 }), fc.constantFrom('a', 'b', 'c', 'd'), fc.boolean(), (others, from, cut) => {
      const newcomer = held(from)
      const all = [...others, newcomer]
      const closed = toClose(all, newcomer, cut)
      const count = (who: string) => all.filter((each) => each.from === who).length
      expect(all).toContain(closed)
      if (closed === newcomer) return
      if (closed.asks === 'in full') expect(cut).toBe(true)
      const mostOfOthers = Math.max(0, ...['a', 'b', 'c', 'd'].filter((who) => who !== from).map(count))
      if (count(from) > mostOfOthers) expect(closed.from).toBe(from)
      if (closed.asks !== 'nothing') expect(count(closed.from)).toBeGreaterThan(count(from))
    }),
  )
})
