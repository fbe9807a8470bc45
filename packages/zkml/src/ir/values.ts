import { isArrayOf } from '@opengradient/protocol'
import { cellsOf } from './axes.ts'
import { badWeights } from './fail.ts'
import type { Dt, IntArray, WeightMeta, Weights } from './types.ts'

/** Bytes of one value. */
const BYTES = { i16: 2, i32: 4, i64: 8 } as const satisfies Record<Dt, number>

/** Bytes before the values of each weight: u32 id, u64 length. SPEC 2.7. */
export const WEIGHT_HEADER_BYTES = 12

export function byteLengthOf(dt: Dt, cells: number): number {
  return cells * BYTES[dt]
}

/** Integer type of an array. */
export function dtOf(values: IntArray): Dt {
  return isArrayOf('Int16Array', values) ? 'i16' : isArrayOf('Int32Array', values) ? 'i32' : 'i64'
}

/** Length of the weights blob. */
export function weightsByteLength(metas: readonly WeightMeta[]): number {
  return metas.reduce((sum, { dt, axes }) => sum + WEIGHT_HEADER_BYTES + byteLengthOf(dt, cellsOf(axes)), 0)
}

/** Integers as bytes, little-endian, in order: the form of statements (SPEC 1.7) and weights (2.7). */
export function bytesOfInts(values: IntArray): Uint8Array {
  const bytes = new Uint8Array(values.length * values.BYTES_PER_ELEMENT)
  const view = new DataView(bytes.buffer)
  if (isArrayOf('Int16Array', values)) for (let i = 0; i < values.length; i++) view.setInt16(2 * i, values[i]!, true)
  else if (isArrayOf('Int32Array', values)) for (let i = 0; i < values.length; i++) view.setInt32(4 * i, values[i]!, true)
  else for (let i = 0; i < values.length; i++) view.setBigInt64(8 * i, values[i]!, true)
  return bytes
}

/** The integers of little-endian bytes, whose length is a multiple of the type's. */
export function intsOfBytes(dt: Dt, bytes: Uint8Array): IntArray {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const length = Math.floor(bytes.length / BYTES[dt])
  if (dt === 'i16') return filled(new Int16Array(length), (i) => view.getInt16(2 * i, true))
  if (dt === 'i32') return filled(new Int32Array(length), (i) => view.getInt32(4 * i, true))
  const values = new BigInt64Array(length)
  for (let i = 0; i < length; i++) values[i] = view.getBigInt64(8 * i, true)
  return values
}

function filled<T extends Int16Array | Int32Array>(values: T, value: (i: number) => number): T {
  for (let i = 0; i < values.length; i++) values[i] = value(i)
  return values
}

/** Refuses `ZK_BAD_WEIGHTS` values that do not have the types and lengths declared. */
export function checkLengths(metas: readonly WeightMeta[], weights: Weights): void {
  if (weights.length !== metas.length) badWeights('the list', `has ${weights.length} entries; ${metas.length} are declared`)
  for (const [i, { dt, axes }] of metas.entries()) {
    const values = weights[i]!
    if (dtOf(values) !== dt) badWeights(`weight ${i}`, `is ${dtOf(values)}; ${dt} is declared`)
    if (values.length !== cellsOf(axes)) badWeights(`weight ${i}`, `has ${values.length} values; axes [${axes}] are declared`)
  }
}
