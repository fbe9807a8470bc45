import type { Trace } from '../ir/interpret.ts'
import type { Ir, Weights } from '../ir/types.ts'
import { Filling } from './lower/fill.ts'
import type { Lowered } from './lower/lower.ts'
import { countLookups } from './multiplicities.ts'
import { pack } from './packing.ts'
import type { PublicValues, Witness } from './types.ts'

/**
 * The witness of a run: every rule fills its segments, then the multiplicities are counted from the lookups. `trace` is of
 * `interpret` on the same model, weights and batch. SPEC 3.2, 4.1.
 */
export function fill({ program, fillers }: Lowered, trace: Trace, weights: Weights): Witness {
  const packing = pack(program.segments)
  const run = new Filling(program, packing, { tensors: trace.tensors, accumulators: trace.acc, weights })
  for (const filler of fillers) filler(run)
  countLookups(program, run)
  return packing.cells[1] > 0 ? { w: run.w, W: run.W } : { w: run.w }
}

/** The matrix W of committed weights alone: what their root commits to. Its segments are the first of a program. SPEC 6.8. */
export function fillWeights({ program, fillers }: Lowered, weights: Weights): BigInt64Array {
  const run = new Filling(program, pack(program.segments), { tensors: [], accumulators: [], weights })
  for (const filler of fillers.slice(0, weights.length)) filler(run)
  return run.W
}

/** The public values of a run: inputs, outputs, and the weights unless they are committed. */
export function publicValues(ir: Ir, trace: Trace, weights: Weights | 'committed'): PublicValues {
  return {
    tensors: new Map([...ir.inputs, ...ir.outputs].map((id) => [id, trace.tensors[id]!])),
    weights: weights === 'committed' ? [] : weights,
  }
}
