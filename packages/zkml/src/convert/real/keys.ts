import { treeKeys } from '../../ir/quantise.ts'
import type { TreeNodes } from './types.ts'

/** Order-preserving i32 key of a float32 (SPEC 2.3): −0 counts as +0. */
export function floatKey(x: number): number {
  return treeKeys(Float32Array.of(x))[0]!
}

/** Scores of the ensemble for keys of the features. */
export function evaluateTrees(trees: TreeNodes, keys: Float64Array): Float64Array {
  const scores = Float64Array.from(trees.base)
  const row = new Map(trees.leaves.map((id, i) => [id, i]))
  for (const root of trees.roots) {
    let id = root
    for (let d = 0; d < trees.depth && !row.has(id); d++) id = trees.left[id]! + (keys[trees.feature[id]!]! <= trees.threshold[id]! ? 0 : 1)
    for (const [c, v] of trees.values[row.get(id)!]!.entries()) scores[c]! += v
  }
  return scores
}
