import { expect, test } from 'vitest'
import { parseAddressArgument, parseGwei, parseOpg, parsePercent, parsePrice, parseWhole } from './amount.ts'

test('amounts are read as the protocol reads them, spaces around them aside', () => {
  expect(parseOpg(' 0.01 ', '--amount')).toBe(10n ** 16n)
})

test.each(['', '-1', '1e3', '0.0000000000000000001', '1,5', 'NaN', '0x1', '.5', '1.'])('%j is no amount of OPG', (text) => {
  expect(() => parseOpg(text, '--amount')).toThrow('--amount')
})

test('nobody asks for more OPG than there are', () => {
  expect(parsePrice('1000000000', '--price')).toBe(10n ** 27n)
  for (const text of ['1000000000.000000000000000001', '9'.repeat(30)])
    expect(() => parsePrice(text, '--price'), text).toThrow('--price: there are 1,000,000,000 OPG')
})

test('gas prices are read in gwei, to the wei', () => {
  expect(parseGwei('0.1', '--min-base-fee')).toBe(100_000_000n)
  expect(parseGwei(' 2 ', '--min-base-fee')).toBe(2_000_000_000n)
  expect(parseGwei('0.000000007', '--min-base-fee')).toBe(7n)
})

test.each(['', '-1', '1e3', '0.0000000001', '1,5', 'NaN', '0x1', '.5', '1.', '1000000000', '5 gwei'])('%j is no gas price', (text) => {
  expect(() => parseGwei(text, '--min-base-fee')).toThrow('--min-base-fee')
})

test('percentages are basis points, up to their limit', () => {
  expect(parsePercent('5%', 'royalty', 5000)).toBe(500)
  expect(parsePercent('0.25', 'royalty', 5000)).toBe(25)
  expect(parsePercent('50%', 'royalty', 5000)).toBe(5000)
  for (const text of ['50.01%', '-1%', 'half', '1.234%', '']) expect(() => parsePercent(text, 'royalty', 5000)).toThrow('0 to 50')
})

test('whole numbers have a limit', () => {
  expect(parseWhole('10', 'n', 10)).toBe(10)
  for (const text of ['0', '11', '1.5', '', undefined, '0x5', '1e0', ' 5', '+5']) expect(() => parseWhole(text, 'n', 10)).toThrow('n')
})

test('an address that carries a checksum (EIP-55) is refused where that is wrong: a typo sends nothing to nobody', () => {
  const right = '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed'
  const lower = right.toLowerCase()
  for (const text of [right, lower, `0x${lower.slice(2).toUpperCase()}`, '0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359'])
    expect(parseAddressArgument(text)).toBe(text.toLowerCase())
  for (const text of [
    right.replace('5aAe', '5aAf'),
    right.replace('BeAed', 'beAed'),
    '0xFB6916095ca1df60bB79Ce92cE3Ea74c37c5d359',
    `0X${lower.slice(2)}`,
    lower.slice(0, -1),
  ])
    expect(() => parseAddressArgument(text, '--give'), text).toThrow('--give')
})
