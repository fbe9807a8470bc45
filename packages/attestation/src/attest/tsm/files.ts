import { constants } from 'node:fs'
import { mkdir, rmdir, writeFile } from 'node:fs/promises'
import { readBounded } from '../io/read.ts'

/** The file operations that configfs-tsm needs, as the kernel offers them. */
export interface TsmFiles {
  mkdir(path: string): Promise<void>
  rmdir(path: string): Promise<void>
  /** One write of all bytes; the kernel takes them when the file is closed. */
  write(path: string, bytes: Uint8Array): Promise<void>
  /** All bytes; refuses more than `max`. */
  read(path: string, max: number): Promise<Uint8Array>
}

export const tsmFiles: TsmFiles = {
  mkdir: (path) => mkdir(path),
  rmdir: (path) => rmdir(path),
  write: (path, bytes) => writeFile(path, bytes, { flag: constants.O_WRONLY }),
  read: readBounded,
}
