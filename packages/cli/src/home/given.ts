import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { OgError } from '@opengradient/protocol'
import type { Context } from '../context.ts'
import { writeWhole } from './files.ts'

/** Bytes of a file that the user names; "-" is standard input. @throws OgError `USAGE` */
export function readGiven({ io }: Context, given: string, most: number): Uint8Array {
  try {
    const bytes = readFileSync(given === '-' ? 0 : resolve(io.cwd, given))
    if (bytes.length > most) throw new Error(`it has ${bytes.length} bytes, over the limit of ${most}`)
    return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
  } catch (cause) {
    throw new OgError('USAGE', `cannot read ${given}: ${(cause as Error).message}`, { cause })
  }
}

/** Writes a file that the user names, whole or not at all. @throws OgError `USAGE` */
export function writeGiven({ io }: Context, given: string, bytes: Uint8Array, mode = 0o644): void {
  try {
    writeWhole(resolve(io.cwd, given), bytes, mode)
  } catch (cause) {
    throw new OgError('USAGE', `cannot write ${given}: ${(cause as Error).message}`, { cause })
  }
}
