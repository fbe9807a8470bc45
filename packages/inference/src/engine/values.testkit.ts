import { isOgError, type OgError, sha256Hex } from '@opengradient/protocol'
import type { Tensor } from './tensor.ts'

/** A model file with its hash, as an engine is asked to load it. */
export const bytesOf = (bytes: Uint8Array): { bytes: Uint8Array; sha256: `0x${string}` } => ({ bytes, sha256: sha256Hex(bytes) })

export function fp32(name: string, shape: readonly number[], values: ArrayLike<number>): Tensor {
  return { name, datatype: 'FP32', shape, data: new Uint8Array(Float32Array.from(values).buffer) }
}

export function int64(name: string, shape: readonly number[], values: readonly (number | bigint)[]): Tensor {
  return { name, datatype: 'INT64', shape, data: new Uint8Array(BigInt64Array.from(values, BigInt).buffer) }
}

/** The error that a promise is rejected with; throws if it is none of ours. */
export async function codeOf(promise: Promise<unknown>): Promise<OgError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!isOgError(error)) throw new Error(`expected an OgError, got ${String(error)}`)
  return error
}
