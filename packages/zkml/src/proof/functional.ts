import { bitsOf } from '../program/space.ts'
import type { Claim } from './claims.ts'
import type { Desk, KPtr } from './desk.ts'
import type { ClaimTerm } from './forms.ts'
import type { Plan } from './plan.ts'

/** All claims with powers of δ, as one functional per matrix: terms with equal vectors of one segment are one term. SPEC 5 step 9. */
export class Functional {
  private readonly desk: Desk
  private readonly plan: Plan
  private readonly terms = new Map<string, { readonly term: ClaimTerm; coef: KPtr }>()

  constructor(desk: Desk, plan: Plan, claims: readonly Claim[], deltas: KPtr) {
    this.desk = desk
    this.plan = plan
    for (const [i, { terms }] of claims.entries()) for (const term of terms) this.add(term, desk.mul(deltas + 16 * i, term.coef))
  }

  /** The table A_M over the cells of a matrix, K. */
  table(matrix: 0 | 1): KPtr {
    const { desk, plan } = this
    const out = desk.zeros(16 * plan.packing.cells[matrix])
    for (const { term, coef } of this.of(matrix)) {
      const axes = term.axes.map((axis) => ({ at: axis.table(), axis: [axis.n, axis.bits] as const }))
      desk.tensorAdd(out + 16 * plan.packing.offsets[term.segment]!, axes, coef)
    }
    return out
  }

  /** A_M at a point of ν_M coordinates, from its products. */
  at(matrix: 0 | 1, rho: KPtr, vars: number): KPtr {
    const { desk, plan } = this
    const prefixes = new Map<number, KPtr>()
    let sum = desk.zero
    for (const { term, coef } of this.of(matrix)) {
      const bits = bitsOf(plan.program.segments[term.segment]![1])
      let prefix = prefixes.get(term.segment)
      if (prefix === undefined) {
        prefix = desk.eqIndex(rho, vars - bits, plan.packing.offsets[term.segment]! / 2 ** bits)
        prefixes.set(term.segment, prefix)
      }
      let at = rho + 16 * (vars - bits)
      let value = desk.mul(coef, prefix)
      for (const axis of term.axes) {
        value = desk.mul(value, axis.at(at))
        at += 16 * axis.bits
      }
      sum = desk.add(sum, value)
    }
    return sum
  }

  private add(term: ClaimTerm, coef: KPtr): void {
    const key = `${term.segment}:${term.axes.map(({ key }) => key).join()}`
    const known = this.terms.get(key)
    if (known) known.coef = this.desk.add(known.coef, coef)
    else this.terms.set(key, { term, coef })
  }

  private *of(matrix: 0 | 1): Generator<{ readonly term: ClaimTerm; readonly coef: KPtr }> {
    for (const entry of this.terms.values()) if (this.plan.program.segments[entry.term.segment]![0] === matrix) yield entry
  }
}

/** Σ δ^i c_i, the right side of all claims. */
export function claimedSum(desk: Desk, claims: readonly Claim[], deltas: KPtr): KPtr {
  return claims.reduce((sum, claim, i) => desk.add(sum, desk.mul(deltas + 16 * i, claim.value())), desk.zero)
}
