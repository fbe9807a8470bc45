import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { formsIn } from './recorder.testkit.ts'

const MARKER = 'marker-of-a-prompt'

test.each([0, 1, 2, 3, 4, 5])('a text is found in every form it may take, behind %i other bytes', (offset) => {
  const bytes = Buffer.concat([randomBytes(offset), Buffer.from(MARKER), randomBytes(9)])
  for (const coded of [bytes, bytes.toString('hex'), bytes.toString('base64'), bytes.toString('base64url')])
    expect(formsIn(Buffer.from(coded), MARKER).length, String(coded)).toBeGreaterThan(0)
})

test('a text is not found where it is not', () => {
  expect(formsIn(randomBytes(100_000), MARKER)).toEqual([])
})
