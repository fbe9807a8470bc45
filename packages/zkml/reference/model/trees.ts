import type { Ir, IrNode } from '../../src/ir/types.ts'
import { Reject } from '../bytes.ts'
import { badIr } from './read.ts'

const LEAF = 2n ** 31n - 1n

/** Public tables of trees, checked before anything is lowered: too many rows in all (`LIMIT`), and what is no tree (`BAD_IR`). SPEC 2.1, 3.6. */
export function checkTrees(ir: Ir, weights: readonly (readonly bigint[])[]): void {
  const ensembles = ir.nodes.filter(({ op }) => op === 'TreeEnsemble')
  if (ensembles.reduce((rows, { w }) => rows + ir.weights[w[0]!]!.axes[0]!, 0) > 2 ** 22) throw new Reject('LIMIT', 'rows of trees')
  for (const node of ensembles) {
    const [f, thr, left, values] = node.w.map((id) => weights[id]!)
    check(ir, node, [f!, thr!, left!, values!])
  }
}

type Tables = readonly [f: readonly bigint[], thr: readonly bigint[], left: readonly bigint[], values: readonly bigint[]]

function check(ir: Ir, node: IrNode, [f, thr, left, values]: Tables): void {
  const features = BigInt(ir.tensors[node.in[0]!]!.axes[0]!)
  const leaves = new Set(node.a.leaves as readonly number[])
  // Steps to the farthest leaf; children stand behind their parents.
  const steps: number[] = []
  for (let n = f.length - 1; n >= 0; n--) {
    const child = Number(left[n])
    if (leaves.has(n)) {
      if (child !== n || f[n] !== 0n || thr[n] !== LEAF) badIr(`leaf ${n}`)
      steps[n] = 0
    } else {
      if (child <= n || child + 1 >= f.length || f[n]! < 0n || f[n]! >= features) badIr(`node ${n}`)
      steps[n] = 1 + Math.max(steps[child]!, steps[child + 1]!)
    }
  }
  if ((node.a.roots as readonly number[]).some((root) => steps[root]! > (node.a.depth as number))) badIr('depth')
  if (values.some((v) => v >= 2n ** 40n || v <= -(2n ** 40n))) badIr('value of a leaf')
}
