import { floatKey } from '../real/keys.ts'
import type { TreeNodes } from '../real/types.ts'
import { cells } from '../real/types.ts'
import type { Decode, Value } from '../real/value.ts'
import type { Call, Rules } from './call.ts'
import { decoded, labelsOf, linkOf } from './classical.ts'

const MAX_DEPTH = 32
const MAX_COLUMNS = 11

/** Ensembles of decision trees over a graph input. Scores are exact integers; links and labels are left to the caller. */
export const treeRules: Rules = {
  'ai.onnx.ml:TreeEnsembleRegressor': (c) => {
    if (linkOf(c) !== 'none') return c.refuse('a post_transform of a regressor')
    const columns = c.number('n_targets', 1)
    return [ensemble(c, 'target', columns).value]
  },
  'ai.onnx.ml:TreeEnsembleClassifier': classifier,
}

function classifier(c: Call): readonly Value[] {
  const labels = labelsOf(c, 'classlabels_int64s', 'classlabels_strings')
  const ids = new Set(c.numbers('class_ids') ?? [])
  const binary = labels.length === 2 && ids.size === 1
  if (binary && !ids.has(0)) return c.refuse('one score for two classes that is not that of class 0')
  if (labels.length === 2 && !binary) return c.refuse('two labels with a score each')
  const { value, positive } = ensemble(c, 'class', binary ? 1 : labels.length)
  const link = linkOf(c)
  if (!binary)
    return decoded(value, { kind: 'label', columns: labels.length, labels }, { kind: 'link', link, columns: labels.length }, labels.length)
  // One score for two classes. Runtimes read it as a probability when no weight is negative, and apply the logistic function but no softmax.
  const label: Decode = { kind: 'label', columns: 1, labels, threshold: positive ? 0.5 : 0 }
  const mode = positive || link === 'logistic' ? 'complement' : 'negate'
  return decoded(value, label, { kind: 'link', link: link === 'softmax' ? 'none' : link, columns: 1, binary: mode }, 2)
}

interface Branch {
  readonly mode: string
  readonly feature: number
  readonly value: number
  readonly yes: string
  readonly no: string
}

/** The tree node and its value; `kind`: names of the attributes that hold the leaves. */
function ensemble(c: Call, kind: 'target' | 'class', columns: number): { value: Extract<Value, { kind: 'var' }>; positive: boolean } {
  const x = c.var(0)
  const { b } = c
  if (x.source === undefined) return c.refuse('its features are computed; trees read a graph input as it is')
  const shape = b.sample(x)
  const features = shape.at(-1)!
  if (cells(shape) !== features) return c.refuse('several rows without a batch axis')
  if (features > 32767) return c.refuse(`${features} features; at most 32767 are supported`)
  if (columns > MAX_COLUMNS) return c.refuse(`${columns} scores; at most ${MAX_COLUMNS} are supported`)
  const aggregate = c.text('aggregate_function', 'SUM')
  if (aggregate !== 'SUM' && aggregate !== 'AVERAGE') return c.refuse(`aggregate_function ${aggregate}`)
  const { nodes, roots } = readNodes(c, features)
  const { values, positive } = readLeaves(c, kind, columns)
  const base = c.numbers('base_values') ?? []
  if (base.length !== 0 && base.length !== columns) return c.refuse(`${base.length} base values for ${columns} scores`)
  const divisor = aggregate === 'AVERAGE' ? roots.length : 1
  const trees = layOut(c, nodes, roots, values, columns, divisor, base)
  const keys = b.add({ kind: 'keys', source: x.source }, [], [features])
  const result = b.add({ kind: 'tree', trees }, [keys], [columns])
  return { value: b.value(result, b.batch === undefined ? [1, columns] : [columns]), positive }
}

const id = (tree: number, node: number): string => `${tree}:${node}`

function readNodes(c: Call, features: number): { nodes: Map<string, Branch>; roots: string[] } {
  const list = (name: string): readonly number[] => c.numbers(name) ?? c.refuse(`${name} is missing`)
  const tree = list('nodes_treeids')
  const node = list('nodes_nodeids')
  const feature = list('nodes_featureids')
  const value = list('nodes_values')
  const yes = list('nodes_truenodeids')
  const no = list('nodes_falsenodeids')
  const modes = c.texts('nodes_modes')
  const n = tree.length
  if ([node, feature, value, yes, no, modes].some((l) => l.length !== n)) return c.refuse('lists of nodes of different lengths')
  const nodes = new Map<string, Branch>()
  const children = new Set<string>()
  for (let i = 0; i < n; i++) {
    const key = id(tree[i]!, node[i]!)
    if (nodes.has(key)) return c.refuse(`node ${node[i]} of tree ${tree[i]} twice`)
    const mode = modes[i]!
    if (mode !== 'LEAF' && !(feature[i]! >= 0 && feature[i]! < features)) return c.refuse(`feature ${feature[i]} of ${features}`)
    nodes.set(key, { mode, feature: feature[i]!, value: value[i]!, yes: id(tree[i]!, yes[i]!), no: id(tree[i]!, no[i]!) })
    if (mode !== 'LEAF') children.add(id(tree[i]!, yes[i]!)).add(id(tree[i]!, no[i]!))
  }
  const roots: string[] = []
  const seen = new Set<number>()
  for (let i = 0; i < n; i++) {
    const key = id(tree[i]!, node[i]!)
    if (children.has(key)) continue
    if (seen.has(tree[i]!)) return c.refuse(`tree ${tree[i]} has two roots`)
    seen.add(tree[i]!)
    roots.push(key)
  }
  if (roots.length === 0) return c.refuse('no tree has a root')
  return { nodes, roots }
}

function readLeaves(c: Call, kind: 'target' | 'class', columns: number): { values: Map<string, number[]>; positive: boolean } {
  const tree = c.numbers(`${kind}_treeids`) ?? []
  const node = c.numbers(`${kind}_nodeids`) ?? []
  const ids = c.numbers(`${kind}_ids`) ?? []
  const weights = c.numbers(`${kind}_weights`) ?? []
  if ([node, ids, weights].some((l) => l.length !== tree.length)) return c.refuse('lists of leaves of different lengths')
  const values = new Map<string, number[]>()
  for (const [i, weight] of weights.entries()) {
    const key = id(tree[i]!, node[i]!)
    const row = values.get(key) ?? Array<number>(columns).fill(0)
    const column = columns === 1 ? 0 : ids[i]!
    if (!(column >= 0 && column < columns)) return c.refuse(`score ${ids[i]} of ${columns}`)
    row[column]! += weight
    values.set(key, row)
  }
  return { values, positive: weights.every((w) => w >= 0) }
}

/** Breadth first, siblings adjacent (right = left + 1), leaves pointing at themselves: SPEC 3.5, TreeEnsemble. */
function layOut(
  c: Call,
  nodes: ReadonlyMap<string, Branch>,
  roots: readonly string[],
  values: ReadonlyMap<string, number[]>,
  columns: number,
  divisor: number,
  base: readonly number[],
): TreeNodes {
  const order: { key: string; depth: number }[] = roots.map((key) => ({ key, depth: 0 }))
  const feature: number[] = []
  const threshold: number[] = []
  const left: number[] = []
  const leaves: number[] = []
  const leafValues: number[][] = []
  let depth = 1
  for (let i = 0; i < order.length; i++) {
    const { key, depth: at } = order[i]!
    const branch = nodes.get(key) ?? c.refuse(`node ${key} does not exist`)
    if (branch.mode === 'LEAF') {
      feature.push(0)
      threshold.push(0x7fff_ffff)
      left.push(i)
      leaves.push(i)
      leafValues.push((values.get(key) ?? Array<number>(columns).fill(0)).map((v) => v / divisor))
      continue
    }
    if (at >= MAX_DEPTH || order.length > nodes.size) return c.refuse(`a tree deeper than ${MAX_DEPTH}, or nodes in a circle`)
    depth = Math.max(depth, at + 1)
    const { swap, bound } = comparison(c, branch)
    feature.push(branch.feature)
    threshold.push(bound)
    left.push(order.length)
    const [first, second] = swap ? [branch.no, branch.yes] : [branch.yes, branch.no]
    order.push({ key: first, depth: at + 1 }, { key: second, depth: at + 1 })
  }
  return {
    feature: Int16Array.from(feature),
    threshold: Int32Array.from(threshold),
    left: Int32Array.from(left),
    leaves,
    values: leafValues,
    roots: roots.map((_, i) => i),
    depth,
    base: Array.from({ length: columns }, (_, i) => base[i] ?? 0),
  }
}

/** Every comparison as `key(x) ≤ bound`, its branches perhaps swapped. */
function comparison(c: Call, { mode, value }: Branch): { swap: boolean; bound: number } {
  const key = floatKey(value)
  if (Number.isNaN(value)) return c.refuse('a threshold that is no number')
  switch (mode) {
    case 'BRANCH_LEQ':
      return { swap: false, bound: key }
    case 'BRANCH_LT':
      return { swap: false, bound: key - 1 }
    case 'BRANCH_GT':
      return { swap: true, bound: key }
    case 'BRANCH_GTE':
      return { swap: true, bound: key - 1 }
    default:
      return c.refuse(`comparison ${mode}`)
  }
}
