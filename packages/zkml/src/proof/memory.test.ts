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
