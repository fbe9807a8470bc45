import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { OgError } from '@opengradient/protocol'

/** A file that does not hold what others beside it do. */
export interface Spoilt {
  path: string
  error: OgError
}

/** Names of the JSON files of a folder, without the ending. */
export function jsonNames(folder: string): string[] {
  let files: string[] = []
  try {
    files = readdirSync(folder)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  return files
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length))
    .sort()
}

/** What all JSON files of a folder hold. One that is refused does not hide the others. @param read throws OgError; undefined leaves the file out */
export function readAll<T>(folder: string, read: (path: string, name: string) => T | undefined): { found: T[]; spoilt: Spoilt[] } {
  const found: T[] = []
  const spoilt: Spoilt[] = []
  for (const name of jsonNames(folder)) {
    const path = join(folder, `${name}.json`)
    try {
      const value = read(path, name)
      if (value !== undefined) found.push(value)
    } catch (error) {
      if (!(error instanceof OgError)) throw error
      spoilt.push({ path, error })
    }
  }
  return { found, spoilt }
}
