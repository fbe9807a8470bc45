import { OgError } from '@opengradient/protocol'
import { decodeZkir, MAX_ZKIR_BYTES, type NotAModel, type ZkirFile } from '@opengradient/zkml'
import type { Context } from '../context.ts'
import { readGiven } from '../home/given.ts'

/** A `.zkir` file. @throws OgError `USAGE`, `ZK_BAD_FILE` with the remedy where an ONNX file was given */
export function readModel(context: Context, given: string): { bytes: Uint8Array; file: ZkirFile } {
  const bytes = readGiven(context, given, MAX_ZKIR_BYTES)
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
