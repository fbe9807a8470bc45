import {
  closeSync,
  constants,
  copyFileSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { asideOf, sweepAsides } from '@opengradient/client/aside'
import { makeFolder } from './folder.ts'
import type { Home } from './paths.ts'

/** The file's bytes, or undefined when there is none. */
export function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path)
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined
    throw error
  }
}

/** Writes a file whole or not at all: into a neighbour first, then renamed over. What is no file (`/dev/null`, a pipe) is written to. */
export function writeWhole(path: string, content: string | Uint8Array, mode = 0o644): void {
  const there = statSync(path, { throwIfNoEntry: false })
  if (there && !there.isFile() && !there.isDirectory()) writeFileSync(path, content)
  else besides(path, content, mode, (aside) => renameSync(aside, path))
}

/**
 * Writes a new file whole or not at all, and never over another one: of two who do so at the same time, one is told `false`. What it wrote is
 * still there after a power cut.
 */
export function createWhole(path: string, content: string | Uint8Array, mode = 0o644): boolean {
  try {
    besides(path, content, mode, (aside) => linkOrCopy(aside, path))
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false
    throw error
  }
  syncFolder(dirname(path))
  return true
}

/** Removes what killed processes left of their writes in a home; whoever starts a network or a node in it does. */
export function sweepHome({ root, keys, networks, data }: Home): void {
  for (const folder of [root, keys, join(keys, 'receipt'), networks, data]) sweepAsides(folder)
}

/** Writes a neighbour of a name that nobody could foresee, gives it to `place`, and leaves nothing behind: of others neither, who were killed. */
function besides(path: string, content: string | Uint8Array, mode: number, place: (aside: string) => void): void {
  makeFolder(dirname(path))
  sweepAsides(dirname(path))
  const aside = asideOf(path)
  try {
    writeFileSync(aside, content, { mode, flag: 'wx', flush: true })
    place(aside)
  } finally {
    rmSync(aside, { force: true })
  }
}

/** A second name for the file, which no other file may have. Disks without such names get a copy. */
function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to)
  } catch (error) {
    if (!['EPERM', 'ENOTSUP', 'ENOSYS'].some((code) => isCode(error, code))) throw error
    copyFileSync(from, to, constants.COPYFILE_EXCL)
  }
}

/** Where folders cannot be opened (Windows), the system does this by itself. */
function syncFolder(path: string): void {
  try {
    const folder = openSync(path, 'r')
    fsyncSync(folder)
    closeSync(folder)
  } catch (error) {
    if (!['EISDIR', 'EPERM', 'EINVAL'].some((code) => isCode(error, code))) throw error
  }
}

const isCode = (error: unknown, code: string): boolean => (error as NodeJS.ErrnoException).code === code
