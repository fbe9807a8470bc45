import fc from 'fast-check'
import { expect, it } from 'vitest'
import { isDeeperThan } from './nesting.ts'

/** Lists and objects around the innermost value. */
function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  return 1 + Math.max(0, ...Object.values(value).map(depthOf))
}

it('the depth of a JSON text is that of its value, whatever its strings and names hold', () => {
  const text = fc.string({ unit: fc.constantFrom('[', ']', '{', '}', '"', '\\', 'u', ' ') })
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof({ depthSize: 'large' }, text, tie('list'), tie('object')),
    list: fc.array(tie('value'), { maxLength: 4 }),
    object: fc.dictionary(text, tie('value'), { maxKeys: 4 }),
  }))
  fc.assert(
    fc.property(value, (found) => {
      const depth = depthOf(found)
      const json = JSON.stringify(found)
      expect(isDeeperThan(json, depth)).toBe(false)
      if (depth > 0) expect(isDeeperThan(json, depth - 1)).toBe(true)
    }),
    { numRuns: 1_000 },
  )
})
