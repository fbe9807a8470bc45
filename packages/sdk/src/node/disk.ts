import { readdir, readFile } from 'node:fs/promises'
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
