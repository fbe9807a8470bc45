import { OgError } from '@opengradient/protocol'
import type { Dt, IntArray, Ir, Weights } from '../../ir/types.ts'
import { fill } from '../fill.ts'
import type { Witness } from '../types.ts'
import { Builder, Section } from './builder.ts'
import { type Lowered, lower } from './lower.ts'
import { range } from './range.ts'
import { combine, whole } from './view.ts'

/** Bits that a registration proof shows of a weight: v + 2^(bits−1) is in [0, 2^bits). */
const BITS = { i16: 16, i32: 32, i64: 48 } as const satisfies Readonly<Record<Dt, number>>
/** Of the leaf values of trees: with more, a sum over very many trees would leave the bounds that a score has. SPEC 2.5. */
const LEAF_BITS = 41

/**
 * CP_reg: every committed weight of the model lies in the range that the model's bounds assume. Its matrix W is that of the model's programs,
 * cell by cell, so that one root serves both. It has no public values; batch 1. SPEC 6.8. Throws as `lower` does.
 */
export function lowerRegistration(ir: Ir): Lowered {
  const { segments } = lower(ir, { batch: 1, weights: 'committed' }).program
  const builder = new Builder(1)
  for (const { id } of ir.weights) {
    const segment = builder.segment(segments[id]![1], 1)
    builder.fillers.push((run) => run.put(segment, run.weight(id)))
  }
  const leaves = new Set(ir.nodes.flatMap(({ op, w }) => (op === 'TreeEnsemble' ? [w[3]!] : [])))
  for (const { id, dt } of ir.weights) {
    const section = new Section(builder)
    const over = segments[id]![1]
    const bits = leaves.has(id) ? LEAF_BITS : BITS[dt]
    const offset = 1n << BigInt(bits - 1)
    const value = range(section, ir.limb, over, bits, -offset)
    section.lin(
      combine(over, [
        [1, whole(id, over)],
        [-1, value.form],
      ]),
    )
    builder.fillers.push((run) => value.fill(run, shifted(run.weight(id), offset, id)))
    section.close()
  }
  return { program: builder.finish(), fillers: builder.fillers }
}

/** The witness of CP_reg; throws `ZK_BAD_WEIGHTS` for a weight outside its range. */
export function fillRegistration(lowered: Lowered, weights: Weights): Witness {
  return fill(lowered, { batch: 1, tensors: [], acc: [] }, weights)
}

function shifted(values: IntArray, offset: bigint, weight: number): BigInt64Array {
  return BigInt64Array.from(values as ArrayLike<number | bigint> as ArrayLike<bigint>, (value) => {
    const moved = BigInt(value) + offset
    if (moved >= 0n && moved < 2n * offset) return moved
    throw new OgError('ZK_BAD_WEIGHTS', `Weight ${weight} has the value ${value}, outside ±${offset}: its registration has no proof.`, {
      details: { weight, value },
    })
  })
}
