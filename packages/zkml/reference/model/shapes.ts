import type { Dt, Ir, IrNode, IrTensor, WeightMeta } from '../../src/ir/types.ts'
import { isRaw } from './attributes.ts'
import { badIr } from './read.ts'
import { kernelOf, placesOf } from './windows.ts'

/** What a node's output has to be. */
export interface Yield {
  readonly axes: readonly number[]
  readonly dt: Dt
  /** Its scale, where the operator says it. */
  readonly f?: number
}

const same = (x: readonly number[], y: readonly number[]) => x.length === y.length && x.every((n, i) => n === y[i])
const product = (lengths: readonly number[]) => lengths.reduce((total, n) => total * n, 1)
const check = (holds: boolean, what: string) => holds || badIr(what)

/** The weight of these axes (−1: any). */
function weight(one: WeightMeta | undefined, dt: Dt, axes: readonly number[]): readonly number[] {
  if (one === undefined || one.dt !== dt || one.axes.length !== axes.length) return badIr('weight')
  check(
    axes.every((n, i) => n < 0 || n === one.axes[i]),
    'axes of a weight',
  )
  return one.axes
}

/** How many tensors and weights a node has, least and most. */
const COUNTS: Readonly<Record<string, readonly [number, number, number, number]>> = {
  Gemm: [1, 1, 1, 2],
  Conv: [1, 1, 1, 2],
  MatMulAA: [2, 2, 0, 0],
  Affine: [1, 2, 0, 0],
  Concat: [1, 64, 0, 0],
  TreeEnsemble: [1, 1, 4, 4],
}

/** The output of a node whose attributes are right, from its inputs and weights. SPEC 2.4, "Nodes, exactly". */
export function yieldOf(ir: Ir, node: IrNode, inputs: readonly IrTensor[], weights: readonly WeightMeta[]): Yield {
  const { op, a } = node
  const [least, most, leastW, mostW] = COUNTS[op] ?? [1, 1, 0, 0]
  check(inputs.length >= least && inputs.length <= most && weights.length >= leastW && weights.length <= mostW, 'counts')
  if (op === 'TreeEnsemble') return trees(ir, node, inputs[0]!, weights)
  check(
    inputs.every(({ dt }) => dt === 'i16'),
    'an input that is not i16',
  )
  const [x, z] = inputs.map(({ axes }) => axes) as [readonly number[], readonly number[]]
  const dt: Dt = isRaw(node) ? 'i64' : 'i16'
  const own = (axes: readonly number[]): Yield => ({ axes, dt })
  const named = a.ax as number
  if (a.ax !== undefined) check(named < x.length, 'ax')
  const along = (length: number) => own(x.map((n, i) => (i === named ? length : n)))
  switch (op) {
    case 'Gemm':
    case 'Conv':
      return own(product2(node, x, weights))
    case 'MatMulAA':
      check(x.length >= 2 && z.length >= 2 && same(x.slice(0, -2), z.slice(0, -2)) && x.at(-1) === z.at(-1), 'factors')
      return own([...x.slice(0, -1), z.at(-2)!])
    case 'Affine':
      check(inputs.length === 1 || same(x, z), 'terms')
      for (const c of [a.c1, a.c2, a.c0]) check(typeof c !== 'object' || c.length === x[named], 'constants')
      return own(x)
    case 'AvgPool':
    case 'MaxPool': {
      check(x.length === 3, 'rank')
      const kernel = kernelOf(node)
      check(op === 'MaxPool' || product(kernel) <= 2 ** 22, 'cells of a window')
      return own([x[0]!, ...placesOf(node, kernel, x.slice(1))])
    }
    case 'Pwl':
      check((a.table as number) < ir.tables.length, 'table')
      return own(x)
    case 'Softmax': {
      const [t] = (ir.tables[a.table as number] ?? badIr('table')).rows[0]!
      // One at a distance of 0: the rounding of 256·t is 2^14 or above, which is cut to it.
      const top = Math.floor(256 * t * 2 ** -(a.s as number) + ((a.s as number) > 0 ? 0.5 : 0))
      check(x.at(-1)! <= 1024 && top >= 2 ** 14, 'softmax')
      return { ...own(x), f: 14 }
    }
    case 'ArgMax':
      check(x.at(-1)! <= 32768, 'row')
      return { ...own([...x.slice(0, -1), 1]), f: 0 }
    case 'Reshape': {
      const { axes } = ir.tensors[node.out]!
      check(product(axes) === product(x), 'cells')
      return own(axes)
    }
    case 'Transpose': {
      const perm = a.perm as readonly number[]
      check(perm.length === x.length && x.every((_, i) => perm.includes(i)), 'perm')
      return own(perm.map((i) => x[i]!))
    }
    case 'Concat':
      for (const { axes } of inputs) check(axes.length === x.length && axes.every((n, i) => i === named || n === x[i]), 'parts')
      return along(inputs.reduce((total, { axes }) => total + axes[named]!, 0))
    case 'Slice':
      check((a.start as number) + (a.len as number) <= x[named]!, 'slice')
      return along(a.len as number)
    case 'Gather': {
      const idx = a.idx as readonly number[]
      check(idx.length > 0 && idx.every((i) => i < x[named]!), 'idx')
      return along(idx.length)
    }
    case 'Pad':
      return along((a.before as number) + x[named]! + (a.after as number))
    default:
      return own(x)
  }
}

/** Output axes of a Gemm or Conv. */
function product2(node: IrNode, x: readonly number[], [W, b]: readonly WeightMeta[]): readonly number[] {
  const group = node.a.group as number
  if (node.op === 'Conv') check(x.length === 3 && x[0]! % group === 0, 'channels')
  const [O, ...inner] = weight(W, 'i16', node.op === 'Gemm' ? [-1, x.at(-1)!] : [-1, x[0]! / group, -1, -1]) as [number, ...number[]]
  if (b) weight(b, 'i64', [O])
  check((node.a.d as readonly number[]).length === O, 'd')
  if (node.op === 'Gemm') return [...x.slice(0, -1), O]
  check(O % group === 0 && product(inner) <= 2 ** 22, 'output channels or terms')
  return [O, ...placesOf(node, inner.slice(1), x.slice(1))]
}

function trees(ir: Ir, { a }: IrNode, x: IrTensor, w: readonly WeightMeta[]): Yield {
  check(x.dt === 'i32' && x.axes.length === 1 && ir.inputs.includes(x.id), 'features')
  const [N] = weight(w[0], 'i16', [-1]) as [number]
  weight(w[1], 'i32', [N])
  weight(w[2], 'i32', [N])
  const [L, C] = weight(w[3], 'i64', [-1, -1]) as [number, number]
  const [roots, leaves, base] = [a.roots, a.leaves, a.base] as [readonly number[], readonly number[], readonly number[]]
  check(C <= 11 && base.length === C && leaves.length === L && roots.length > 0, 'scores, leaves or roots')
  check(roots.every((root) => root < N) && leaves.every((leaf, i) => leaf < N && (i === 0 || leaf > leaves[i - 1]!)), 'ids of nodes')
  return { axes: [C], dt: 'i64' }
}
