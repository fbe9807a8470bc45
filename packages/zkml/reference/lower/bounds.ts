import type { Ir, IrNode } from '../../src/ir/types.ts'

/** An interval of integers, both ends in it. */
export type Interval = readonly [lo: bigint, hi: bigint]

/** What one requantisation needs. SPEC 2.5, 3.5. */
export interface Rounding {
  readonly s: number
  readonly lo: bigint
  readonly hi: bigint
  readonly over: boolean
  readonly under: boolean
  /** Bits of m, and of y. */
  readonly overshoot: number
  readonly width: number
}

const shifted = (t: bigint, s: number) => (s === 0 ? t : (t + (1n << BigInt(s - 1))) >> BigInt(s))
const length = (value: bigint) => (value === 0n ? 0 : value.toString(2).length)
const clamp = (value: bigint, lo: bigint, hi: bigint) => (value < lo ? lo : value > hi ? hi : value)

/** The rounding of an accumulator in `acc`, and the interval of what comes out. */
export function roundingOf({ a }: IrNode, acc: Interval): { rounding: Rounding; out: Interval } {
  const [s, lo, hi] = [a.s as number, BigInt(a.lo as number), BigInt(a.hi as number)]
  const [low, high] = [shifted(acc[0], s), shifted(acc[1], s)]
  const over = high > hi
  const under = low < lo
  const beyond = [over ? high - hi : 0n, under ? lo - low : 0n].reduce((x, y) => (x > y ? x : y))
  const width = length(hi - lo)
  return {
    rounding: { s, lo, hi, over, under, overshoot: 4 * Math.ceil(length(beyond) / 4), width },
    out: [clamp(low, lo, hi), clamp(high, lo, hi)],
  }
}

const span = (values: readonly bigint[]): Interval => [values.reduce((x, y) => (x < y ? x : y)), values.reduce((x, y) => (x > y ? x : y))]
/** c·x over an interval of x. */
const times = (c: bigint, [lo, hi]: Interval): Interval => span([c * lo, c * hi])
const plus = (x: Interval, y: Interval): Interval => [x[0] + y[0], x[1] + y[1]]
const list = (raw: number | readonly number[] | undefined): bigint[] =>
  raw === undefined ? [0n] : typeof raw === 'number' ? [BigInt(raw)] : raw.map(BigInt)
const hull = (intervals: readonly Interval[]) => span(intervals.flat())
const most = ([lo, hi]: Interval) => (-lo > hi ? -lo : hi)

/** The accumulator's interval of one node from those of its inputs. `weights`: by id, or nothing when committed. SPEC 2.5. */
export function accumulator(
  ir: Ir,
  node: IrNode,
  inputs: readonly Interval[],
  weights: readonly (readonly bigint[])[] | undefined,
): Interval {
  switch (node.op) {
    case 'Gemm':
    case 'Conv': {
      const axes = ir.weights[node.w[0]!]!.axes
      const terms = axes.slice(1).reduce((x, y) => x * y, 1)
      const d = list(node.a.d)
      if (!weights) {
        const bound =
          (BigInt(terms) * 2n ** 15n * most(inputs[0]!) + (node.w.length > 1 ? 2n ** 47n : 0n)) << d.reduce((x, y) => (x > y ? x : y))
        return [-bound, bound]
      }
      const W = weights[node.w[0]!]!
      const b = node.w[1] === undefined ? undefined : weights[node.w[1]]!
      const absolute = (value: bigint) => (value < 0n ? -value : value)
      const rows = Array.from({ length: axes[0]! }, (_, o) => {
        const sum = W.slice(o * terms, (o + 1) * terms).reduce((total, value) => total + absolute(value), 0n)
        return (sum * most(inputs[0]!) + absolute(b?.[o] ?? 0n)) << d[o]!
      })
      const bound = span(rows)[1]
      return [-bound, bound]
    }
    case 'Affine': {
      const part = (c: number | readonly number[] | undefined, x: Interval | undefined) =>
        x ? list(c).map((one) => times(one, x)) : [[0n, 0n] as const]
      const [first, second, zero] = [part(node.a.c1, inputs[0]), part(node.a.c2, inputs[1]), list(node.a.c0)]
      const channels = Math.max(first.length, second.length, zero.length)
      const pick = <T>(values: readonly T[], i: number) => values[values.length === 1 ? 0 : i]!
      return hull(Array.from({ length: channels }, (_, i) => plus(plus(pick(first, i), pick(second, i)), [pick(zero, i), pick(zero, i)])))
    }
    case 'Clip':
      return inputs[0]!
    case 'MatMulAA': {
      const bound = BigInt(ir.tensors[node.in[0]!]!.axes.at(-1)!) * most(inputs[0]!) * most(inputs[1]!)
      return [-bound, bound]
    }
    case 'AvgPool': {
      const taps = (node.a.kernel as number[]).reduce((x, y) => x * y, 1)
      const padded = (node.a.pad as number[]).some((pad) => pad > 0)
      return times(BigInt(taps) * BigInt(node.a.c as number), padded ? hull([inputs[0]!, [0n, 0n]]) : inputs[0]!)
    }
    case 'LeakyRelu': {
      const [k, alpha] = [1n << BigInt(node.a.k as number), BigInt(node.a.alpha as number)]
      const value = (x: bigint) => (x > 0n ? k * x : alpha * x)
      const [lo, hi] = inputs[0]!
      return span([value(lo), value(hi), ...(lo < 0n && hi > 0n ? [0n] : [])])
    }
    case 'Pwl': {
      const { rows } = ir.tables[node.a.table as number]!
      return span(rows.flatMap(([t, s]) => [256n * BigInt(t), 256n * BigInt(t) + 255n * BigInt(s)]))
    }
    default:
      throw new Error(`no reference lowering of ${node.op}`)
  }
}
