import { badIr } from '../fail.ts'
import { union } from '../rounding.ts'
import type { Weights } from '../types.ts'
import { DIRECT } from './attributes.ts'
import { type DirectRule, int16Weight, int32Weight, int64Weight, intOf, listOf, type Run, type Site, weightAxes } from './op.ts'

/** Threshold of a leaf, which no feature exceeds, so that a leaf loops to itself. */
const LEAF_THRESHOLD = 2 ** 31 - 1
/** Leaf values: |v| below this. */
const LEAF_LIMIT = 2n ** 40n
const MAX_SCORES = 11

/**
 * `score_c = base_c + Σ_trees value_c[leaf]`: each tree walks from its root, to `left + 1` if `x_f > thr` and to `left` otherwise,
 * until a leaf. Features are the int32 keys of floats, whose order is that of the floats. SPEC 2.4, 3.5.
 */
export const treeEnsemble: DirectRule = {
  kind: 'direct',
  attributes: DIRECT.TreeEnsemble,
  inputs: [1, 1],
  weights: [4, 4],
  yields(site) {
    const features = site.x[0]!
    // Of i32 are inputs alone: no operator yields it.
    if (features.dt !== 'i32' || features.axes.length !== 1) badIr(site.place, 'reads a tensor that is not i32 of rank 1')
    const [nodes = 0] = weightAxes(site, 0, 'i16', [-1])
    weightAxes(site, 1, 'i32', [nodes])
    weightAxes(site, 2, 'i32', [nodes])
    const [leaves = 0, scores = 0] = weightAxes(site, 3, 'i64', [-1, -1])
    if (scores > MAX_SCORES) badIr(site.place, `has ${scores} scores, over the limit of ${MAX_SCORES}`)
    listOf(site, 'base', scores)
    const ids = listOf(site, 'leaves', leaves)
    if (ids.some((id, i) => id >= nodes || id <= (ids[i - 1] ?? -1)))
      badIr(site.place, 'has leaves that are not strictly increasing node ids')
    const roots = listOf(site, 'roots')
    if (roots.length === 0 || roots.some((id) => id >= nodes)) badIr(site.place, 'has no roots, or one that is not a node')
    return { axes: [scores], dt: 'i64' }
  },
  bound(site, _x, weights) {
    const base = listOf(site, 'base').map(BigInt)
    const trees = BigInt(listOf(site, 'roots').length)
    const values = weights && int64Weight(site, 3, weights)
    return union(
      base.map((start, c) => {
        const column = values ? Array.from({ length: values.length / base.length }, (_, l) => values[l * base.length + c]!) : undefined
        const leaf = column ? union(column.map((v) => ({ lo: v, hi: v }))) : { lo: -LEAF_LIMIT, hi: LEAF_LIMIT }
        return { lo: start + trees * leaf.lo, hi: start + trees * leaf.hi }
      }),
    )
  },
  checkWeights,
  evaluate(run) {
    const base = listOf(run, 'base').map(BigInt)
    const roots = listOf(run, 'roots')
    const values = int64Weight(run, 3, run.weights)
    const leafOf = new Map(listOf(run, 'leaves').map((id, row) => [id, row]))
    const out = new BigInt64Array(run.batch * base.length)
    for (let b = 0; b < run.batch; b++) {
      const scores = [...base]
      for (const root of roots) {
        const row = leafOf.get(walk(run, b, root).at(-1)!)!
        for (const c of scores.keys()) scores[c]! += values[row * base.length + c]!
      }
      out.set(scores, b * base.length)
    }
    return out
  },
}

/** The nodes that input `b` of a run passes from `root` on: `depth + 1` ids, a leaf repeated at the end. */
export function walk(run: Run, b: number, root: number): readonly number[] {
  const features = run.x[0]!.axes[0]!
  const x = run.values[0]!
  const f = int16Weight(run, 0, run.weights)
  const thr = int32Weight(run, 1, run.weights)
  const left = int32Weight(run, 2, run.weights)
  const path = [root]
  for (let step = 0, n = root; step < intOf(run, 'depth'); step++) {
    n = left[n]! + (x[b * features + f[n]!]! > thr[n]! ? 1 : 0)
    path.push(n)
  }
  return path
}

/**
 * The tables describe trees: children stand behind their parent and beside each other, the leaves are exactly the nodes
 * listed, and every root is at most `depth` steps above its leaves. One pass from the last node to the first.
 */
function checkWeights(site: Site, weights: Weights): void {
  const f = int16Weight(site, 0, weights)
  const thr = int32Weight(site, 1, weights)
  const left = int32Weight(site, 2, weights)
  const fail = (node: number, reason: string): never => badIr(`${site.place} tree node ${node}`, reason)
  const features = site.x[0]!.axes[0]!
  const nodes = f.length
  const leaves = new Set(listOf(site, 'leaves'))
  const height = new Uint8Array(nodes)
  for (let n = nodes - 1; n >= 0; n--) {
    if (leaves.has(n)) {
      if (left[n] !== n || f[n] !== 0 || thr[n] !== LEAF_THRESHOLD)
        fail(n, 'is a leaf, but does not loop to itself with f = 0 and thr = 2^31 − 1')
      continue
    }
    if (f[n]! < 0 || f[n]! >= features) fail(n, `reads feature ${f[n]} of ${features}`)
    if (left[n]! <= n || left[n]! + 1 >= nodes) fail(n, `has the child ${left[n]}, not one behind it with a sibling inside the table`)
    height[n] = Math.min(255, 1 + Math.max(height[left[n]!]!, height[left[n]! + 1]!))
  }
  const depth = intOf(site, 'depth')
  for (const root of listOf(site, 'roots'))
    if (height[root]! > depth) fail(root, `is a root ${height[root]} steps above a leaf, over depth ${depth}`)
  const outside = int64Weight(site, 3, weights).findIndex((v) => v >= LEAF_LIMIT || v <= -LEAF_LIMIT)
  if (outside >= 0) badIr(site.place, `has leaf value ${outside} of 2^40 or more`)
}
