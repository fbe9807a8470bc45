import fc from 'fast-check'
import { expect, test } from 'vitest'
import { concatBytes } from './bytes.ts'
import { Gathered } from './gathered.ts'

test('pieces come out as the bytes that went in, in an array of just their length', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 6_000 }), { maxLength: 12 }), (pieces) => {
      const gathered = new Gathered(80_000)
      for (const piece of pieces) expect(gathered.add(piece)).toBe(true)
      const bytes = gathered.bytes()
      expect(bytes).toEqual(concatBytes(...pieces))
      expect(bytes.buffer.byteLength).toBe(bytes.length)
    }),
  )
})

test('no piece is kept: what becomes of its buffer changes nothing', () => {
  const gathered = new Gathered(100)
  const buffer = new Uint8Array(64 * 1024)
  for (let value = 1; value <= 3; value++) gathered.add(buffer.fill(value).subarray(value, value + 1))
  buffer.fill(9)
  expect(gathered.bytes()).toEqual(Uint8Array.of(1, 2, 3))
})

test('the byte that is one too many is refused, and nothing is held any more', () => {
  const gathered = new Gathered(5_000)
  expect(gathered.add(new Uint8Array(5_000))).toBe(true)
  expect(gathered.add(new Uint8Array(0))).toBe(true)
  expect(gathered.bytes().length).toBe(5_000)
  expect(gathered.add(new Uint8Array(1))).toBe(false)
  expect(gathered.bytes().length).toBe(0)
})

test('a limit is never allocated beyond', () => {
  const gathered = new Gathered(5_000)
  for (let i = 0; i < 5_000; i++) gathered.add(Uint8Array.of(i & 255))
  expect(gathered.bytes().buffer.byteLength).toBe(5_000)
})
