import { cellsOf } from './axes.ts'
import { badWeights } from './fail.ts'
import { domainHash } from './hash.ts'
import type { WeightMeta, Weights } from './types.ts'
import { byteLengthOf, bytesOfInts, checkLengths, intsOfBytes, WEIGHT_HEADER_BYTES, weightsByteLength } from './values.ts'

/** The weights blob: for each weight in order u32 id ‖ u64 byte length ‖ row-major little-endian integers. SPEC 2.7. */
export function encodeWeights(metas: readonly WeightMeta[], weights: Weights): Uint8Array {
  checkLengths(metas, weights)
  const blob = new Uint8Array(weightsByteLength(metas))
  const view = new DataView(blob.buffer)
  let at = 0
  for (const [id, values] of weights.entries()) {
    const bytes = bytesOfInts(values)
    view.setUint32(at, id, true)
    view.setBigUint64(at + 4, BigInt(bytes.length), true)
    blob.set(bytes, at + WEIGHT_HEADER_BYTES)
    at += WEIGHT_HEADER_BYTES + bytes.length
  }
  return blob
}

/** The weights of an untrusted blob; refuses `ZK_BAD_WEIGHTS`. Every length follows from the model, none is read and believed. */
export function decodeWeights(metas: readonly WeightMeta[], blob: Uint8Array): Weights {
  const expected = weightsByteLength(metas)
  if (blob.length !== expected) badWeights('the blob', `has ${blob.length} bytes; the model declares ${expected}`)
  const view = new DataView(blob.buffer, blob.byteOffset, blob.length)
  let at = 0
  return metas.map(({ dt, axes }, id) => {
    const length = byteLengthOf(dt, cellsOf(axes))
    if (view.getUint32(at, true) !== id) badWeights(`byte ${at}`, `begins weight ${view.getUint32(at, true)}, not ${id}`)
    if (view.getBigUint64(at + 4, true) !== BigInt(length))
      badWeights(`weight ${id}`, `has another length than the ${length} bytes declared`)
    at += WEIGHT_HEADER_BYTES + length
    return intsOfBytes(dt, blob.subarray(at - length, at))
  })
}

/** Digest of public weights: `Hd("zkml/v1/weights", blob)`. */
export function weightsDigest(blob: Uint8Array): Uint8Array {
  return domainHash('zkml/v1/weights', blob)
}
