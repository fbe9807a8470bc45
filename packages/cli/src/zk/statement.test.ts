import { expect, it } from 'vitest'
import { outputLinesOf } from './statement.ts'

it('a name or label of a stranger is one piece of its line: it moves no cursor, sets no colour, and turns no text around', () => {
  const hostile = 'price\n\u001b[2K\u009b1APROVED\u202e'
  const [line, ...more] = outputLinesOf({ outputs: { [hostile]: [1.5, hostile] }, integers: [], inputs: [] })
  expect(more).toEqual([])
  expect(line).toBe('price··[2K·1APROVED·  1.5 "price\\n\\u001b[2K·1APROVED·"')
})
