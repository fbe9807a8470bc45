import { createHash } from 'node:crypto'
import { constants, createReadStream } from 'node:fs'
import { type FileHandle, open, rename, rm, stat, statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { CHUNK_SIZE, hexToBytes, OgError } from '@opengradient/protocol'
import { isDiskFull } from '@opengradient/protocol/disk'
import type { WantedFile } from './fetchFile.ts'

/**
 * A file on its way: `<into>~part` with the bytes and `<into>~part.map` with the file's hash (32 bytes) and one byte a chunk, 1 when that
 * chunk was verified and written. Two processes that fetch the same file write the same verified bytes to the same places, so they need no lock.
 */
export class PartialFile {
  private readonly file: WantedFile
  private readonly into: string
  private readonly data: FileHandle
  private readonly map: FileHandle
  private have: Uint8Array

  private constructor(file: WantedFile, into: string, data: FileHandle, map: FileHandle) {
    this.file = file
    this.into = into
    this.data = data
    this.map = map
    this.have = new Uint8Array(file.chunks.length)
  }

  /** Continues what an earlier call left, if it was the same file. @throws OgError `DISK_FULL` */
  static async open(file: WantedFile, into: string): Promise<PartialFile> {
    const data = await openOrCreate(`${into}~part`)
    const map = await openOrCreate(`${into}~part.map`).catch((error) => data.close().then(() => Promise.reject(error)))
    const partial = new PartialFile(file, into, data, map)
    try {
      await partial.resume()
      return partial
    } catch (error) {
      await partial.close()
      throw error
    }
  }

  missing(): number[] {
    return [...this.have.keys()].filter((index) => this.have[index] !== 1)
  }

  /** @param bytes the chunk, verified by the caller */
  async write(index: number, bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; )
      at += (await this.data.write(bytes, at, bytes.length - at, index * CHUNK_SIZE + at).catch(full)).bytesWritten
    await this.mark(index, 1)
  }

  /**
   * Verifies the whole file and moves it to its place.
   *
   * @returns the chunks that turned out to be damaged and must come again; none when the file is in place
   * @throws OgError `MANIFEST_MALFORMED` when every chunk is right and the file still is not: the list contradicts itself
   */
  async finish(): Promise<number[]> {
    await this.data.sync()
    const isThere = () => isFile(this.into, this.file)
    if (await isThere()) {
      await this.discard()
      return []
    }
    if (await isFile(`${this.into}~part`, this.file)) {
      await this.place()
      return []
    }
    const damaged = await this.recheck()
    if (damaged.length > 0) return damaged
    const placedByAnother = await isThere()
    await this.discard()
    if (placedByAnother) return []
    throw new OgError('MANIFEST_MALFORMED', `the chunk hashes given for ${this.file.sha256} are those of another file`)
  }

  async close(): Promise<void> {
    await this.data.close()
    await this.map.close()
  }

  /** Takes up what is there of this file, or begins. */
  private async resume(): Promise<void> {
    const { file, data, map } = this
    const header = hexToBytes(file.sha256)
    const found = await map.readFile()
    if (found.length === 32 + file.chunks.length && found.subarray(0, 32).equals(header) && (await data.stat()).size === file.size) {
      this.have = new Uint8Array(found.subarray(32))
      return
    }
    await requireSpace(dirname(this.into), file.size)
    await map.truncate(0)
    await data.truncate(0)
    await data.truncate(file.size).catch(full)
    await map.write(Buffer.concat([header, this.have]), 0, 32 + this.have.length, 0).catch(full)
  }

  /** Gives the file its name, for good. */
  private async place(): Promise<void> {
    await rename(`${this.into}~part`, this.into).catch(async (error) => {
      // Another process that fetches the same may have done so first.
      if (!(await isFile(this.into, this.file))) throw error
    })
    await rm(`${this.into}~part.map`, { force: true })
    const folder = await open(dirname(this.into), 'r')
    await folder.sync().finally(() => folder.close())
  }

  private async mark(index: number, value: 0 | 1): Promise<void> {
    this.have[index] = value
    await this.map.write(Uint8Array.of(value), 0, 1, 32 + index).catch(full)
  }

  private async recheck(): Promise<number[]> {
    const damaged: number[] = []
    for (const [index, hash] of this.file.chunks.entries()) {
      const buffer = Buffer.alloc(Math.min(CHUNK_SIZE, this.file.size - index * CHUNK_SIZE))
      await this.data.read(buffer, 0, buffer.length, index * CHUNK_SIZE)
      if (createHash('sha256').update(buffer).digest('hex') === hash.slice(2)) continue
      damaged.push(index)
      await this.mark(index, 0)
    }
    return damaged
  }

  private async discard(): Promise<void> {
    await rm(`${this.into}~part`, { force: true })
    await rm(`${this.into}~part.map`, { force: true })
  }
}

/** Whether the bytes at `path` are those of `file`. */
export async function isFile(path: string, file: { sha256: string; size: number }): Promise<boolean> {
  const found = await stat(path).catch(() => undefined)
  if (!found?.isFile() || found.size !== file.size) return false
  const hash = createHash('sha256')
  try {
    for await (const bytes of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(bytes)
  } catch (error) {
    // Another process has moved it since it was looked at.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
  return hash.digest('hex') === file.sha256.slice(2)
}

/** To read and write, as it is: another process may be creating it, too. */
const openOrCreate = (path: string): Promise<FileHandle> => open(path, constants.O_RDWR | constants.O_CREAT)

async function requireSpace(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder)
  if (bavail * bsize < bytes) throw new OgError('DISK_FULL', `${folder} has ${bavail * bsize} bytes left and ${bytes} are needed`)
}

function full(error: NodeJS.ErrnoException): never {
  if (isDiskFull(error))
    throw new OgError('DISK_FULL', 'the disk filled up during the download; free space and run it again, it continues where it stopped', {
      cause: error,
    })
  throw error
}
