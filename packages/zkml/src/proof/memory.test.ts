import { expect, test } from 'vitest'
import { checkMemory, leastMemory } from './memory.ts'
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
