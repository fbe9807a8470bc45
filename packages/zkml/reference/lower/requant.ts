import type { Form, Space } from '../../src/program/types.ts'
import type { Rounding } from './bounds.ts'
import type { Builder, NodeParts } from './builder.ts'
import { plus, times } from './form.ts'

/** The rule of SPEC 3.5 for `y = clamp(rsh(acc, s), lo, hi)`: commits y and what shows it, and returns y and the form of acc. */
export function requant(build: Builder, space: Space, rounding: Rounding, parts: NodeParts): { y: Form; acc: Form } {
  const { s, lo, hi, over, under, overshoot, width } = rounding
  const y = plus(build.constant(space, lo), build.range(space, width, parts))
  if (hi - lo + 1n !== 1n << BigInt(width)) {
    const above = build.range(space, width, parts)
    parts.linear.push(['lin', plus(plus(build.constant(space, hi), y, -1n), above, -1n)])
  }
  const m = over || under ? build.range(space, overshoot, parts) : undefined
  const u = over && under ? build.commit(space) : undefined
  const r = s > 0 ? build.range(space, s, parts) : undefined
  let quotient = y
  if (m) quotient = plus(quotient, m, under && !over ? -1n : 1n)
  if (u) quotient = plus(quotient, u, -2n)
  let acc = times(quotient, 1n << BigInt(s))
  if (r) acc = plus(plus(acc, r), build.constant(space, -(1n << BigInt(s - 1))))
  const zero: Form = [space, [], []]
  if (u && m) {
    parts.products.push(['had', build.factor(space, 0n, [u, 1n]), build.factor(space, -lo, [y, 1n]), zero])
    parts.products.push(['had', build.factor(space, 0n, [m, 1n], [u, -1n]), build.factor(space, hi, [y, -1n]), zero])
  } else if (m)
    parts.products.push([
      'had',
      build.factor(space, 0n, [m, 1n]),
      over ? build.factor(space, hi, [y, -1n]) : build.factor(space, -lo, [y, 1n]),
      zero,
    ])
  return { y, acc }
}
