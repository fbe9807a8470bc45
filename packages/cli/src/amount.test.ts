import fc from 'fast-check'
import { expect, test } from 'vitest'
import { opgText, parseOpg, parsePercent, parseWhole } from './amount.ts'

test('wei written as OPG and read again are the same wei', () => {
  fc.assert(fc.property(fc.bigInt({ min: 0n, max: 10n ** 27n }), (wei) => parseOpg(opgText(wei), 'x') === wei))
})

test.each(['', '-1', '1e3', '0.0000000000000000001', '1,5', 'NaN', '0x1', '.5', '1.'])('%j is no amount of OPG', (text) => {
  expect(() => parseOpg(text, '--amount')).toThrow('--amount')
})

test('percentages are basis points, up to their limit', () => {
  expect(parsePercent('5%', 'royalty', 5000)).toBe(500)
  expect(parsePercent('0.25', 'royalty', 5000)).toBe(25)
  expect(parsePercent('50%', 'royalty', 5000)).toBe(5000)
  for (const text of ['50.01%', '-1%', 'half', '1.234%', '']) expect(() => parsePercent(text, 'royalty', 5000)).toThrow('0 to 50')
})

test('whole numbers have a limit', () => {
  expect(parseWhole('10', 'n', 10)).toBe(10)
  for (const text of ['0', '11', '1.5', '', undefined]) expect(() => parseWhole(text, 'n', 10)).toThrow('n')
})
