import { createHash, type Hash } from 'node:crypto'
import { CHUNK_SIZE } from '@opengradient/protocol'

/** SHA-256 of a whole file and of each of its 8 MiB chunks, in one pass over the bytes. */
export class FileHasher {
  private readonly whole = createHash('sha256')
  private chunk: Hash = createHash('sha256')
  private inChunk = 0
  private readonly done: Uint8Array[] = []
  /** Bytes seen so far. */
  size = 0

  update(bytes: Uint8Array): void {
    this.whole.update(bytes)
    this.size += bytes.length
    for (let at = 0; at < bytes.length; ) {
      const part = bytes.subarray(at, at + CHUNK_SIZE - this.inChunk)
      this.chunk.update(part)
      this.inChunk += part.length
      at += part.length
      if (this.inChunk === CHUNK_SIZE) this.closeChunk()
    }
  }

  /** @returns the file's name (hex) and its chunk hashes, 32 bytes each, one after the other; an empty file has none. */
  digest(): { name: string; chunks: Uint8Array } {
    if (this.inChunk > 0) this.closeChunk()
    return { name: this.whole.digest('hex'), chunks: Buffer.concat(this.done) }
  }

  private closeChunk(): void {
    this.done.push(this.chunk.digest())
    this.chunk = createHash('sha256')
    this.inChunk = 0
  }
}
