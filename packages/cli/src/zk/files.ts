import { resolve } from 'node:path'
import { OgError } from '@opengradient/protocol'
import type { Context } from '../context.ts'
import { writeWhole } from '../home/files.ts'

/** Writes a file that the user names, whole or not at all. @throws OgError `USAGE` */
export function writeGiven({ io }: Context, given: string, bytes: Uint8Array, mode = 0o644): void {
  try {
    writeWhole(resolve(io.cwd, given), bytes, mode)
  } catch (cause) {
    throw new OgError('USAGE', `cannot write ${given}: ${(cause as Error).message}`, { cause })
  }
}
