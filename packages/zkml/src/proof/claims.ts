import type { Form, Space } from '../program/types.ts'
import type { Desk, KPtr } from './desk.ts'
import type { ClaimTerm, Forms } from './forms.ts'
import { type Fixing, partial } from './partial.ts'
import { type ConInstance, type Entry, type HadInstance, isPlayed, type Plan } from './plan.ts'
import { type AxisPoints, axisPoints } from './vectors.ts'

/** `Σ terms = value`, about committed cells. The prover never asks for a value: its own cells give it. */
export interface Claim {
  readonly terms: readonly ClaimTerm[]
  value(): KPtr
}

/** Challenges and scalars of SPEC 5 steps 2 to 7, as addresses. */
export interface Steps {
  /** α, β. */
  readonly ab: KPtr
  /** Point of the leaves (ℓ coordinates) and the claims p_L, q_L there. */
  readonly leafPoint: KPtr
  readonly leafClaims: KPtr
  readonly tau: KPtr
  readonly lambda: KPtr
  readonly S: KPtr
  /** Challenges of the main sumcheck (V) and what it ends with. */
  readonly r: KPtr
  readonly final: KPtr
  /** The sent values, in the order of `plan.sent`. */
  readonly E: KPtr
  /** Value of the public factor of a contraction at its point; the prover knows it from the sumcheck. */
  factor?(of: ConInstance): KPtr
}

/** The claims list of SPEC 5 step 9: C_S; p_L; q_L; each E_j; C_fin. Shared by prover and verifier. */
export function claimsOf(plan: Plan, forms: Forms, steps: Steps): Claim[] {
  const list = new ClaimList(plan, forms, steps)
  return [list.sums(), ...(plan.leafBits > 0 ? [list.numerators(), list.denominators()] : []), ...list.sent(), list.final()]
}

class ClaimList {
  private readonly plan: Plan
  private readonly forms: Forms
  private readonly desk: Desk
  private readonly steps: Steps
  /** λ^i by number of the constraint. */
  private readonly lambdas: KPtr
  /** Where the value of a base form, and that of L of a contraction, is in E; R's follows. */
  private readonly sentAt = new Map<number | ConInstance, KPtr>()

  constructor(plan: Plan, forms: Forms, steps: Steps) {
    this.plan = plan
    this.forms = forms
    this.desk = forms.desk
    this.steps = steps
    this.lambdas = this.desk.powers(steps.lambda, plan.powers)
    for (const [j, sent] of plan.sent.entries()) {
      const key = sent.kind === 'base' ? sent.base : sent.of
      if (!this.sentAt.has(key)) this.sentAt.set(key, steps.E + 16 * j)
    }
  }

  /** C_S: every constraint's linear side at τ. */
  sums(): Claim {
    const { plan, desk, forms, steps } = this
    const sides = [
      ...plan.instances.map((i) => ({ power: i.power, form: i.kind === 'had' ? i.C : i.Z })),
      ...plan.lins.map(({ power, form }) => ({ power, form })),
    ].map(({ power, form }) => ({ form, power: this.lambdas + 16 * power, points: this.atTau(form[0]) }))
    const terms: ClaimTerm[] = []
    for (const { form, power, points } of sides) forms.committed(form, points, power, terms)
    const value = () => {
      let rest: KPtr = steps.S
      for (const { form, power, points } of sides) rest = desk.sub(rest, desk.mul(power, forms.public(form, points)))
      for (const instance of plan.instances)
        if (!isPlayed(instance))
          rest = desk.add(rest, desk.mul(this.lambdas + 16 * instance.power, this.publicContraction(instance as ConInstance)))
      return rest
    }
    return { terms, value }
  }

  /** p_L: real lookups less multiplicities. SPEC 5 step 3. */
  numerators(): Claim {
    const { desk, forms, steps, plan } = this
    const terms: ClaimTerm[] = []
    for (const entry of plan.entries) {
      if (entry.forms !== undefined) continue
      const space = entry.space
      const maps = space.map((_, ax) => ['id', ax] as const)
      const mult: Form = [space, [], [[1n, entry.table[5], maps]]]
      forms.committed(mult, this.atLeaves(entry), desk.neg(this.pre(entry)), terms)
    }
    const value = () => {
      let rest: KPtr = steps.leafClaims
      for (const entry of plan.entries)
        if (entry.forms !== undefined) rest = desk.sub(rest, desk.mul(this.pre(entry), this.real(entry.space, this.atLeaves(entry))))
      return rest
    }
    return { terms, value }
  }

  /** q_L: α − fingerprint of every entry, and 1 in what pads the tree. SPEC 5 step 3. */
  denominators(): Claim {
    const { desk, forms, steps, plan } = this
    const beta = steps.ab + 16
    const powers = desk.powers(
      beta,
      plan.entries.reduce((most, entry) => Math.max(most, 1 + this.columns(entry).length), 1),
    )
    const terms: ClaimTerm[] = []
    for (const entry of plan.entries) {
      const scale = desk.neg(this.pre(entry))
      for (const [i, column] of this.columns(entry).entries())
        forms.committed(column, this.atLeaves(entry), desk.mul(scale, powers + 16 * (i + 1)), terms)
    }
    const value = () => {
      let rest: KPtr = desk.sub(steps.leafClaims + 16, desk.one)
      for (const entry of plan.entries) {
        let phi = desk.int(BigInt(entry.table[0]))
        for (const [i, column] of this.columns(entry).entries())
          phi = desk.add(phi, desk.mul(powers + 16 * (i + 1), forms.public(column, this.atLeaves(entry))))
        if (entry.forms === undefined && entry.table[1] === 'range') phi = desk.add(phi, desk.mul(beta, this.rangeColumn(entry)))
        const leaf = desk.sub(desk.sub(steps.ab, phi), desk.one)
        rest = desk.sub(rest, desk.mul(this.pre(entry), leaf))
      }
      return rest
    }
    return { terms, value }
  }

  /** Each E_j: a base form or a factor of a contraction at its point. */
  sent(): Claim[] {
    const { plan, desk, forms, steps } = this
    return plan.sent.map((sent, j) => {
      const form = sent.kind === 'base' ? plan.program.bases[sent.base]! : sent.of[sent.side]
      const points = sent.kind === 'base' ? axisPoints(form[0], this.atMain(sent.v)) : this.atFactor(sent.of, sent.side)
      const terms: ClaimTerm[] = []
      forms.committed(form, points, desk.one, terms)
      return { terms, value: () => desk.sub(steps.E + 16 * j, forms.public(form, points)) }
    })
  }

  /** C_fin: what the main sumcheck ends with; contractions with one committed factor are functionals of it. SPEC 5 step 7. */
  final(): Claim {
    const { plan, desk, forms, steps } = this
    const terms: ClaimTerm[] = []
    const known: (() => KPtr)[] = []
    for (const instance of plan.instances) {
      if (!isPlayed(instance)) continue
      const prefix = desk.zeroPrefix(steps.r, plan.mainVars - instance.v)
      const scale = desk.mul(desk.mul(this.lambdas + 16 * instance.power, prefix), this.eqOf(instance))
      if (instance.kind === 'had') known.push(() => desk.mul(scale, this.hadProduct(instance)))
      else if (instance.committed === 'both') {
        const L = this.sentAt.get(instance)!
        known.push(() => desk.mul(scale, desk.mul(L, L + 16)))
      } else {
        const side = instance.committed === 'left' ? 'L' : 'R'
        const coef = desk.mul(scale, this.publicFactor(instance, side === 'L' ? 'R' : 'L'))
        const points = this.atFactor(instance, side)
        forms.committed(instance[side], points, coef, terms)
        known.push(() => desk.mul(coef, forms.public(instance[side], points)))
      }
    }
    return { terms, value: () => known.reduce((rest, part) => desk.sub(rest, part()), steps.final) }
  }

  private hadProduct(instance: HadInstance): KPtr {
    const { desk, forms } = this
    const [A, B] = [instance.A, instance.B].map(([space, consts, bases]) => {
      const points = axisPoints(space, this.atMain(instance.v))
      let sum = forms.constants(consts, space, points)
      for (const [base, coef] of bases) sum = desk.add(sum, desk.mul(desk.int(coef), this.sentAt.get(base)!))
      return sum
    })
    return desk.mul(A!, B!)
  }

  private publicFactor(instance: ConInstance, side: 'L' | 'R'): KPtr {
    return this.steps.factor?.(instance) ?? this.forms.public(instance[side], this.atFactor(instance, side))
  }

  /** eq of the coordinates under eq: all of a Hadamard product, the group b of a contraction. */
  private eqOf(instance: HadInstance | ConInstance): KPtr {
    const { desk, plan, steps } = this
    const bits = instance.kind === 'had' ? instance.v : instance.bits.b
    const zBits = instance.kind === 'had' ? instance.v : instance.bits.b + instance.bits.m + instance.bits.n
    const out = desk.fresh()
    desk.x.eqPoint(out, steps.tau + 16 * (plan.tauBits - zBits), this.atMain(instance.v), bits)
    return out
  }

  /** Σ_{b,k} eq(τ_b, b)·L(b, τ_m, k)·R(b, τ_n, k) for two public factors. SPEC 5 step 5. */
  private publicContraction(instance: ConInstance): KPtr {
    const { desk, forms } = this
    const [left, right] = (['L', 'R'] as const).map((side) => partial(forms, instance[side], this.fixing(instance, side)))
    const tauB = this.tauOf(instance)
    const eq = forms.vectors.eqTable(tauB, instance.bits.b)
    const size = 2 ** instance.bits.k
    let sum = desk.zero
    for (let b = 0; b < 2 ** instance.bits.b; b++) {
      const dot = desk.fresh()
      desk.x.dotK(dot, left! + 16 * b * size, right! + 16 * b * size, size)
      sum = desk.add(sum, desk.mul(eq + 16 * b, dot))
    }
    return sum
  }

  /** Where the axes of a factor are fixed when its free axes are b and k. */
  private fixing(instance: ConInstance, side: 'L' | 'R'): Fixing {
    return contractionFixing(instance, side, this.tauOf(instance))
  }

  private tauOf(instance: ConInstance): KPtr {
    return tauOf(this.plan, instance, this.steps.tau)
  }

  private atTau(space: Space): AxisPoints {
    const bits = space.reduce((sum, [, b]) => sum + b, 0)
    return axisPoints(space, this.steps.tau + 16 * (this.plan.tauBits - bits))
  }

  /** The last v coordinates of the main sumcheck. */
  private atMain(v: number): KPtr {
    return this.steps.r + 16 * (this.plan.mainVars - v)
  }

  /** (r_b, τ_m, r_k) or (r_b, τ_n, r_k). */
  private atFactor(instance: ConInstance, side: 'L' | 'R'): AxisPoints {
    const space = instance[side][0]
    const { axes, bits } = instance
    const middle = side === 'L' ? axes.m : axes.n
    const r = this.atMain(instance.v)
    const tau = this.tauOf(instance) + 16 * (side === 'L' ? bits.b : bits.b + bits.m)
    return [
      ...axisPoints(space.slice(0, axes.b), r),
      ...axisPoints(space.slice(axes.b, axes.b + middle), tau),
      ...axisPoints(space.slice(axes.b + middle), r + 16 * bits.b),
    ]
  }

  private atLeaves(entry: Entry): AxisPoints {
    return axisPoints(entry.space, this.steps.leafPoint + 16 * (this.plan.leafBits - entry.bits))
  }

  /** eq of an entry's fixed high bits. */
  private pre(entry: Entry): KPtr {
    const bits = this.plan.leafBits - entry.bits
    const index = entry.offset / 2 ** entry.bits
    if (bits <= 8) return this.forms.vectors.eqTable(this.steps.leafPoint, bits) + 16 * index
    return this.desk.eqIndex(this.steps.leafPoint, bits, index)
  }

  private columns(entry: Entry): readonly Form[] {
    return entry.forms ?? entry.table[3]
  }

  /** Π onelt: the extension of "this cell is real". */
  private real(space: Space, points: AxisPoints): KPtr {
    return space.reduce((product, axis, ax) => this.desk.mul(product, this.forms.vectors.onelt(points[ax]!, axis)), this.desk.one)
  }

  /** The column 0, 1, … of a range table: Σ_j 2^j·bit_j. */
  private rangeColumn(entry: Entry): KPtr {
    const [points] = this.atLeaves(entry)
    let sum = this.desk.zero
    for (let j = 0; j < entry.bits; j++)
      sum = this.desk.add(sum, this.desk.mul(this.desk.int(1n << BigInt(entry.bits - 1 - j)), points! + 16 * j))
    return sum
  }
}

/** Where τ_b begins for a contraction; τ_m and τ_n follow. */
export function tauOf(plan: Plan, { bits }: ConInstance, tau: KPtr): KPtr {
  return tau + 16 * (plan.tauBits - bits.b - bits.m - bits.n)
}

/** Fixes the axes m of L at τ_m, or n of R at τ_n. */
export function contractionFixing({ axes, bits, L, R }: ConInstance, side: 'L' | 'R', tauB: KPtr): Fixing {
  const space = side === 'L' ? L[0] : R[0]
  const middle = side === 'L' ? axes.m : axes.n
  const points = axisPoints(space.slice(axes.b, axes.b + middle), tauB + 16 * (side === 'L' ? bits.b : bits.b + bits.m))
  return space.map((_, ax) => (ax >= axes.b && ax < axes.b + middle ? points[ax - axes.b] : undefined))
}
