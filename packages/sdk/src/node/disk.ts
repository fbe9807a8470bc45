import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { asideOf } from '@opengradient/client/aside'
import { OgError } from '@opengradient/protocol'
import { isDiskFull } from '@opengradient/protocol/disk'

/** What goes wrong on the disk, as an error of the family. @throws OgError `DISK_FULL`, `INTERNAL` with what to look at */
export async function onDisk<Value>(path: string, work: () => Promise<Value>): Promise<Value> {
  try {
    return await work()
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    if (cause instanceof OgError || code === undefined) throw cause
    if (isDiskFull(cause)) throw new OgError('DISK_FULL', `${path}: ${message}. What was there before is whole; free some space`, { cause })
    throw new OgError('INTERNAL', `${path}: ${message}. See whether this user may write there`, { cause })
  }
}

/** Replaces a file whole or not at all, by way of a neighbour of a name of its own: two processes may do so at the same time. */
export async function replace(path: string, content: Uint8Array | string, mode = 0o600): Promise<void> {
  const aside = asideOf(path)
  try {
    await writeFile(aside, content, { mode, flush: true })
    await rename(aside, path)
  } finally {
    await rm(aside, { force: true })
  }
}

/** The bytes of a file; undefined when there is none. */
export const readIfThere = (path: string): Promise<Buffer | undefined> => readFile(path).catch(ifMissing(undefined))

/** What is in a folder; nothing when there is none. */
export const namesIn = (folder: string): Promise<string[]> => readdir(folder).catch(ifMissing<string[]>([]))

const ifMissing =
  <Value>(otherwise: Value) =>
  (error: NodeJS.ErrnoException): Value => {
    if (error.code === 'ENOENT') return otherwise
    throw error
  }
