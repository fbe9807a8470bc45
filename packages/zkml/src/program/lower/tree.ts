import type { IntArray } from '../../ir/types.ts'
import { axis, space as spaceOf } from '../space.ts'
import type { AxisMap, Form, Space } from '../types.ts'
import type { Filling } from './fill.ts'
import { range } from './range.ts'
import { axesIn, axesOut, int, list, type NodeContext, over as outputSpace, type Rule } from './rule.ts'
import { combine, constant, whole } from './view.ts'

/**
 * TreeEnsemble: every tree's path, step by step over (depth, batch, tree). The node of a step is the child of the step before,
 * L + b, and not committed; its feature, threshold and left child come from NODE, the feature's value of this input from FEAT,
 * the values of the last node, which has to be a leaf, from LEAF. SPEC 3.5.
 */
export const treeEnsemble: Rule = (context) => {
  const { node, section, builder, ir, batch } = context
  const roots = list(context, 'roots')
  const [scores = 1] = axesOut(context)
  const depth = int(context, 'depth')
  const over = spaceOf([depth, batch, roots.length])
  const last = over.slice(1)
  const [f, t, L, x] = [builder.segment(over), builder.segment(over), builder.segment(over), builder.segment(over)]
  const b = range(section, ir.limb, over, 1)
  const delta = range(section, ir.limb, over, 32)
  const values = Array.from({ length: scores }, () => builder.segment(last))
  const step = (maps: readonly AxisMap[], to: Space): Form => {
    const [bit] = b.form[2]
    return [
      to,
      [],
      [
        [1n, L, maps],
        [1n, bit![1], maps],
      ],
    ]
  }
  const at: Form = combine(over, [
    [
      1,
      step(
        [
          ['shift', 0, 1],
          ['id', 1],
          ['id', 2],
        ],
        over,
      ),
    ],
    [1, startOf(context, over)],
  ])
  const end = step(
    [
      ['fix', depth - 1],
      ['id', 0],
      ['id', 1],
    ],
    last,
  )
  scoresOf(context, values, last)
  const [bits, features, thresholds] = [builder.base(b.form), builder.base(whole(x, over)), builder.base(whole(t, over))]
  const twice = [
    [features, 2n],
    [thresholds, -2n],
  ] as const
  section.had(
    [over, [], [[bits, 1n]]],
    [over, constant(-1, over), twice],
    combine(over, [
      [1, delta.form],
      [-1, whole(t, over)],
      [1, whole(x, over)],
    ]),
  )
  const tables = tablesOf(context)
  section.tuple(tables.node, [at, whole(f, over), whole(t, over), whole(L, over)])
  const request: Form = [over, [[1n, [-1, builder.vec(batch, (i) => i), -1]]], []]
  section.tuple(tables.feature, [request, whole(f, over), whole(x, over)])
  section.tuple(tables.leaf, [end, ...values.map((segment) => whole(segment, last))])
  const output = outputSpace(context, [scores])
  context.tensors.define(node.out, whole(['pub', node.out, output], output))
  const leafRows = new Map(list(context, 'leaves').map((id, row) => [id, row]))
  builder.fillers.push((run) => {
    const path = walk(context, run, leafRows)
    run.put(f, path.f)
    run.put(t, path.t)
    run.put(L, path.L)
    run.put(x, path.x)
    b.fill(run, path.b)
    delta.fill(run, path.delta)
    for (const [c, segment] of values.entries()) run.put(segment, path.values[c]!)
  })
}

/** The root of every tree, at depth 0. */
function startOf({ builder, node }: NodeContext, over: Space): Form {
  const roots = node.a.roots as readonly number[]
  return [over, [[1n, [builder.vec(over[0]![0], (d) => (d === 0 ? 1 : 0)), -1, builder.vec(roots.length, (tree) => roots[tree]!)]]], []]
}

/** Lin: score_c = base_c + Σ over trees of v_c. */
function scoresOf({ node, section, batch }: NodeContext, values: readonly number[], last: Space): void {
  const base = node.a.base as readonly number[]
  const inputs = spaceOf([batch])
  for (const [c, segment] of values.entries()) {
    const score: Form = [
      inputs,
      [],
      [
        [
          1n,
          ['pub', node.out, spaceOf([batch, values.length])],
          [
            ['id', 0],
            ['fix', c],
          ],
        ],
      ],
    ]
    const sum: Form = [
      inputs,
      [],
      [
        [
          1n,
          segment,
          [
            ['id', 0],
            ['sum', -1, last[1]![0]],
          ],
        ],
      ],
    ]
    section.lin(
      combine(
        inputs,
        [
          [1, score],
          [-1, sum],
        ],
        -base[c]!,
      ),
    )
  }
}

/** NODE(id, f, t, left), FEAT(input, feature, x), LEAF(id, v_1 … v_C): the first columns are public keys. SPEC 4.1. */
function tablesOf(context: NodeContext): { node: number; feature: number; leaf: number } {
  const { node, builder, weights, ir, batch } = context
  const leaves = list(context, 'leaves')
  const [features = 1] = axesIn(context)
  const [scores = 1] = axesOut(context)
  const nodes = spaceOf(ir.weights[node.w[0]!]!.axes)
  const key = (over: Space, ax: number, entry: (i: number) => number): Form => [
    over,
    [[1n, over.map((_, i) => (i === ax ? builder.vec(over[ax]![0], entry) : -1))]],
    [],
  ]
  const own = (i: number) => whole(weights.read(node.w[i]!, [nodes[0]![0]]).source, nodes)
  const nodeTable = builder.table(nodes, [key(nodes, 0, (i) => i), own(0), own(1), own(2)])
  const inputs = spaceOf([batch, features])
  const x: Form = whole(['pub', node.in[0]!, inputs], inputs)
  const feature = builder.table(inputs, [key(inputs, 0, (i) => i), key(inputs, 1, (i) => i), x])
  const rows: Space = [axis(leaves.length)]
  const { source } = weights.read(node.w[3]!, [leaves.length, scores])
  const column = (c: number): Form => [
    rows,
    [],
    [
      [
        1n,
        source,
        [
          ['id', 0],
          ['fix', c],
        ],
      ],
    ],
  ]
  const leaf = builder.table(rows, [key(rows, 0, (i) => leaves[i]!), ...Array.from({ length: scores }, (_, c) => column(c))])
  return { node: nodeTable, feature, leaf }
}

type Path = Readonly<Record<'f' | 't' | 'L' | 'x' | 'b', Int32Array>> & {
  readonly delta: Float64Array
  readonly values: readonly BigInt64Array[]
}

/** Every path of a run, row-major over (depth, batch, tree); leaf values over (batch, tree). */
function walk(context: NodeContext, run: Filling, leafRows: ReadonlyMap<number, number>): Path {
  const { node, batch } = context
  const roots = list(context, 'roots')
  const depth = int(context, 'depth')
  const [features = 1] = axesIn(context)
  const [scores = 1] = axesOut(context)
  const cells = batch * roots.length
  const [f, thr, left, leaf] = node.w.map((id) => run.weight(id)) as [IntArray, IntArray, IntArray, BigInt64Array]
  const x = run.tensor(node.in[0]!)
  const column = () => new Int32Array(depth * cells)
  const path = { f: column(), t: column(), L: column(), x: column(), b: column(), delta: new Float64Array(depth * cells) }
  const values = Array.from({ length: scores }, () => new BigInt64Array(cells))
  for (let cell = 0; cell < cells; cell++) {
    let at = roots[cell % roots.length]!
    const input = Math.floor(cell / roots.length) * features
    for (let d = 0; d < depth; d++) {
      const to = d * cells + cell
      const value = Number(x[input + Number(f[at]!)]!)
      const threshold = Number(thr[at]!)
      const right = value > threshold
      path.f[to] = Number(f[at]!)
      path.t[to] = threshold
      path.L[to] = Number(left[at]!)
      path.x[to] = value
      path.b[to] = right ? 1 : 0
      path.delta[to] = right ? value - threshold - 1 : threshold - value
      at = path.L[to]! + path.b[to]!
    }
    for (let c = 0; c < scores; c++) values[c]![cell] = leaf[leafRows.get(at)! * scores + c]!
  }
  return { ...path, values }
}
