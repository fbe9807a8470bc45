import { OgError } from '@opengradient/protocol'
import type { IntArray, IrTensor } from './types.ts'

/**
 * The integers of float32 inputs (SPEC 2.3): i16 `floor(x·2^f + 1/2)`, i32 the key of a tree's feature. Throws
 * `ZK_NON_FINITE_INPUT`, and `ZK_INPUT_OUT_OF_RANGE` outside int16: an input is never saturated.
 */
export function quantise(values: Float32Array, { id, dt, f }: Pick<IrTensor, 'id' | 'dt' | 'f'>): Int16Array | Int32Array {
  const wrong = values.findIndex((x) => !Number.isFinite(x))
  if (wrong >= 0)
    throw new OgError('ZK_NON_FINITE_INPUT', `Value ${wrong} of input tensor ${id} is ${values[wrong]}.`, { details: { id, index: wrong } })
  if (dt === 'i32') return treeKeys(values)
  const out = new Int16Array(values.length)
  for (const [i, x] of values.entries()) {
    const q = roundHalfUp(x, f)
    if (q < -32768 || q > 32767) {
      throw new OgError(
        'ZK_INPUT_OUT_OF_RANGE',
        `Value ${i} of input tensor ${id} is ${x}; with scale 2^-${f} it becomes ${q}, outside int16.`,
        {
          details: { id, index: i },
        },
      )
    }
    out[i] = q
  }
  return out
}

/**
 * `floor(x·2^f + 1/2)` of a float32, exact where it matters: the product only moves the exponent; the sum has ≤ 53 bits for
 * 2^-29 ≤ |x·2^f| < 2^52, and below that it rounds to something near 1/2, whose floor is the right 0.
 */
function roundHalfUp(x: number, f: number): number {
  return Math.floor(x * 2 ** f + 0.5)
}

/** Keys of finite float32: int32 in the order of the floats, with −0 = +0. */
export function treeKeys(values: Float32Array): Int32Array {
  const keys = new Int32Array(values.length)
  const bits = new Int32Array(1)
  const float = new Float32Array(bits.buffer)
  for (let i = 0; i < values.length; i++) {
    float[0] = values[i]! === 0 ? 0 : values[i]!
    keys[i] = bits[0]! >= 0 ? bits[0]! : bits[0]! ^ 0x7fffffff
  }
  return keys
}

/** The real values `integer · 2^-f`, to the nearest float64. */
export function dequantise(values: IntArray, f: number): Float64Array {
  const out = new Float64Array(values.length)
  for (let i = 0; i < values.length; i++) out[i] = Number(values[i]) * 2 ** -f
  return out
}
