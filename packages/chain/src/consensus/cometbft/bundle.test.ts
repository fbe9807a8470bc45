import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BUNDLE, BUNDLE_BYTES, readBundle, writeBundle } from './bundle.ts'

const transaction = (length: number, first = 2) => new Uint8Array(length).fill(first, 0, 1)
const transactions = (count: number, length: number) => Array.from({ length: count }, () => transaction(length))

describe('a bundle', () => {
  it.each([
    ['it is cut short', writeBundle(transactions(3, 100)).subarray(0, 200)],
    ['a length points beyond it', new Uint8Array([0x80, 0x0a, 0xff, 0x01])],
    ['it is empty', new Uint8Array([0x80])],
    ['it is no message', new Uint8Array([0x80, 0x07, 1, 2])],
    ['it holds one more than it may', writeBundle(transactions(BUNDLE + 1, 10))],
    ['it is one byte too large', writeBundle([transaction(BUNDLE_BYTES - 9), transaction(10)])],
  ])('holds nothing when %s', (_, bytes) => {
    expect(readBundle(bytes)).toEqual([])
  })

  it('holds what was put in, in order, up to its limits', () => {
    for (const raws of [transactions(BUNDLE, BUNDLE_BYTES / BUNDLE), [transaction(BUNDLE_BYTES - 10), transaction(10, 0xc0)]])
      expect(readBundle(writeBundle(raws))).toEqual(raws)
  })

  it('is not kept in memory by one of its transactions', () => {
    for (const raw of readBundle(writeBundle(transactions(20, 1_000)))) expect(raw.buffer.byteLength).toBe(1_000)
  })

  it('of one is that transaction itself, of any size', () => {
    const large = transaction(10 * BUNDLE_BYTES)
    expect(writeBundle([large])).toBe(large)
    expect(readBundle(large)).toEqual([large])
  })

  it('can be read whatever the bytes are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const marked = new Uint8Array([0x80, ...bytes])
        expect(readBundle(marked).length).toBeLessThanOrEqual(BUNDLE)
      }),
    )
  })
})
