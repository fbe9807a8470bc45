import type { Factor, Program } from '../src/program/types.ts'
import { kList, Reject } from './bytes.ts'
import { add, equal, interpolate, type K, mul, ONE, powers, product, scale, sub, ZERO } from './field.ts'
import { addScaled, constantsAt, type Functional, functional, isCommitted, NOTHING, type Public } from './forms.ts'
import { eq, eqTable, prefixFactor, suffix } from './mle.ts'
import { type Con, groups, type Sent, type Shape } from './shape.ts'
import { bits } from './space.ts'
import type { Transcript } from './transcript.ts'
import type { Proof } from './wire.ts'

/** A linear claim on the committed matrices: the functional must equal `c`. SPEC 5, step 9. */
export interface Claim {
  readonly a: Functional
  readonly c: K
}

/** Points of both sides of a contraction: L at (b, τ_m, k), R at (b, τ_n, k), from a point (b, k) of its sumcheck. */
export function sidePoints(con: Con, tau: readonly K[], r: readonly K[]): { L: K[]; R: K[]; b: K[]; taub: K[] } {
  const { b, m } = groups(con)
  const own = suffix(tau, bits(con[3][0]))
  const [rb, rk] = [r.slice(0, b), r.slice(b)]
  return { L: [...rb, ...own.slice(b, b + m), ...rk], R: [...rb, ...own.slice(b + m), ...rk], b: rb, taub: own.slice(0, b) }
}

/** A contraction of two public factors at τ, summed as it is written. */
export function publicContraction(con: Con, tau: readonly K[], program: Program, pub: Public): K {
  const { b, k } = groups(con)
  const taub = eqTable(suffix(tau, bits(con[3][0])).slice(0, b))
  let total = ZERO
  for (let i = 0; i < 2 ** (b + k); i++) {
    const corner = Array.from({ length: b + k }, (_, j): K => [BigInt((i >> (b + k - 1 - j)) & 1), 0n])
    const at = sidePoints(con, tau, corner)
    const both = mul(functional(con[1], at.L, program, pub).known, functional(con[2], at.R, program, pub).known)
    total = add(total, mul(taub[i >> k]!, both))
  }
  return total
}

/** Claim C_S: what the linear sides of all constraints come to at τ. SPEC 5, step 5. */
export function linearClaim(shape: Shape, tau: readonly K[], lambda: K, S: K, program: Program, pub: Public): Claim {
  const by = powers(lambda, shape.numbered.length)
  let a = NOTHING
  shape.numbered.forEach(({ constraint, instance }, i) => {
    const side = constraint[0] === 'lin' ? constraint[1] : constraint[3]
    a = addScaled(a, by[i]!, functional(side, suffix(tau, bits(side[0])), program, pub))
    if (constraint[0] === 'con' && !instance) {
      const value = publicContraction(constraint, tau, program, pub)
      a = addScaled(a, sub(ZERO, by[i]!), { known: value, cells: new Map() })
    }
  })
  return { a, c: S }
}

/** The point at which a sent scalar is claimed, and its form. */
function sentForm(sent: Sent, shape: Shape, tau: readonly K[], r: readonly K[], program: Program) {
  if ('base' in sent) {
    const form = program.bases[sent.base]!
    return { form, point: suffix(r, bits(form[0])) }
  }
  const { constraint, size } = shape.numbered[sent.number]!
  const at = sidePoints(constraint as Con, tau, suffix(r, size))
  return sent.side === 'L' ? { form: (constraint as Con)[1], point: at.L } : { form: (constraint as Con)[2], point: at.R }
}

/** Step 6: the rounds of the main sumcheck. Returns its point and the claim that is left. */
export function checkRounds(transcript: Transcript, proof: Proof): { r: K[]; claim: K } {
  let claim = proof.S
  const r: K[] = []
  for (const [s0, s2, s3] of proof.main as readonly (readonly [K, K, K])[]) {
    transcript.absorb('mr', kList([s0, s2, s3]))
    r.push(transcript.challenge('mrc'))
    claim = interpolate([s0, sub(claim, s0), s2, s3], r.at(-1)!)
  }
  return { r, claim }
}

/** What the main sumcheck is at: its point, and the challenges and program behind it. */
export interface MainPoint {
  readonly shape: Shape
  readonly tau: readonly K[]
  readonly lambda: K
  readonly r: readonly K[]
  readonly program: Program
  readonly pub: Public
}

/** Claims about the scalars of "E". SPEC 5, step 7. */
export function sentClaims({ shape, tau, r, program, pub }: MainPoint, E: readonly K[]): Claim[] {
  return shape.sent.map((one, i) => {
    const { form, point } = sentForm(one, shape, tau, r, program)
    return { a: functional(form, point, program, pub), c: E[i]! }
  })
}

/** Claim C_fin: what the instances come to at r, given E. SPEC 5, step 7. */
export function finalClaim({ shape, tau, lambda, r, program, pub }: MainPoint, E: readonly K[], claim: K): Claim {
  const value = (wanted: (one: Sent) => boolean): K => E[shape.sent.findIndex(wanted)]!
  const factor = ([space, consts, from]: Factor): K =>
    from.reduce(
      (total, [base, coef]) =>
        add(
          total,
          scale(
            value((one) => 'base' in one && one.base === base),
            coef,
          ),
        ),
      constantsAt(space, consts, suffix(r, bits(space)), program),
    )
  const one: Functional = { known: ONE, cells: new Map() }
  const instance = (number: number): readonly [K, Functional] => {
    const { constraint, size } = shape.numbered[number]!
    const here = suffix(r, size)
    if (constraint[0] === 'lin') return [ZERO, one]
    if (constraint[0] === 'had') return [product([eq(suffix(tau, size), here), factor(constraint[1]), factor(constraint[2])]), one]
    const at = sidePoints(constraint, tau, here)
    const weight = eq(at.taub, at.b)
    const [L, R] = [isCommitted(constraint[1]), isCommitted(constraint[2])]
    const side = (name: 'L' | 'R') => value((sent) => 'number' in sent && sent.number === number && sent.side === name)
    if (L && R) return [product([weight, side('L'), side('R')]), one]
    const left = functional(constraint[1], at.L, program, pub)
    const right = functional(constraint[2], at.R, program, pub)
    return [mul(weight, L ? right.known : left.known), L ? left : right]
  }
  const by = powers(lambda, shape.numbered.length)
  let a = NOTHING
  shape.numbered.forEach((numbered, number) => {
    if (!numbered.instance) return
    const [x, f] = instance(number)
    a = addScaled(a, product([by[number]!, prefixFactor(r, numbered.size), x]), f)
  })
  return { a, c: claim }
}

/** C_fin without a committed cell is checked at once. A lie is `SUMCHECK`. */
export function checkFinal({ a, c }: Claim): void {
  if (a.cells.size === 0 && !equal(a.known, c)) throw new Reject('SUMCHECK', 'final')
}
