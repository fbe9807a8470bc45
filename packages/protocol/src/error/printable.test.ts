import { expect, test } from 'vitest'
import { printable } from './printable.ts'

test('what a terminal or a page would act on is a dot', () => {
  expect(printable('a\u001b[2Jb\u009bc\u202ed\ne\u2028f\u200bg\u{e0001}h')).toBe('a·[2Jb·c·d·e·f·g·h')
  expect(printable('naïve – 東京 ✓ 😀')).toBe('naïve – 東京 ✓ 😀')
})

test('a long text is cut, also in the middle of a character', () => {
  expect(printable('x'.repeat(300))).toBe('x'.repeat(300))
  expect(printable('x'.repeat(301))).toBe(`${'x'.repeat(300)}…`)
  expect(printable(`${'x'.repeat(299)}😀`)).toBe(`${'x'.repeat(299)}·…`)
})
