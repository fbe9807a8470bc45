import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Lru } from './lru.ts'

describe('the cache', () => {
  it('answers what was set last, or nothing; and never holds more than its limit', () => {
    const keys = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f')
    const step = fc.oneof(
      fc.record({ do: fc.constant('set' as const), key: keys, value: fc.integer({ min: 1, max: 6 }) }),
      fc.record({ do: fc.constantFrom('get' as const, 'delete' as const), key: keys }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const lru = new Lru<number>(12, (value) => value)
        const model = new Map<string, number>()
        for (const s of steps) {
          if (s.do === 'set') {
            lru.set(s.key, s.value)
            model.set(s.key, s.value)
            expect(lru.get(s.key)).toBe(s.value)
          } else if (s.do === 'delete') {
            lru.delete(s.key)
            model.delete(s.key)
            expect(lru.get(s.key)).toBeUndefined()
          } else {
            const found = lru.get(s.key)
            if (found !== undefined) expect(found).toBe(model.get(s.key))
          }
        }
        const held = [...model.keys()].map((key) => lru.get(key) ?? 0)
        expect(held.reduce((sum, value) => sum + value, 0)).toBeLessThanOrEqual(12)
      }),
    )
  })

  it('keeps what is used while others go', () => {
    const lru = new Lru<number>(10)
    lru.set('used', 1)
    for (let i = 0; i < 1_000; i++) {
      lru.set(`other ${i}`, i)
      expect(lru.get('used')).toBe(1)
    }
    expect(lru.get('other 0')).toBeUndefined()
    expect(lru.get('other 999')).toBe(999)
  })

  it('holds one value that is heavier than the limit until others need the room', () => {
    const lru = new Lru<number>(10, (value) => value)
    lru.set('heavy', 100)
    expect(lru.get('heavy')).toBe(100)
    lru.set('a', 1)
    lru.set('b', 1)
    for (let i = 0; i < 10; i++) lru.set(`more ${i}`, 1)
    expect(lru.get('heavy')).toBeUndefined()
  })
})
