import { expect, it } from 'vitest'
import { bytes, parseOpg, short } from './format.ts'

it('writes bytes in the largest unit that keeps them above one', () => {
  expect(bytes(0)).toBe('0 B')
  expect(bytes(999)).toBe('999 B')
  expect(bytes(7_231)).toBe('7.23 kB')
  expect(bytes(64 * 1024 * 1024)).toBe('67.1 MB')
  expect(bytes(3e15)).toBe('3.00e+3 TB')
})

it('reads OPG as people write it, to the wei', () => {
  expect(parseOpg('0.01')).toBe(10n ** 16n)
  expect(parseOpg(' 12 ')).toBe(12n * 10n ** 18n)
  expect(parseOpg('0.000000000000000001')).toBe(1n)
  for (const text of ['', '-1', '1e3', '.5', '1.', '1,000', '0.0000000000000000001']) expect(parseOpg(text), text).toBeUndefined()
})

it('shortens hashes and leaves short texts', () => {
  expect(short(`0x${'ab'.repeat(32)}`)).toBe('0xabab…abab')
  expect(short('0x1234')).toBe('0x1234')
})
