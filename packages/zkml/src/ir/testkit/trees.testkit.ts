import type { Random } from './random.testkit.ts'

/** The tables of a TreeEnsemble. SPEC 2.4. */
export interface Trees {
  readonly roots: readonly number[]
  readonly leaves: readonly number[]
  readonly depth: number
  readonly f: readonly number[]
  readonly thr: readonly number[]
  readonly left: readonly number[]
}

const LEAF_THRESHOLD = 2 ** 31 - 1

/** One to four random trees in one table: each grows breadth first behind the ones before it, not all paths equally long. */
export function randomTrees(random: Random, features: number): Trees {
  const nodes: { f: number; thr: number; left: number }[] = []
  const roots: number[] = []
  const depth = random.int(1, 4)
  const addLeaf = () => nodes.push({ f: 0, thr: LEAF_THRESHOLD, left: nodes.length }) - 1
  for (let tree = random.int(1, 4); tree > 0; tree--) {
    const root = addLeaf()
    roots.push(root)
    let level = [root]
    for (let d = 0; d < depth; d++) {
      const below: number[] = []
      for (const n of level) {
        if (random.chance(0.25)) continue
        nodes[n] = { f: random.int(0, features - 1), thr: random.int(-15, 15), left: nodes.length }
        below.push(addLeaf(), addLeaf())
      }
      level = below
    }
  }
  return {
    roots,
    leaves: nodes.flatMap(({ left }, n) => (left === n ? [n] : [])),
    depth,
    f: nodes.map(({ f }) => f),
    thr: nodes.map(({ thr }) => thr),
    left: nodes.map(({ left }) => left),
  }
}
