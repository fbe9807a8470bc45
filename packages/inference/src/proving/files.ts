import * as fs from 'node:fs/promises'
import { join } from 'node:path'

/** A folder of small files as the shelf of proofs sees it. Passed in, so that tests can make a disk full. */
export interface Files {
  /** Names of all files with their lengths in bytes. */
  list(): Promise<{ name: string; bytes: number }[]>
  read(name: string): Promise<Uint8Array>
  /** Writes a file so that it is either wholly there or not at all; on disk when this resolves. Throws what the disk says. */
  write(name: string, bytes: Uint8Array): Promise<void>
  remove(name: string): Promise<void>
  rename(from: string, to: string): Promise<void>
}

/** Files of this name are writes that were cut short. */
export const UNFINISHED = /\.tmp$/

/** The real folder `dir`, created if need be. */
export async function folderFiles(dir: string): Promise<Files> {
  await fs.mkdir(dir, { recursive: true, mode: 0o700 })
  const syncFolder = async () => {
    const folder = await fs.open(dir, 'r')
    await folder.sync().finally(() => folder.close())
  }
  return {
    async list() {
      const names = await fs.readdir(dir)
      return Promise.all(names.map(async (name) => ({ name, bytes: (await fs.stat(join(dir, name))).size })))
    },
    read: (name) => fs.readFile(join(dir, name)),
    async write(name, bytes) {
      const unfinished = join(dir, `${name}.tmp`)
      const file = await fs.open(unfinished, 'w', 0o600)
      try {
        await file.writeFile(bytes)
        await file.datasync()
      } catch (error) {
        await file.close()
        await fs.rm(unfinished, { force: true })
        throw error
      }
      await file.close()
      await fs.rename(unfinished, join(dir, name))
      await syncFolder()
    },
    remove: (name) => fs.rm(join(dir, name), { force: true }),
    rename: (from, to) => fs.rename(join(dir, from), join(dir, to)),
  }
}
