import { expect, test } from 'vitest'
import { shortHex, styleOf, table, visibleLength, wrapText } from './style.ts'

test('styles vanish when colours are off, and never count as length', () => {
  expect(styleOf(false).red('x')).toBe('x')
  const red = styleOf(true).bold(styleOf(true).red('four'))
  expect(red).not.toBe('four')
  expect(visibleLength(red)).toBe(4)
  expect(visibleLength('plain')).toBe(5)
})

test('columns are as wide as their widest cell, whatever its colour', () => {
  const { green } = styleOf(true)
  expect(
    table([
      [green('ok'), 'a'],
      ['longer', 'b'],
    ]).map((line) => visibleLength(line)),
  ).toEqual([9, 9])
})

test('a hash is short, a short one stays whole', () => {
  expect(shortHex(`0x${'0123456789abcdef'.repeat(4)}`)).toBe('0x01234567…89abcdef')
  expect(shortHex(`0x${'ab'.repeat(20)}`)).toBe('0xabababab…abababab')
  expect(shortHex('0x1234567890')).toBe('0x1234567890')
})

test('sentences break between words and lose none', () => {
  const text = 'The receipt names the hash of exactly these response bytes.'
  const lines = wrapText(text, 20)
  expect(lines.every((line) => line.length <= 20)).toBe(true)
  expect(lines.join(' ')).toBe(text)
  expect(wrapText(`0x${'a'.repeat(64)}`, 10)).toHaveLength(1)
})
