import type { Ir, IrNode } from '../../src/ir/types.ts'
import { Reject } from '../bytes.ts'
import { accumulator, type Interval, type Rounding, roundingOf } from './bounds.ts'

const RANGE: Readonly<Record<'i16' | 'i32' | 'i64', Interval>> = {
  i16: [-(2n ** 15n), 2n ** 15n - 1n],
  i32: [-(2n ** 31n), 2n ** 31n - 1n],
  i64: [-(2n ** 63n), 2n ** 63n - 1n],
}
const LIMIT = 2n ** 61n
const most = ([lo, hi]: Interval) => (-lo > hi ? -lo : hi)
const hull = (all: readonly Interval[]): Interval => [
  all.map(([lo]) => lo).reduce((x, y) => (x < y ? x : y)),
  all.map(([, hi]) => hi).reduce((x, y) => (x > y ? x : y)),
]
const within = (holds: boolean, op: string) => {
  if (!holds) throw new Reject('BOUND_EXCEEDED', op)
}

/**
 * What each node's rounding needs, of nodes that have one, from one interval for each tensor. `weights`: by id, or nothing when they are committed.
 * A sum or a shift that could leave the exact range is `BOUND_EXCEEDED`. SPEC 2.5.
 */
export function roundingsOf(ir: Ir, weights: readonly (readonly bigint[])[] | undefined): (Rounding | undefined)[] {
  const intervals = ir.tensors.map(({ dt }) => RANGE[dt])
  return ir.nodes.map((node) => {
    const inputs = node.in.map((id) => intervals[id]!)
    const { op, a, out } = node
    if (op === 'Softmax') {
      intervals[out] = [0n, 2n ** 14n]
      return rounded({ ...node, a: { ...a, lo: 0, hi: 2 ** 14 } }, accumulator(ir, { ...node, op: 'Pwl' }, inputs, weights)).rounding
    }
    const direct = directly(ir, node, inputs, weights)
    const acc = direct ?? accumulator(ir, node, inputs, weights)
    within(most(acc) < LIMIT, op)
    if (direct || a.raw === 1) {
      intervals[out] = acc
      return undefined
    }
    const { rounding, out: y } = rounded(node, acc)
    intervals[out] = y
    return rounding
  })
}

function rounded(node: IrNode, acc: Interval): ReturnType<typeof roundingOf> {
  const found = roundingOf(node, acc)
  const { s, overshoot, width } = found.rounding
  within(most(acc) + 2n ** 40n < LIMIT && s + Math.max(overshoot, width) <= 60, node.op)
  return found
}

/** The interval of an output that is no accumulator's. */
function directly(ir: Ir, { op, a, in: ins, w }: IrNode, inputs: readonly Interval[], weights: readonly (readonly bigint[])[] | undefined) {
  switch (op) {
    case 'MaxPool':
    case 'Reshape':
    case 'Transpose':
    case 'Slice':
    case 'Gather':
    case 'Concat':
      return hull(inputs)
    case 'Pad': {
      const value = BigInt(a.value as number)
      return (a.before as number) + (a.after as number) > 0 ? hull([...inputs, [value, value]]) : inputs[0]!
    }
    case 'ArgMax':
      return [0n, BigInt(ir.tensors[ins[0]!]!.axes.at(-1)! - 1)] as const
    case 'TreeEnsemble': {
      const trees = BigInt((a.roots as number[]).length)
      const leaf = 2n ** 40n
      const values = weights?.[w[3]!]
      const base = (a.base as number[]).map(BigInt)
      return hull(
        base.map((start, c) => {
          const column = values?.filter((_, i) => i % base.length === c).map((v): Interval => [v, v])
          const [lo, hi] = column ? hull(column) : [-leaf, leaf]
          return [start + trees * lo, start + trees * hi]
        }),
      )
    }
    default:
      return undefined
  }
}

/** The rounding of a node as if nothing could overshoot: what a program of shapes alone has. SPEC 3.6, Work bound. */
export function shapeRounding({ op, a }: IrNode): Rounding | undefined {
  if (a.s === undefined) return undefined
  const [lo, hi] = op === 'Softmax' ? [0n, 2n ** 14n] : [BigInt(a.lo as number), BigInt(a.hi as number)]
  return { s: a.s as number, lo, hi, over: false, under: false, overshoot: 0, width: (hi - lo).toString(2).length }
}
