import { expect, it } from 'vitest'
import { bytes, short } from './format.ts'

it('writes bytes in the largest unit that keeps them above one', () => {
  expect(bytes(0)).toBe('0 B')
  expect(bytes(999)).toBe('999 B')
  expect(bytes(7_231)).toBe('7.23 kB')
  expect(bytes(64 * 1024 * 1024)).toBe('67.1 MB')
  expect(bytes(3e15)).toBe('3.00e+3 TB')
})

it('shortens hashes and leaves short texts', () => {
  expect(short(`0x${'ab'.repeat(32)}`)).toBe('0xabab…abab')
  expect(short('0x1234')).toBe('0x1234')
})
