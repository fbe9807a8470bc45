import type { TreeNodes } from '../real/types.ts'
import type { Site } from './node.ts'
import { roundBig } from './scales.ts'

/** Leaf values stay below 2^40; base values at most 2^40. SPEC 2.1. */
const LEAF_BITS = 39

/** The tree node: structure as it is, leaves and base in fixed point at the finest scale that fits. */
export function emitTrees({ model, node, x }: Site, trees: TreeNodes): number {
  const columns = trees.base.length
  let peak = 0
  for (const row of [...trees.values, trees.base]) for (const v of row) peak = Math.max(peak, Math.abs(v))
  let f = 40
  while (f > -40 && peak * 2 ** f >= 2 ** LEAF_BITS) f--
  const n = trees.feature.length
  const values = BigInt64Array.from(trees.values.flat(), (v) => roundBig(v, f))
  const w = [
    model.weight([n], 'i16', 0, trees.feature),
    model.weight([n], 'i32', 0, trees.threshold),
    model.weight([n], 'i32', 0, trees.left),
    model.weight([trees.leaves.length, columns], 'i64', f, values),
  ]
  const a = { roots: trees.roots, leaves: trees.leaves, depth: trees.depth, base: trees.base.map((v) => Number(roundBig(v, f))) }
  return model.node('TreeEnsemble', [x(0)], node.shape, 'i64', f, a, w)
}
