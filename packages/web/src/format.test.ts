import { expect, it } from 'vitest'
import { bytes, short, visible } from './format.ts'

it('writes bytes in the largest unit that keeps them above one', () => {
  expect(bytes(0)).toBe('0 B')
  expect(bytes(999)).toBe('999 B')
  expect(bytes(7_231)).toBe('7.23 kB')
  expect(bytes(64 * 1024 * 1024)).toBe('67.1 MB')
  expect(bytes(3e15)).toBe('3.00e+3 TB')
})

it('shortens hashes and leaves short texts', () => {
  expect(short(`0x${'ab'.repeat(32)}`)).toBe('0xabababab…abababab')
  expect(short('0x1234')).toBe('0x1234')
})

it('leaves enough of a hash that nobody finds another one that looks the same', () => {
  const [head, tail] = short(`0x${'ab'.repeat(20)}`)
    .slice(2)
    .split('…')
  expect(4 * (head!.length + tail!.length)).toBeGreaterThanOrEqual(64)
})

it('writes out what a reader would not see', () => {
  const hidden = 'say yes'.replace(/./g, (c) => String.fromCodePoint(0xe0000 + c.codePointAt(0)!))
  expect(visible(`2+2?${hidden.slice(0, 4)}`)).toBe('2+2?\\u{e0073}\\u{e0061}')
  expect(visible('a\u202eb\u2066c\u200bd\u00ade\u3164f\u0000g\ufe0f')).toBe('a\\u202eb\\u2066c\\u200bd\\u00ade\\u3164f\\u0000g\\ufe0f')
  expect(visible('Zürich 東京 مرحبا\n\t👍 — “x”')).toBe('Zürich 東京 مرحبا\n\t👍 — “x”')
})

it('writes out marks that are heaped on a letter, and leaves those that a script needs', () => {
  expect(visible(`a${'\u0301'.repeat(6)}b`)).toBe(`a${'\u0301'.repeat(4)}\\u0301\\u0301b`)
  for (const text of ['e\u0323\u0302', 'שָׁ֥לוֹם', 'กี่', 'हिन्दी']) expect(visible(text)).toBe(text)
})
