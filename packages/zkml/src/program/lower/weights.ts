import { OgError } from '@opengradient/protocol'
import type { Ir } from '../../ir/types.ts'
import { space as spaceOf } from '../space.ts'
import type { Source, Space } from '../types.ts'
import type { Builder } from './builder.ts'

/** Whether a verifier has the weights, or only the root of matrix W. */
export type WeightMode = 'public' | 'committed'

/**
 * Where weights are read: public ones from the blob, committed ones from a segment of W each, in the order of the integer
 * model, laid out as the first node that reads them wants. SPEC 3.5, 6.8.
 */
export class WeightSources {
  private readonly builder: Builder
  private readonly ir: Ir
  private readonly mode: WeightMode
  private readonly settled = new Map<number, string>()

  constructor(builder: Builder, ir: Ir, mode: WeightMode) {
    this.builder = builder
    this.ir = ir
    this.mode = mode
    if (mode === 'public') return
    for (const { id, axes } of ir.weights) {
      const segment = builder.segment(spaceOf(axes), 1)
      builder.fillers.push((run) => run.put(segment, run.weight(id)))
    }
  }

  /** The weight's values, row-major over these lengths. */
  read(weight: number, lengths: readonly number[]): { readonly source: Source; readonly over: Space } {
    const over = spaceOf(lengths)
    if (this.mode === 'public') return { source: ['pubw', weight, over], over }
    const before = this.settled.get(weight)
    if (before !== undefined && before !== lengths.join()) throw twoLayouts(weight, this.ir)
    this.settled.set(weight, lengths.join())
    this.builder.settle(weight, over)
    return { source: weight, over }
  }
}

/** Segments of W are the first of a program, so that a weight's id is its segment. */
function twoLayouts(weight: number, ir: Ir): OgError {
  return new OgError(
    'ZK_UNSUPPORTED_OP',
    `Integer model ${ir.name}: committed weights ${weight} are read with two layouts. Store them twice.`,
    {
      details: { weight },
    },
  )
}
