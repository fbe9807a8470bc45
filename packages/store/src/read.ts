import { createHash } from 'node:crypto'
import { renameSync, statSync } from 'node:fs'
import { type FileHandle, open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CHUNK_SIZE, OgError } from '@opengradient/protocol'
import { isCode, sizeOf } from './disk.ts'
import { FileHasher } from './hasher.ts'
import type { Layout } from './layout.ts'
import { type Place, writeChunks } from './write.ts'

/** What a reader needs beside the place: who hears of a corrupted file, and the time that marks it in quarantine. */
export interface ReadOptions extends Place {
  now: () => number
  onCorrupt: (name: string, movedTo: string) => void
  rebuilt: RebuiltLists
}

/** Lists of chunks that were made anew from whole files, each once for all who ask meanwhile. A list that is right stays so: its file's name is its hash. */
export interface RebuiltLists {
  readonly kept: Map<string, Uint8Array>
  readonly coming: Map<string, Promise<Uint8Array>>
}

/** Lists that are kept for disks that do not take them: 8 KiB each for two gigabytes. */
const MOST_KEPT = 1_000

/** The chunk hashes of a file, 32 bytes each. @throws OgError `STORE_NOT_FOUND`, `STORE_CORRUPT` */
export async function chunkHashes(options: ReadOptions, name: string): Promise<{ size: number; chunks: Uint8Array }> {
  const size = await sizeOf(options.layout.file(name))
  if (size === undefined) throw absent(name)
  // However it is that the disk does not give the list: the file has it.
  const chunks = options.rebuilt.kept.get(name) ?? (await readFile(options.layout.chunks(name)).catch(() => undefined))
  if (chunks?.length === 32 * Math.ceil(size / CHUNK_SIZE)) return { size, chunks }
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
        if (!matches(bytes, chunks, index)) throw await quarantine(options, name, (await handle.stat()).ino)
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
  const { coming } = options.rebuilt
  const list = coming.get(name) ?? rebuild(options, name).finally(() => coming.delete(name))
  coming.set(name, list)
  return list
}

async function rebuild(options: ReadOptions, name: string): Promise<Uint8Array> {
  const hasher = new FileHasher()
  const handle = await openStored(options.layout, name)
  let ino: number
  try {
    ino = (await handle.stat()).ino
    for (let index = 0; ; index++) {
      const bytes = await readChunk(handle, index)
      hasher.update(bytes)
      if (bytes.length < CHUNK_SIZE) break
    }
  } finally {
    await handle.close()
  }
  const digest = hasher.digest()
  if (digest.name !== name) throw await quarantine(options, name, ino)
  const { kept } = options.rebuilt
  // A disk that is full, read-only or failing takes no list, and keeps nobody from the file.
  const written = await writeChunks(options, name, digest.chunks).then(
    () => true,
    () => false,
  )
  if (written) kept.delete(name)
  else kept.set(name, digest.chunks)
  for (const oldest of kept.keys()) if (kept.size > MOST_KEPT) kept.delete(oldest)
  return digest.chunks
}

/** Moves the file that was read (`ino`) aside, unless another is there meanwhile: an upload heals a damaged one. */
async function quarantine({ layout, now, onCorrupt }: ReadOptions, name: string, ino: number): Promise<OgError> {
  const movedTo = join(layout.quarantine, `${name}.${now()}`)
  const changed = `file ${name} changed on this disk`
  try {
    // Nothing comes between the two in this process.
    if (statSync(layout.file(name)).ino !== ino) return new OgError('STORE_CORRUPT', `${changed} and was replaced meanwhile; ask again`)
    renameSync(layout.file(name), movedTo)
    onCorrupt(name, movedTo)
  } catch (cause) {
    if (!isCode(cause, 'ENOENT'))
      return new OgError('STORE_CORRUPT', `${changed}, which does not let it be moved to quarantine: ${(cause as Error).message}`, {
        cause,
      })
  }
  return new OgError('STORE_CORRUPT', `${changed} and was moved to quarantine; upload it again, and check the disk`)
}

export const absent = (name: string): OgError => new OgError('STORE_NOT_FOUND', `this store has no file ${name}`)
