import { expect, test } from 'vitest'
import { parseOpg, parsePercent, parseWhole } from './amount.ts'

test('amounts are read as the protocol reads them, spaces around them aside', () => {
  expect(parseOpg(' 0.01 ', '--amount')).toBe(10n ** 16n)
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
