import { OgError } from '@opengradient/protocol'
import type { Signature, TensorInfo } from '../engine/engine.ts'

/**
 * A manifest may be narrower than the file it describes (a fixed batch where the file has a symbol), never different: same names in the same
 * order, same datatypes, same rank, no other fixed size.
 * @throws OgError `MODEL_INVALID` naming the tensor
 */
export function checkAgreement(declared: Signature, file: Signature): void {
  for (const side of ['inputs', 'outputs'] as const) {
    const wanted = declared[side]
    const found = file[side]
    if (wanted.length !== found.length) throw disagree(side, `the manifest has ${wanted.length}, the file ${found.length}`)
    for (const [i, info] of wanted.entries()) checkTensor(side, info, found[i]!)
  }
}

function checkTensor(side: string, wanted: TensorInfo, found: TensorInfo): void {
  const where = `${side} "${wanted.name}"`
  if (wanted.name !== found.name) throw disagree(where, `the file has "${found.name}" in its place`)
  if (wanted.datatype !== found.datatype) throw disagree(where, `${wanted.datatype} in the manifest, ${found.datatype} in the file`)
  if (wanted.shape === undefined || found.shape === undefined) return
  if (wanted.shape.length !== found.shape.length)
    throw disagree(where, `rank ${wanted.shape.length} in the manifest, ${found.shape.length} in the file`)
  for (const [d, size] of wanted.shape.entries()) {
    const actual = found.shape[d]
    if (typeof actual === 'number' && typeof size === 'number' && actual !== size)
      throw disagree(where, `dimension ${d} is ${size} in the manifest, ${actual} in the file`)
    if (typeof actual === 'number' && typeof size === 'string')
      throw disagree(where, `dimension ${d} is open in the manifest and ${actual} in the file`)
  }
}

function disagree(field: string, message: string): OgError {
  return new OgError('MODEL_INVALID', `${field}: ${message}. Manifest and model file do not belong together.`, {
    details: { field, reason: 'MANIFEST' },
  })
}
