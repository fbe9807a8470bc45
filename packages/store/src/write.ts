import { randomBytes } from 'node:crypto'
import { type FileHandle, open, rename, rm, statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { OgError } from '@opengradient/protocol'
import { isDiskFull } from '@opengradient/protocol/disk'
import { makeFolder, syncFolder, writeAll } from './disk.ts'
import { FileHasher } from './hasher.ts'
import type { Inventory } from './inventory.ts'
import type { Layout } from './layout.ts'

/** Where files are written. */
export interface Place {
  layout: Layout
  /** Makes a temporary file; replaceable so that a test can have a disk that is really full. */
  create: (path: string) => Promise<FileHandle>
}

export interface WriteOptions extends Place {
  inventory: Inventory
}

export const createFile = (path: string): Promise<FileHandle> => open(path, 'wx')

/**
 * Stores `source` under `name`, or nothing at all: temporary file, hash compared, fsync, rename, fsync of the folder.
 * A process killed in between leaves only a temporary file, which the next start removes. A file that is there already is replaced by
 * the same bytes, which heals one that was damaged on disk.
 *
 * @param size bytes announced by the sender, reserved in advance; without it space is taken as bytes arrive
 * @throws OgError `STORE_QUOTA`, `DISK_FULL`, `STORE_HASH_MISMATCH` (the bytes are not the ones named, or not as many as announced)
 */
export async function writeFileVerified(
  { inventory, ...place }: WriteOptions,
  name: string,
  source: AsyncIterable<Uint8Array>,
  size?: number,
): Promise<{ size: number; created: boolean }> {
  const { layout, create } = place
  let reserved = 0
  const reserve = (bytes: number) => {
    inventory.reserve(bytes)
    reserved += bytes
  }
  if (size !== undefined) reserve(size)
  const temporary = temporaryIn(layout)
  try {
    if (size !== undefined) await checkFreeSpace(layout.temporary, size)
    const hasher = await copyTo(temporary, create, source, size, (bytes) => bytes > reserved && reserve(bytes - reserved))
    if (size !== undefined && hasher.size !== size)
      throw new OgError('STORE_HASH_MISMATCH', `${size} bytes were announced and ${hasher.size} came; send the whole file again`)
    const digest = hasher.digest()
    if (digest.name !== name)
      throw new OgError('STORE_HASH_MISMATCH', `these bytes hash to ${digest.name}, not to ${name}; nothing was stored`, {
        details: { actual: digest.name },
      })
    await publish(place, name, temporary, digest.chunks)
    const created = inventory.add(name)
    if (created) reserved = 0
    return { size: hasher.size, created }
  } catch (error) {
    if (!isDiskFull(error)) throw error
    throw new OgError('DISK_FULL', 'the disk is full; nothing stored before is touched. Free space on it, then upload again', {
      cause: error,
    })
  } finally {
    inventory.release(reserved)
    await rm(temporary, { force: true })
  }
}

async function copyTo(
  path: string,
  create: WriteOptions['create'],
  source: AsyncIterable<Uint8Array>,
  size: number | undefined,
  grow: (total: number) => void,
): Promise<FileHasher> {
  const hasher = new FileHasher()
  const handle = await create(path)
  try {
    for await (const bytes of source) {
      if (size !== undefined && hasher.size + bytes.length > size)
        throw new OgError('STORE_HASH_MISMATCH', `${size} bytes were announced and more came; nothing was stored`)
      grow(hasher.size + bytes.length)
      hasher.update(bytes)
      await writeAll(handle, bytes)
    }
    await handle.sync()
    return hasher
  } finally {
    await handle.close()
  }
}

async function publish(place: Place, name: string, temporary: string, chunks: Uint8Array): Promise<void> {
  const { layout } = place
  const folder = layout.folder(name)
  await makeFolder(folder)
  await writeChunks(place, name, chunks)
  await rename(temporary, layout.file(name))
  await syncFolder(folder)
  await syncFolder(dirname(folder))
}

/** Puts the chunk hashes beside a file, replacing what was there at once or not at all. */
export async function writeChunks({ layout, create }: Place, name: string, chunks: Uint8Array): Promise<void> {
  const temporary = temporaryIn(layout)
  try {
    const handle = await create(temporary)
    await writeAll(handle, chunks)
      .then(() => handle.sync())
      .finally(() => handle.close())
    await rename(temporary, layout.chunks(name))
  } finally {
    await rm(temporary, { force: true })
  }
}

const temporaryIn = (layout: Layout): string => join(layout.temporary, `${process.pid}-${randomBytes(8).toString('hex')}`)

async function checkFreeSpace(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder)
  if (bavail * bsize < bytes)
    throw new OgError('DISK_FULL', `the disk has ${bavail * bsize} bytes left and ${bytes} are needed; nothing was stored`, {
      details: { freeBytes: bavail * bsize, neededBytes: bytes },
    })
}
