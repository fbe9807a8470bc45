import type { Program } from '../src/program/types.ts'
import { kList, Reject } from './bytes.ts'
import { add, equal, fromInt, interpolate, isZero, type K, mul, ONE, powers, scale, sub, sum, ZERO } from './field.ts'
import { addScaled, constantOf, type Functional, functional, NOTHING, type Public } from './forms.ts'
import { eq, eqTable, suffix } from './mle.ts'
import type { Entry, Shape } from './shape.ts'
import { bits, cellOf, realCells } from './space.ts'
import type { Transcript } from './transcript.ts'
import type { Proof } from './wire.ts'

/** What is left to show of the lookups: numerator and denominator of the leaves at a point. */
export interface Leaves {
  readonly point: readonly K[]
  readonly p: K
  readonly q: K
}

/** Steps 3 of SPEC 5: the fraction tree from its root to a claim about its leaves. A lie is `LOOKUP` at the level. */
export function checkTree(transcript: Transcript, proof: Proof): Leaves {
  const [p0, p1, q0, q1] = proof.top as [K, K, K, K]
  transcript.absorb('g0', kList(proof.top))
  if (!isZero(add(mul(p0, q1), mul(p1, q0))) || isZero(mul(q0, q1))) throw new Reject('LOOKUP', 'root')
  const r = transcript.challenge('g0c')
  let here: Leaves = { point: [r], p: fold(p0, p1, r), q: fold(q0, q1, r) }
  proof.levels.forEach(({ rounds, ends }, i) => {
    const mu = transcript.challenge('gl')
    let claim = add(here.p, mul(mu, here.q))
    const bound: K[] = []
    for (const [s0, s2, s3] of rounds as readonly (readonly [K, K, K])[]) {
      transcript.absorb('gr', kList([s0, s2, s3]))
      bound.push(transcript.challenge('grc'))
      claim = interpolate([s0, sub(claim, s0), s2, s3], bound.at(-1)!)
    }
    const [a0, a1, b0, b1] = ends as [K, K, K, K]
    transcript.absorb('gv', kList(ends))
    const right = add(add(mul(a0, b1), mul(a1, b0)), mul(mu, mul(b0, b1)))
    if (!equal(claim, mul(eq(here.point, bound), right))) throw new Reject('LOOKUP', String(i + 1))
    const t = transcript.challenge('gvc')
    here = { point: [t, ...bound], p: fold(a0, a1, t), q: fold(b0, b1, t) }
  })
  return here
}

const fold = (x0: K, x1: K, t: K): K => add(x0, mul(t, sub(x1, x0)))

/** eq of an entry's fixed high bits with the leaf point's. */
function prefixOf(entry: Entry, point: readonly K[]): K {
  const high = entry.offset / 2 ** entry.size
  return eqTable(point.slice(0, point.length - entry.size))[high]!
}

/** Σ_i β^i F_i at a point: what a tuple adds to its table's tag. */
function fingerprint(entry: Entry, point: readonly K[], beta: K, program: Program, pub: Public): Functional {
  if (entry.kind === 'table' && entry.table[1] === 'range') {
    const weights = eqTable(point)
    return { known: mul(beta, sum(weights.map((weight, row) => scale(weight, BigInt(row))))), cells: new Map() }
  }
  const factors = powers(beta, entry.forms.length + 1).slice(1)
  return entry.forms.reduce<Functional>((total, form, i) => addScaled(total, factors[i]!, functional(form, point, program, pub)), NOTHING)
}

/** The two linear claims about the leaves, as functionals that must equal `p` and `q`. SPEC 5, step 3. */
export function leafClaims(shape: Shape, at: Leaves, alpha: K, beta: K, program: Program, pub: Public): [Functional, Functional] {
  let p = NOTHING
  let q = NOTHING
  let rest = ONE
  for (const entry of shape.entries) {
    const pre = prefixOf(entry, at.point)
    const point = suffix(at.point, entry.size)
    rest = sub(rest, pre)
    if (entry.kind === 'look') {
      const space = entry.forms[0]![0]
      const weights = eqTable(point)
      const real = sum([...realCells(space)].map((cell) => weights[cellOf(space, cell)]!))
      p = addScaled(p, mul(pre, real), constantOf(1))
    } else {
      const weights = eqTable(point)
      const row = new Array<K>(2 ** bits(entry.table[4])).fill(ZERO)
      for (const cell of realCells(entry.table[4])) row[cellOf(entry.table[4], cell)] = weights[cellOf(entry.table[4], cell)]!
      p = addScaled(p, sub(ZERO, pre), { known: ZERO, cells: new Map([[entry.table[5], row]]) })
    }
    q = addScaled(q, mul(pre, sub(alpha, fromInt(entry.table[0]))), constantOf(1))
    q = addScaled(q, sub(ZERO, pre), fingerprint(entry, point, beta, program, pub))
  }
  return [p, addScaled(q, rest, constantOf(1))]
}
