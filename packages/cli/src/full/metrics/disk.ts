import { readdir, stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'

/** Milliseconds for which the size of a folder is not looked at again: a large one has tens of thousands of files. */
const FRESH_MS = 60_000

/** Bytes of a folder's files, and those that are free where it lies. */
export interface DiskUse {
  used: number
  free: number
}

/** Looks at a flat folder, once a minute at most; files that vanish meanwhile do not count. */
export function diskUse(folder: string, now: () => number): () => Promise<DiskUse> {
  let seen: { at: number; use: Promise<DiskUse> } | undefined
  return () => {
    if (!seen || now() - seen.at >= FRESH_MS) seen = { at: now(), use: look(folder) }
    return seen.use
  }
}

async function look(folder: string): Promise<DiskUse> {
  const { bavail, bsize } = await statfs(folder)
  let used = 0
  for (const name of await readdir(folder))
    used += await stat(join(folder, name)).then(
      ({ size }) => size,
      () => 0,
    )
  return { used, free: bavail * bsize }
}
