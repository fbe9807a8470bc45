import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatOpg, opg } from './opg.ts'

test('amounts in OPG are wei, to the last of 18 decimals', () => {
  expect(opg('0.01')).toBe(10n ** 16n)
  expect(opg('1')).toBe(10n ** 18n)
  expect(opg('1000000000')).toBe(10n ** 27n)
  expect(opg('0.000000000000000001')).toBe(1n)
  expect(opg('0')).toBe(0n)
})

test('anything else is refused, so that no amount is ever guessed', () => {
  for (const text of ['', '.5', '5.', '-1', '+1', '1e3', '1,5', ' 1', '0x1', '1.0000000000000000001', 'NaN', '1_000', '٣'])
    expect(() => opg(text), text).toThrow(expect.objectContaining({ code: 'NUMBER_MALFORMED' }))
})

test('formatting shows every digit and no more', () => {
  expect(formatOpg(10n ** 16n)).toBe('0.01')
  expect(formatOpg(10n ** 18n)).toBe('1')
  expect(formatOpg(-1n)).toBe('-0.000000000000000001')
})

test('what is formatted reads back as the same wei', () => {
  fc.assert(fc.property(fc.bigInt(0n, 10n ** 28n), (wei) => opg(formatOpg(wei)) === wei))
})

test('thousands of whole OPG may be separated, never those of fractions', () => {
  const thousands = ','
  expect(formatOpg(999n * 10n ** 18n, { thousands })).toBe('999')
  expect(formatOpg(12_500n * 10n ** 18n, { thousands })).toBe('12,500')
  expect(formatOpg(10n ** 27n, { thousands })).toBe('1,000,000,000')
  expect(formatOpg(10n ** 21n + 123_456n, { thousands })).toBe('1,000.000000000000123456')
})
