import { join } from 'node:path'
import { OgError } from '@opengradient/protocol'

/** Where a store keeps its things under its folder; see `openStore`. */
export interface Layout {
  /** Written once, at creation; a folder with another version or other content is never opened. */
  version: string
  temporary: string
  quarantine: string
  files: string
  /** `files/<first byte>/<hash>`: whole, verified, never changed again. */
  file(name: string): string
  /** 32 bytes a chunk beside each file. Derived: rebuilt when missing, believed only as far as the file's own hash confirms it. */
  chunks(name: string): string
  folder(name: string): string
}

export const STORE_VERSION = 'opengradient store 1\n'

export function layoutOf(dir: string): Layout {
  const files = join(dir, 'files')
  const folder = (name: string) => join(files, name.slice(0, 2))
  return {
    version: join(dir, 'VERSION'),
    temporary: join(dir, 'tmp'),
    quarantine: join(dir, 'quarantine'),
    files,
    folder,
    file: (name) => join(folder(name), name),
    chunks: (name) => join(folder(name), `${name}.chunks`),
  }
}

/** @returns `value` if it is a file name: 64 lower-case hex digits, the SHA-256 of the bytes. @throws OgError `HEX_MALFORMED` */
export function parseName(value: string): string {
  if (/^[0-9a-f]{64}$/.test(value)) return value
  throw new OgError('HEX_MALFORMED', 'a file is named by the SHA-256 of its bytes: 64 lower-case hex digits, without 0x')
}
