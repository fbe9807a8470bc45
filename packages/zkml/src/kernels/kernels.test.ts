import { expect, test } from 'vitest'
import { Kernels } from './kernels.ts'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const EMPTY_STATE = '25fd3c579f49b1ff61814e53366163e6d0bd07fa1a99783b76ac00dc863934a6'

test('kernels loaded asynchronously, as a page does, and at once, as a worker does, are apart and the same', async () => {
  const instances = [await Kernels.load(), Kernels.loadSync(), await Kernels.load()]
  for (const { fn } of instances) expect(fn.memory).not.toBe(undefined)
  for (const kernels of instances) {
    const st = kernels.alloc(32)
    kernels.fn.tsInit(st)
    expect(hex(kernels.bytes(st, 32))).toBe(EMPTY_STATE)
  }
  expect(new Set(instances.map(({ fn }) => fn.memory)).size).toBe(3)
})

test('the arena hands out aligned memory, grows without losing what is there, and takes it back', () => {
  const kernels = Kernels.loadSync()
  const first = kernels.put(Uint8Array.of(1, 2, 3))
  const start = kernels.mark()
  const large = kernels.zeros(40_000_001)
  expect([first % 16, large % 16]).toEqual([0, 0])
  expect(large).toBeGreaterThanOrEqual(first + 3)
  expect(kernels.bytes(first, 3)).toEqual(Uint8Array.of(1, 2, 3))
  expect(kernels.u8(large + 40_000_000, 1)).toEqual(Uint8Array.of(0))
  kernels.release(start)
  expect(kernels.alloc(1)).toBe(large)
  const size = kernels.fn.memory.buffer.byteLength
  kernels.release(start)
  kernels.alloc(40_000_000)
  expect(kernels.fn.memory.buffer.byteLength).toBe(size)
})

test('memory released and zeroed again is zero', () => {
  const kernels = Kernels.loadSync()
  const mark = kernels.mark()
  kernels.u8(kernels.alloc(64), 64).fill(7)
  kernels.release(mark)
  expect(kernels.bytes(kernels.zeros(64), 64)).toEqual(new Uint8Array(64))
})

test('what does not fit 2 GiB, or is no size at all, is refused with a code and leaves the arena as it was', () => {
  const kernels = Kernels.loadSync()
  const mark = kernels.mark()
  for (const bytes of [2 ** 31, 2 ** 40, -1, Number.NaN, Number.POSITIVE_INFINITY])
    expect(() => kernels.alloc(bytes)).toThrow(expect.objectContaining({ code: 'ZK_MEMORY' }))
  expect(kernels.mark()).toBe(mark)
})

test('a label has one address, and labels beyond their area are refused', () => {
  const kernels = Kernels.loadSync()
  const at = kernels.label('mrc')
  expect(kernels.label('mr')).not.toBe(at)
  expect(kernels.label('mrc')).toBe(at)
  expect(kernels.bytes(at, 4)).toEqual(Uint8Array.of(3, 0x6d, 0x72, 0x63))
  for (let i = 0; i < 7; i++) kernels.label(`${i}`.repeat(140))
  expect(() => kernels.label('x'.repeat(140))).toThrow(expect.objectContaining({ code: 'ZK_MEMORY' }))
  expect(() => kernels.label('y'.repeat(256))).toThrow(expect.objectContaining({ code: 'ZK_MEMORY' }))
})
