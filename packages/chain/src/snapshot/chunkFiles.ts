import { createHash } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import { OgError } from '@opengradient/protocol'
import { type Entry, encodeRecord } from './format.ts'
import { MAX_CHUNKS } from './metadata.ts'
import type { Place } from './proofs.ts'

/** Bytes that are hashed and written at a time. Between two, whoever else has work gets a turn. */
const PIECE_BYTES = 64 << 10

export const chunkName = (index: number): string => `chunk-${index}`

export interface ChunkOptions {
  readonly folder: string
  /** Of a chunk at most, without its proofs. */
  readonly chunkBytes: number
  /** Proves where each chunk ends. */
  readonly place: Place
  readonly signal: AbortSignal
}

/** Cuts records into chunks, a durable file each in `folder`; answers their SHA-256. Ends early when `signal` says so. */
export async function writeChunks(
  records: AsyncIterable<Entry>,
  { folder, chunkBytes, place, signal }: ChunkOptions,
): Promise<Uint8Array[]> {
  const hashes: Uint8Array[] = []
  let chunk = await ChunkFile.create(join(folder, chunkName(0)))
  const end = async () => {
    chunk.add(encodeRecord(place.proofs()))
    hashes.push(await chunk.finish())
  }
  try {
    for await (const entry of records) {
      const record = encodeRecord(entry)
      if (chunk.length > 0 && chunk.length + record.length > chunkBytes) {
        await end()
        if (hashes.length === MAX_CHUNKS) throw new OgError('INTERNAL', `The state does not fit into a snapshot of ${MAX_CHUNKS} chunks.`)
        chunk = await ChunkFile.create(join(folder, chunkName(hashes.length)))
      }
      chunk.add(record)
      place.see(entry)
      if (chunk.waiting < PIECE_BYTES) continue
      await chunk.flush()
      signal.throwIfAborted()
    }
    await end()
    signal.throwIfAborted()
  } finally {
    await chunk.close()
  }
  return hashes
}

/** A chunk as it is written. */
class ChunkFile {
  readonly #file: FileHandle
  readonly #hash = createHash('sha256')
  #pieces: Uint8Array[] = []
  #closed = false
  /** Bytes so far, and how many of them are not in the file yet. */
  length = 0
  waiting = 0

  private constructor(file: FileHandle) {
    this.#file = file
  }

  static async create(path: string): Promise<ChunkFile> {
    return new ChunkFile(await open(path, 'wx'))
  }

  add(bytes: Uint8Array): void {
    this.#pieces.push(bytes)
    this.length += bytes.length
    this.waiting += bytes.length
  }

  async flush(): Promise<void> {
    const piece = Buffer.concat(this.#pieces)
    this.#pieces = []
    this.waiting = 0
    this.#hash.update(piece)
    // `write` may write less than asked; this does not.
    await this.#file.appendFile(piece)
  }

  /** Makes the file durable; answers its SHA-256. */
  async finish(): Promise<Uint8Array> {
    await this.flush()
    await this.#file.sync()
    await this.close()
    return this.#hash.digest()
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#file.close()
  }
}
