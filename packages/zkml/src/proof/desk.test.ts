import { expect, test } from 'vitest'
import { Kernels } from '../kernels/kernels.ts'
import { Desk } from './desk.ts'

test('fresh values lie in the arena, apart, 256 in 4 KiB', () => {
  const kernels = Kernels.loadSync()
  const desk = new Desk(kernels)
  const start = kernels.mark()
  const values = Array.from({ length: 600 }, () => desk.fresh())
  for (const at of values) expect(kernels.fn.heapBase() <= at && at + 16 <= kernels.mark()).toBe(true)
  expect(new Set(values.map((at) => at >> 4)).size).toBe(600)
  expect(kernels.mark() - start).toBeLessThanOrEqual(3 * 4096)
})
