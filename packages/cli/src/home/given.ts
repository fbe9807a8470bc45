import { accessSync, closeSync, constants, fstatSync, openSync, readSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { OgError } from '@opengradient/protocol'
import { isDiskFull } from '@opengradient/protocol/disk'
import type { Context } from '../context.ts'
import { createWhole, writeWhole } from './files.ts'
import { makeFolder } from './folder.ts'

/** As a file: standard input, or where a command says so, standard output. */
export const STANDARD = '-'
const STANDARD_INPUT = 0
const PIECE = 1 << 20

/** Bytes of a file that the user names, at most `most`; "-" is standard input. @throws OgError `USAGE` */
export function readGiven({ io }: Context, given: string, most: number): Uint8Array {
  try {
    return given === STANDARD ? readUpTo(STANDARD_INPUT, most) : readFileUpTo(resolve(io.cwd, given), most)
  } catch (cause) {
    throw new OgError('USAGE', `cannot read ${given}: ${(cause as Error).message}`, { cause })
  }
}

/** A whole file of at most `most` bytes; of one that is longer, or does not end, no more than that is read. */
export function readFileUpTo(path: string, most: number): Buffer {
  const file = openSync(path, 'r')
  try {
    return readUpTo(file, most)
  } finally {
    closeSync(file)
  }
}

function readUpTo(file: number, most: number): Buffer {
  // What is no file, such as a pipe, says no size. A file comes in one piece, held once.
  const announced = fstatSync(file).size
  const pieces: Buffer[] = []
  let size = 0
  for (;;) {
    if (Math.max(size, announced) > most) throw new Error(`it is over the limit of ${most} bytes`)
    const piece = Buffer.allocUnsafe(size < announced ? announced - size : Math.min(PIECE, most + 1))
    const read = readSync(file, piece)
    if (read === 0) return pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces, size)
    size += read
    pieces.push(piece.subarray(0, read))
  }
}

/**
 * Refuses a file that could not be written, before what is to be in it costs anything. Its folder is made: whether that can be is known by
 * nothing else.
 * @throws OgError `USAGE`
 */
export function requireWritable({ io }: Context, given: string): void {
  const path = resolve(io.cwd, given)
  refuseStandard(given)
  try {
    const there = statSync(path, { throwIfNoEntry: false })
    if (there?.isDirectory()) throw new Error('it is a folder')
    if (there && !there.isFile()) accessSync(path, constants.W_OK)
    else {
      makeFolder(dirname(path))
      accessSync(dirname(path), constants.W_OK | constants.X_OK)
    }
  } catch (cause) {
    throw new OgError('USAGE', `cannot write ${given}: ${(cause as Error).message}`, { cause })
  }
}

/** Writes a file that the user names, whole or not at all. @throws OgError `USAGE`, `DISK_FULL` */
export function writeGiven({ io }: Context, given: string, bytes: Uint8Array, mode = 0o644): void {
  refuseStandard(given)
  written(given, () => writeWhole(resolve(io.cwd, given), bytes, mode))
}

/** As `writeGiven`, but never over a file that is there: then it gives `false`. @throws OgError `USAGE`, `DISK_FULL` */
export function createGiven({ io }: Context, given: string, bytes: Uint8Array, mode: number): boolean {
  return written(given, () => createWhole(resolve(io.cwd, given), bytes, mode))
}

function written<Result>(given: string, write: () => Result): Result {
  try {
    return write()
  } catch (cause) {
    throw new OgError(isDiskFull(cause) ? 'DISK_FULL' : 'USAGE', `cannot write ${given}: ${(cause as Error).message}`, { cause })
  }
}

/** Nobody who writes "-" wants a file of that name. */
function refuseStandard(given: string): void {
  if (given === STANDARD)
    throw new OgError('USAGE', `cannot write to standard output here: og bundle does, for an answer; a file named - is ./-`)
}
