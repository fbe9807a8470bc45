import { expect, test } from 'vitest'
import { LAMBDA, parameterBlock, parameters, queryCount } from './params.ts'

test.each([
  [64, 8, 96],
  [128, 9, 112],
  [256, 10, 121],
  [1024, 13, 107],
  [2048, 15, 98],
  [4096, 16, 98],
  [8192, 17, 98],
])('%i columns in codewords of 2^%i need %i queries', (k, l, queries) => {
  expect(queryCount(k, 2 ** l)).toBe(queries)
})

test('one query less misses the bound', () => {
  for (const [k, n] of [
    [64, 256],
    [4096, 65536],
  ] as const) {
    const e = Math.floor((n - k) / 2)
    const miss = (q: number) => {
      let bits = 0
      for (let i = 0; i < q; i++) bits += Math.log2((n - i) / (n - e - 1 - i))
      return bits
    }
    const q = queryCount(k, n)
    expect(miss(q)).toBeGreaterThanOrEqual(LAMBDA - 12 - 1e-6)
    expect(miss(q - 1)).toBeLessThan(LAMBDA - 12)
  }
})

test('parameters outside the rules are refused', () => {
  expect(parameters(7, 9, 900, 0)).toEqual({ c: 7, l: 9, k: 128, n: 512, rows: 8, rowsW: 0, queries: 112 })
  for (const [c, l] of [
    [4, 9],
    [15, 18],
    [7, 8],
    [8, 9],
    [14, 15],
    [5, 7],
    [14, 21],
    [6.5, 9],
    [Number.NaN, 9],
    [7, Number.NaN],
    [7, -1],
  ] as const)
    expect(parameters(c, l, 900, 0)).toBeUndefined()
})

test('the longest rows and codewords are within the rules', () => {
  expect(parameters(14, 16, 1, 0)).toMatchObject({ k: 16384, n: 65536 })
  expect(parameters(14, 20, 1, 0)).toMatchObject({ k: 16384, n: 2 ** 20 })
})

test('rows are counted up', () => {
  expect(parameters(6, 8, 1, 65)).toMatchObject({ rows: 1, rowsW: 2 })
  expect(parameters(6, 8, 64, 64)).toMatchObject({ rows: 1, rowsW: 1 })
})

test('the block that is hashed holds every parameter', () => {
  const params = parameters(7, 9, 900, 300)
  expect(params && Buffer.from(parameterBlock(params)).toString('hex')).toBe('07098000000008000000030000007000' + '0c')
})
