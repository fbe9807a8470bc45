import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import { CHUNK_SIZE, chunkCount, chunkHashes } from './chunks.ts'

const sha256 = (bytes: Uint8Array): string => `0x${createHash('sha256').update(bytes).digest('hex')}`

it.each([
  [0, 0],
  [1, 1],
  [CHUNK_SIZE - 1, 1],
  [CHUNK_SIZE, 1],
  [CHUNK_SIZE + 1, 2],
  [5 * CHUNK_SIZE, 5],
])('a file of %i bytes has %i chunks', (size, count) => {
  expect(chunkCount(size)).toBe(count)
})

it('hashes every 8 MiB and the rest', () => {
  const file = new Uint8Array(CHUNK_SIZE + 3)
  file[0] = 1
  file[CHUNK_SIZE] = 2
  expect(chunkHashes(file)).toEqual([sha256(file.subarray(0, CHUNK_SIZE)), sha256(file.subarray(CHUNK_SIZE))])
  expect(chunkHashes(new Uint8Array())).toEqual([])
})
