import { OgError } from '@opengradient/protocol'
import type { PwlTable } from '../types.ts'
import { FRACTION, fixed } from './fixed.ts'

/** Largest |t| and |s| of a table. SPEC 2.6. */
const MAX_ENTRY = 2n ** 24n

/**
 * The reference table of `phi` (a function in fixed point, `fixed.ts`) for inputs of scale `f`: knots at 256·i − 32768, values
 * `t_i = floor(2^g·φ(x_i) + 1/2)`, slopes `s_i = t_{i+1} − t_i`. SPEC 2.6. Throws `ZK_LIMIT` if an entry exceeds 2^24: use a smaller g.
 */
export function pwlTable(id: number, phi: (x: bigint) => bigint, f: number, g: number): PwlTable {
  return tableOfKnots(id, (i) => phi(fixed(256 * i - 32768, f)), g)
}

/**
 * The table of a softmax of scale `f`: `2^g·e^(−d)` over d = m − x, where row i begins at d = 256·i. With g = 14 and s = 8 its value
 * at 0 is exactly 2^14, which validity asks for. SPEC 2.4.
 */
export function softmaxTable(id: number, exp: (x: bigint) => bigint, f: number, g: number): PwlTable {
  return tableOfKnots(id, (i) => exp(fixed(-256 * i, f)), g)
}

function tableOfKnots(id: number, knot: (i: number) => bigint, g: number): PwlTable {
  const half = 1n << (FRACTION - 1n)
  const shift = BigInt(Math.abs(g))
  const t = Array.from({ length: 257 }, (_, i) => {
    const value = knot(i)
    return ((g >= 0 ? value << shift : value >> shift) + half) >> FRACTION
  })
  return {
    id,
    kind: 'pwl',
    rows: Array.from({ length: 256 }, (_, i): readonly [number, number] => [entry(id, i, t[i]!), entry(id, i, t[i + 1]! - t[i]!)]),
  }
}

function entry(table: number, row: number, value: bigint): number {
  if (value > MAX_ENTRY || value < -MAX_ENTRY) {
    throw new OgError('ZK_LIMIT', `Row ${row} of table ${table} has the entry ${value}, over 2^24. Use fewer fractional bits.`, {
      details: { table, row },
    })
  }
  return Number(value)
}
