import { OgError } from '@opengradient/protocol'
import { checkWeights } from './check.ts'
import { boundOfTable } from './ops/elementwise.ts'
import { intOf, isRaw, type Site } from './ops/op.ts'
import { SOFTMAX_ONE } from './ops/rows.ts'
import { siteOf } from './ops/site.ts'
import { type Interval, magnitude, rsh } from './rounding.ts'
import type { Dt, Ir, Weights } from './types.ts'

/** What the lowering must know of one requantisation `acc → clamp(rsh(acc, s), lo, hi)`. SPEC 2.5, 3.5. */
export interface RequantBound {
  readonly s: number
  readonly lo: number
  readonly hi: number
  readonly acc: Interval
  /** Whether the value before clamping can exceed `hi`, or fall below `lo`. */
  readonly over: boolean
  readonly under: boolean
  /** Bits of the overshoot's range check, a multiple of 4; 0 if nothing can overshoot. */
  readonly overshootBits: number
  /** Bits of the result's range check: `ceil(log2(hi − lo + 1))`. */
  readonly resultBits: number
}

/** Bounds of one node. `requant` is that of the output; for a Softmax, that of its exponentials (0 to 2^14). */
export interface NodeBound {
  readonly out: Interval
  readonly requant?: RequantBound
}

/** One interval per tensor id, and what each node's requantisation needs, by node index. */
export interface Bounds {
  readonly tensors: readonly Interval[]
  readonly nodes: readonly NodeBound[]
}

const RANGE: Readonly<Record<Dt, Interval>> = {
  i16: { lo: -(2n ** 15n), hi: 2n ** 15n - 1n },
  i32: { lo: -(2n ** 31n), hi: 2n ** 31n - 1n },
  i64: { lo: -(2n ** 63n), hi: 2n ** 63n - 1n },
}

/** Every accumulator, raw output and score stays below this. */
export const EXACT_LIMIT = 2n ** 61n
/** `s` and the larger of the two widths together. An accumulator of 2^61 − 2^40 or more, which lacks room for what is beside it, takes over 60. */
const MAX_REQUANT_BITS = 60

/**
 * Static bounds of a valid integer model (SPEC 2.5); throws `ZK_BOUND_EXCEEDED` with the node where a sum could leave the exact
 * range. `weights` are the public values, or `committed`: then the bound holds for every int16 weight. Time: one pass over the weights.
 */
export function boundsOf(ir: Ir, weights: Weights | 'committed'): Bounds {
  if (weights !== 'committed') checkWeights(ir, weights)
  const tensors = ir.tensors.map(({ dt }) => RANGE[dt])
  const nodes = ir.nodes.map((node, index) => {
    const bound = boundOfNode(ir, index, tensors, weights === 'committed' ? undefined : weights)
    tensors[node.out] = bound.out
    return bound
  })
  return { tensors, nodes }
}

function boundOfNode(ir: Ir, index: number, tensors: readonly Interval[], weights: Weights | undefined): NodeBound {
  const { site, rule } = siteOf(ir, index)
  const bound = rule.bound(
    site,
    site.x.map(({ id }) => tensors[id]!),
    weights,
  )
  if (magnitude(bound) >= EXACT_LIMIT) exceeded(site, `a value of ${bitLength(magnitude(bound))} bits, over the limit of 61`)
  if (site.node.op === 'Softmax') return { out: bound, requant: requantBound(site, boundOfTable(site), 0, SOFTMAX_ONE) }
  if (rule.kind === 'direct' || isRaw(site.node)) return { out: bound }
  const requant = requantBound(site, bound, intOf(site, 'lo'), intOf(site, 'hi'))
  const clamp = (q: bigint) => (q < BigInt(requant.lo) ? BigInt(requant.lo) : q > BigInt(requant.hi) ? BigInt(requant.hi) : q)
  return { out: { lo: clamp(rsh(bound.lo, requant.s)), hi: clamp(rsh(bound.hi, requant.s)) }, requant }
}

function requantBound(site: Site, acc: Interval, lo: number, hi: number): RequantBound {
  const s = intOf(site, 's')
  const above = rsh(acc.hi, s) - BigInt(hi)
  const below = BigInt(lo) - rsh(acc.lo, s)
  const overshoot = above > below ? above : below
  const overshootBits = overshoot > 0n ? 4 * Math.ceil(bitLength(overshoot) / 4) : 0
  const resultBits = bitLength(BigInt(hi - lo))
  const bits = s + Math.max(overshootBits, resultBits)
  if (bits > MAX_REQUANT_BITS) exceeded(site, `a shift and a result of ${bits} bits together, over the limit of ${MAX_REQUANT_BITS}`)
  return { s, lo, hi, acc, over: above > 0n, under: below > 0n, overshootBits, resultBits }
}

function exceeded(site: Site, what: string): never {
  throw new OgError('ZK_BOUND_EXCEEDED', `${site.place} could reach ${what}. Use smaller scales, weights or constants.`, {
    details: { place: site.place },
  })
}

/** Bits of a positive number. */
function bitLength(value: bigint): number {
  return value.toString(2).length
}
