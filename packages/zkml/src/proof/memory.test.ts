import { OgError } from '@opengradient/protocol'
import { expect, test } from 'vitest'
import { checkMemory, isOutOfMemory, leastMemory } from './memory.ts'
import { everything } from './samples.testkit.ts'
import { kernels, Session } from './session.testkit.ts'

const { plan, params } = new Session(everything())

test('a small proof takes little memory', () => {
  expect(leastMemory(kernels.fn, plan, params)).toBeLessThan(2 ** 20)
  expect(() => checkMemory(kernels.fn, plan, params)).not.toThrow()
})

test('a proof that cannot fit into 2 GiB is refused before it is begun', () => {
  const refused = expect.objectContaining({ code: 'ZK_MEMORY' })
  expect(() => checkMemory(kernels.fn, { ...plan, leafBits: 26 }, params)).toThrow(refused)
  expect(() => checkMemory(kernels.fn, plan, { ...params, n: 2 ** 20, rows: 2 ** 9 })).toThrow(refused)
  expect(() => checkMemory(kernels.fn, { ...plan, leafBits: 22 }, params)).not.toThrow()
})

test('the least memory is that of the matrices, their codewords and trees, and of the larger of what stands beside them', () => {
  const sizes = { ...params, n: 256, rows: 4, rowsW: 0 }
  const least = (w: number, W: number, leafBits: number, change = {}) => {
    const packing = { ...plan.packing, cells: [w, W] as const }
    return leastMemory(kernels.fn, { ...plan, packing, leafBits }, { ...sizes, ...change })
  }
  const matrices = 8 * 100 + 8 * 256 * 4 + 64 * 256
  expect(least(100, 0, 0)).toBe(matrices + 16 * 100)
  const tree = 24 * 2 ** 10 + kernels.fn.gkrScratch(10)
  expect(tree).toBeGreaterThan(24 * 2 ** 10)
  expect(least(100, 0, 10)).toBe(matrices + tree)
  expect(least(2 ** 20, 0, 10)).toBe(8 * 2 ** 20 + 8 * 256 * 4 + 64 * 256 + 16 * 2 ** 20)
  expect(least(100, 70, 0, { rowsW: 3 })).toBe(8 * 170 + 8 * 256 * 7 + 2 * 64 * 256 + 16 * 170)
  // A tree of 2^25 leaves is counted; from 2^27 on no number of its own is asked for.
  expect(least(100, 0, 25)).toBe(matrices + 24 * 2 ** 25 + (kernels.fn.gkrScratch(25) >>> 0))
  expect(least(100, 0, 26)).toBe(matrices + 24 * 2 ** 26 + (kernels.fn.gkrScratch(26) >>> 0))
  expect(least(100, 0, 27)).toBe(matrices + 2 ** 31)
})

test('all of 2 GiB may be asked for, and a byte more is refused; so is a proof of more than 2 MiB, for its length', () => {
  const packing = { ...plan.packing, cells: [2 ** 20, 0] as const }
  const at = (rows: number) =>
    checkMemory(kernels.fn, { ...plan, packing, leafBits: 0 }, { ...params, n: 2 ** 18, rows, rowsW: 0, queries: 1 })
  // 24 bytes for each of 2^20 cells, 64 for each of 2^18 columns, 8 for each element of a codeword.
  const rows = (2 ** 31 - 24 * 2 ** 20 - 64 * 2 ** 18) / (8 * 2 ** 18)
  expect(Number.isInteger(rows)).toBe(true)
  expect(() => at(rows)).not.toThrow()
  const message = expect.objectContaining({ code: 'ZK_MEMORY', details: { bytes: 2 ** 31 + 2 ** 21 } })
  expect(() => at(rows + 1)).toThrow(message)
  const long = expect.objectContaining({ code: 'ZK_LIMIT' })
  expect(() => checkMemory(kernels.fn, plan, { ...params, rows: 2 ** 10, queries: 2 ** 8 })).toThrow(long)
  expect(() => checkMemory(kernels.fn, plan, { ...params, rows: 2 ** 9, queries: 2 ** 8 })).not.toThrow()
})

test('only what engines and kernels say without memory is taken for a machine without memory, and is no verdict', () => {
  for (const error of [new OgError('ZK_MEMORY', 'no'), new RangeError('Array buffer allocation failed')])
    expect(isOutOfMemory(error)).toBe(true)
  const others = [
    new OgError('ZK_LIMIT', 'no'),
    new RangeError('Invalid array length'),
    new Error('Array buffer allocation failed'),
    undefined,
  ]
  for (const error of others) expect(isOutOfMemory(error)).toBe(false)
})
