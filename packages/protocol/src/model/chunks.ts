import type { Hex } from '../bytes/hex.ts'
import { sha256Hex } from '../crypto/hash.ts'

/** Bytes of a chunk: files are hashed and fetched in pieces of 8 MiB, the last one shorter. */
export const CHUNK_SIZE = 8 * 1024 * 1024

/** Number of chunks of a file of `size` bytes. */
export function chunkCount(size: number): number {
  return Math.ceil(size / CHUNK_SIZE)
}

/** SHA-256 of each chunk of a file, in order: the `chunks` of its manifest entry. */
export function chunkHashes(file: Uint8Array): Hex[] {
  return Array.from({ length: chunkCount(file.length) }, (_, i) => sha256Hex(file.subarray(i * CHUNK_SIZE, (i + 1) * CHUNK_SIZE)))
}
