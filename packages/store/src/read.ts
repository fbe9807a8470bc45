import { createHash } from 'node:crypto'
import { type FileHandle, open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { CHUNK_SIZE, OgError } from '@opengradient/protocol'
import { isCode, isFull, sizeOf } from './disk.ts'
import { FileHasher } from './hasher.ts'
import type { Layout } from './layout.ts'
import { type Place, writeChunks } from './write.ts'

/** What a reader needs beside the place: who hears of a corrupted file, and the time that marks it in quarantine. */
export interface ReadOptions extends Place {
  now: () => number
  onCorrupt: (name: string, movedTo: string) => void
}

/** The chunk hashes of a file, 32 bytes each. @throws OgError `STORE_NOT_FOUND`, `STORE_CORRUPT` */
export async function chunkHashes(options: ReadOptions, name: string): Promise<{ size: number; chunks: Uint8Array }> {
  const size = await sizeOf(options.layout.file(name))
  if (size === undefined) throw absent(name)
  try {
    const chunks = await readFile(options.layout.chunks(name))
    if (chunks.length === 32 * Math.ceil(size / CHUNK_SIZE)) return { size, chunks }
  } catch (error) {
    if (!isCode(error, 'ENOENT')) throw error
  }
  return { size, chunks: await rebuildChunks(options, name) }
}

/**
 * The bytes of `name` from `start` up to and without `end`, each chunk hashed before any of it is handed out.
 * A file that changed on disk is moved to quarantine and refused from then on.
 *
 * @throws OgError `STORE_NOT_FOUND`, `STORE_CORRUPT`
 */
export async function* readVerified(options: ReadOptions, name: string, start: number, end: number): AsyncGenerator<Uint8Array> {
  let { chunks } = await chunkHashes(options, name)
  const handle = await openStored(options.layout, name)
  try {
    for (let index = Math.floor(start / CHUNK_SIZE); index * CHUNK_SIZE < end; index++) {
      const bytes = await readChunk(handle, index)
      if (!matches(bytes, chunks, index)) {
        chunks = await rebuildChunks(options, name)
        if (!matches(bytes, chunks, index)) throw await quarantine(options, name)
      }
      yield bytes.subarray(Math.max(0, start - index * CHUNK_SIZE), end - index * CHUNK_SIZE)
    }
  } finally {
    await handle.close()
  }
}

async function openStored(layout: Layout, name: string): Promise<FileHandle> {
  try {
    return await open(layout.file(name), 'r')
  } catch (error) {
    throw isCode(error, 'ENOENT') ? absent(name) : error
  }
}

async function readChunk(handle: FileHandle, index: number): Promise<Uint8Array> {
  const buffer = Buffer.allocUnsafe(CHUNK_SIZE)
  let length = 0
  while (length < CHUNK_SIZE) {
    const { bytesRead } = await handle.read(buffer, length, CHUNK_SIZE - length, index * CHUNK_SIZE + length)
    if (bytesRead === 0) break
    length += bytesRead
  }
  return buffer.subarray(0, length)
}

function matches(bytes: Uint8Array, chunks: Uint8Array, index: number): boolean {
  return createHash('sha256')
    .update(bytes)
    .digest()
    .equals(chunks.subarray(32 * index, 32 * index + 32))
}

/** Hashes the whole file: either the list beside it was wrong and is replaced, or the file is. */
async function rebuildChunks(options: ReadOptions, name: string): Promise<Uint8Array> {
  const hasher = new FileHasher()
  const handle = await openStored(options.layout, name)
  try {
    for (let index = 0; ; index++) {
      const bytes = await readChunk(handle, index)
      hasher.update(bytes)
      if (bytes.length < CHUNK_SIZE) break
    }
  } finally {
    await handle.close()
  }
  const digest = hasher.digest()
  if (digest.name !== name) throw await quarantine(options, name)
  // Made again whenever it is asked for, until there is room for it.
  await writeChunks(options, name, digest.chunks).catch((error) => {
    if (!isFull(error)) throw error
  })
  return digest.chunks
}

async function quarantine({ layout, now, onCorrupt }: ReadOptions, name: string): Promise<OgError> {
  const movedTo = join(layout.quarantine, `${name}.${now()}`)
  try {
    await rename(layout.file(name), movedTo)
    onCorrupt(name, movedTo)
  } catch (error) {
    if (!isCode(error, 'ENOENT')) throw error
  }
  return new OgError('STORE_CORRUPT', `file ${name} changed on this disk and was moved to quarantine; upload it again, and check the disk`)
}

export const absent = (name: string): OgError => new OgError('STORE_NOT_FOUND', `this store has no file ${name}`)
