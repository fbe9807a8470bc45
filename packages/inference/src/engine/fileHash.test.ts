import { createHash, randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { fileHash } from './fileHash.ts'

const MIB = 1 << 20

/** How often others had their turn while this went on. */
async function turnsDuring(work: () => Promise<unknown>): Promise<number> {
  let turns = 0
  let over = false
  const count = () => {
    turns += 1
    if (!over) setImmediate(count)
  }
  setImmediate(count)
  await work()
  over = true
  return turns
}

test.each([0, 1, 1_000, MIB - 1, MIB, MIB + 1, 3 * MIB + 5])('of %i bytes is their SHA-256', async (length) => {
  const bytes = randomBytes(length)
  expect(await fileHash(bytes)).toBe(`0x${createHash('sha256').update(bytes).digest('hex')}`)
})

test('others have their turn after each megabyte, and the same bytes are hashed once', async () => {
  const bytes = new Uint8Array(16 * MIB)
  expect(await turnsDuring(() => fileHash(bytes))).toBeGreaterThanOrEqual(15)
  expect(await turnsDuring(() => fileHash(bytes))).toBe(0)
})
