import { isArrayOf } from '@opengradient/protocol'
import type { Factor, Form, Space } from '../types.ts'
import type { Section } from './builder.ts'
import type { Accumulators, Column, Filling } from './fill.ts'
import { type Limbs, range } from './range.ts'
import { combine, constant, whole } from './view.ts'

/** How a node rounds, and what its bounds say can happen: is q above hi or below lo, and by less than 2^bits. SPEC 2.5. */
export interface Rounding {
  readonly s: number
  readonly lo: number
  readonly hi: number
  readonly over: boolean
  readonly under: boolean
  readonly bits: number
}

/** A requantised value: `y` for those who read it, `Z` for the constraint that says what the accumulator is. */
export interface Requantised {
  readonly y: Form
  /** The accumulator as a form: T − 2^(s−1); never committed. */
  readonly Z: Form
  readonly fill: (run: Filling, acc: Accumulators) => void
}

/**
 * y = clamp(floor((Z + 2^(s−1)) / 2^s), lo, hi) over a space: limbs of y, of the overshoot m and of the remainder r, and the part u
 * of m that is below lo. SPEC 3.5, Requant.
 */
export function requant(section: Section, limb: number, over: Space, rounding: Rounding): Requantised {
  const { s, lo, hi, bits } = rounding
  const { builder } = section
  const between = hi - lo + 1
  const width = 32 - Math.clz32(between - 1)
  const y = range(section, limb, over, width, lo)
  const rest = between === 2 ** width ? undefined : range(section, limb, over, width)
  const m = rounding.over || rounding.under ? range(section, limb, over, bits) : undefined
  const u = rounding.over && rounding.under ? builder.segment(over) : undefined
  const r = s === 0 ? undefined : range(section, limb, over, s)
  if (rest)
    section.lin(
      combine(
        over,
        [
          [-1, y.form],
          [-1, rest.form],
        ],
        hi,
      ),
    )
  const shifted: [bigint, Form][] = [[1n, y.form]]
  if (m) shifted.push([rounding.over ? 1n : -1n, m.form])
  if (u !== undefined) shifted.push([-2n, whole(u, over)])
  const T = shifted.map(([coef, form]): [bigint, Form] => [coef << BigInt(s), form])
  if (r) T.push([1n, r.form])
  const Z = combine(over, T, s === 0 ? 0n : -(1n << BigInt(s - 1)))
  if (m) saturation(section, over, rounding, y.form, m.form, u)
  return { y: y.form, Z, fill: (run, acc) => fillRequant(run, acc, rounding, { y, rest, m, u, r }) }
}

/** Had: an overshoot only where y is at the bound. Bases in order of first use: (u), y, m or m, y. */
function saturation(section: Section, over: Space, { lo, hi, ...rounding }: Rounding, y: Form, m: Form, u: number | undefined): void {
  const { builder } = section
  const zero: Form = [over, [], []]
  const above = (base: number): Factor => [over, constant(-lo, over), [[base, 1n]]]
  const below = (base: number): Factor => [over, constant(hi, over), [[base, -1n]]]
  if (u === undefined) {
    const overshoot = builder.base(m)
    const value = builder.base(y)
    section.had([over, [], [[overshoot, 1n]]], rounding.over ? below(value) : above(value), zero)
    return
  }
  const under = builder.base(whole(u, over))
  const value = builder.base(y)
  const both = builder.base(m)
  section.had([over, [], [[under, 1n]]], above(value), zero)
  section.had(
    [
      over,
      [],
      [
        [both, 1n],
        [under, -1n],
      ],
    ],
    below(value),
    zero,
  )
}

interface Parts {
  readonly y: Limbs
  readonly rest: Limbs | undefined
  readonly m: Limbs | undefined
  readonly u: number | undefined
  readonly r: Limbs | undefined
}

function fillRequant(run: Filling, acc: Accumulators, rounding: Rounding, parts: Parts): void {
  const { y, rest, m, u, r } = isArrayOf('BigInt64Array', acc) ? divideExactly(acc, rounding) : divide(acc, rounding)
  parts.y.fill(run, y)
  parts.rest?.fill(run, rest)
  parts.m?.fill(run, m)
  if (parts.u !== undefined) run.put(parts.u, u)
  parts.r?.fill(run, r)
}

type Divided = Readonly<Record<'y' | 'rest' | 'm' | 'u' | 'r', Column>>

/** y − lo, hi − y, overshoot, its part below lo, and remainder. Exact for |acc| < 2^52. */
function divide(acc: Float64Array, { s, lo, hi }: Rounding): Divided {
  const n = acc.length
  const out = { y: new Int32Array(n), rest: new Int32Array(n), m: new Float64Array(n), u: new Float64Array(n), r: new Float64Array(n) }
  const unit = 2 ** s
  const half = s === 0 ? 0 : unit / 2
  for (let i = 0; i < n; i++) {
    const t = acc[i]! + half
    const q = Math.floor(t / unit)
    const y = q < lo ? lo : q > hi ? hi : q
    out.y[i] = y - lo
    out.rest[i] = hi - y
    out.m[i] = Math.abs(q - y)
    out.u[i] = q < lo ? lo - q : 0
    out.r[i] = t - q * unit
  }
  return out
}

/** The same for accumulators of any size. */
function divideExactly(acc: BigInt64Array, { s, lo, hi }: Rounding): Divided {
  const n = acc.length
  const out = { y: new Int32Array(n), rest: new Int32Array(n), m: new BigInt64Array(n), u: new BigInt64Array(n), r: new BigInt64Array(n) }
  const shift = BigInt(s)
  const half = s === 0 ? 0n : 1n << (shift - 1n)
  for (let i = 0; i < n; i++) {
    const t = acc[i]! + half
    const q = t >> shift
    const y = q < BigInt(lo) ? lo : q > BigInt(hi) ? hi : Number(q)
    out.y[i] = y - lo
    out.rest[i] = hi - y
    out.m[i] = q < BigInt(y) ? BigInt(y) - q : q - BigInt(y)
    out.u[i] = q < BigInt(lo) ? BigInt(lo) - q : 0n
    out.r[i] = t - (q << shift)
  }
  return out
}
