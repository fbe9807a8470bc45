import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { OgError } from '@opengradient/protocol'
import { decodeZkir, MAX_ZKIR_BYTES, type NotAModel, type ZkirFile } from '@opengradient/zkml'
import type { Context } from '../context.ts'

/** Bytes of a file that the user names. @throws OgError `USAGE` */
export function readGiven({ io }: Context, given: string, most = MAX_ZKIR_BYTES): Uint8Array {
  try {
    const bytes = readFileSync(given === '-' ? 0 : resolve(io.cwd, given))
    if (bytes.length > most) throw new Error(`it has ${bytes.length} bytes, over the limit of ${most}`)
    return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
  } catch (cause) {
    throw new OgError('USAGE', `cannot read ${given}: ${(cause as Error).message}`, { cause })
  }
}

/** A `.zkir` file. @throws OgError `USAGE`, `ZK_BAD_FILE` with the remedy where an ONNX file was given */
export function readModel(context: Context, given: string): { bytes: Uint8Array; file: ZkirFile } {
  const bytes = readGiven(context, given)
  if (given.toLowerCase().endsWith('.onnx'))
    throw new OgError('ZK_BAD_FILE', `${given} is an ONNX file; compile it first: og zk compile ${given} -o model.zkir`)
  return { bytes, file: decodeZkir(bytes) }
}

/** Why the parts of a file are no model, as an error. */
export function notAModel({ code, error }: NotAModel): OgError {
  if (error) return error
  return new OgError('ZK_BAD_FILE', `zkir file: its manifest, integer model and weights do not belong together (${code}).`, {
    details: { code },
  })
}
