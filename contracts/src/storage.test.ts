import { bytesToHex, concatBytes, keccak256, utf8 } from '@opengradient/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { arrayStart, decodeString, mappingSlot, member, stringSlots, toSlot, word } from './storage.ts'

test('slots wrap around at 2^256', () => {
  expect(toSlot(2n ** 256n)).toBe(toSlot(0n))
  expect(toSlot(2n ** 256n - 1n)).toBe(`0x${'f'.repeat(64)}`)
})

test('a mapping entry is at keccak256(key ‖ slot), an array begins at keccak256(slot)', () => {
  expect(toSlot(mappingSlot(3n, 7n))).toBe(bytesToHex(keccak256(concatBytes(word(7n), word(3n)))))
  // From the Solidity documentation and every storage explorer: the array at slot 0.
  expect(toSlot(arrayStart(0n))).toBe('0x290decd9548b62a8d60345a988386fc84ba6bc95484008f6362f93160ef3e563')
})

test('members that share a slot are read where they lie', () => {
  const value = (0xaan << 248n) | (0x1234n << 8n) | 0xffn
  expect(member(value, { slot: 0, offset: 0, bytes: 1 })).toBe(0xffn)
  expect(member(value, { slot: 0, offset: 1, bytes: 2 })).toBe(0x1234n)
  expect(member(value, { slot: 0, offset: 31, bytes: 1 })).toBe(0xaan)
  expect(member(value, { slot: 0, offset: 0, bytes: 32 })).toBe(value)
})

/** Solidity's rule, the other way round. */
function encodeString(text: string): { head: bigint; words: bigint[] } {
  const bytes = utf8(text)
  const padded = (from: number) => BigInt(bytesToHex(concatBytes(bytes.subarray(from, from + 32), new Uint8Array(32)).subarray(0, 32)))
  if (bytes.length < 32) return { head: padded(0) | BigInt(bytes.length * 2), words: [] }
  return { head: BigInt(bytes.length * 2 + 1), words: Array.from({ length: Math.ceil(bytes.length / 32) }, (_, i) => padded(32 * i)) }
}

test('strings are read back, short and long', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 100, unit: 'grapheme' }), (text) => {
      const { head, words } = encodeString(text)
      expect(stringSlots(5n, head)).toHaveLength(words.length)
      expect(decodeString(head, words)).toBe(text)
    }),
  )
})

test('the words of a long string follow one another', () => {
  const { head } = encodeString('x'.repeat(70))
  const start = arrayStart(5n)
  expect(stringSlots(5n, head)).toEqual([toSlot(start), toSlot(start + 1n), toSlot(start + 2n)])
})
