import { type FileHandle, mkdir, open, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isAlive } from '@opengradient/client/aside'

/** @returns the size of a regular file, undefined when there is none */
export async function sizeOf(path: string): Promise<number | undefined> {
  try {
    const found = await stat(path)
    return found.isFile() ? found.size : undefined
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined
    throw error
  }
}

/** Makes a rename in `folder` survive a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Removes what writers that no longer run left behind; temporary names start with their process id. */
export async function sweepTemporary(folder: string, self: number): Promise<void> {
  for (const name of await readdir(folder)) {
    const pid = Number(name.split('-')[0])
    if (pid === self || !isAlive(pid)) await rm(join(folder, name), { force: true })
  }
}

/** Writes all of `bytes`. */
export async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) at += (await handle.write(bytes, at)).bytesWritten
}

/** Makes one folder. Of a disk on which no file can be made any more, Node's own `recursive` says that something is not there. */
export async function makeFolder(path: string): Promise<void> {
  await mkdir(path).catch((error) => {
    if (!isCode(error, 'EEXIST')) throw error
  })
}

export const isCode = (error: unknown, code: string): boolean => error instanceof Error && (error as NodeJS.ErrnoException).code === code
