import { describe, expect, it } from 'vitest'
import { add, fromInt, type K, mul, powers, sub } from '../../../reference/field.ts'
import { applied, type Misbehaviour, referenceProve } from '../../../reference/prover/prove.ts'
import { leavesOf } from '../../../reference/prover/tree.ts'
import { shapeOf } from '../../../reference/shape.ts'
import { layout } from '../../../reference/space.ts'
import type { Fork } from '../../../reference/statement.ts'
import { referenceVerify } from '../../../reference/verify.ts'
import { writeProof } from '../../../reference/wire.ts'
import { tiny } from '../../reference/tiny.ts'
import { falseOutput, type Lie, rootOf, unclamped, verdict, wrongProduct } from './kit.ts'

/** The list of a tiny model's claims: C_S, p_L, q_L, u, y, m, C_fin. */
const NAMES = ['C_S', 'p_L', 'q_L', 'E of u', 'E of y', 'E of m', 'C_fin']

/** S as the linear sides want it. */
const falseSum: NonNullable<Misbehaviour['send']> = (label, _, honest, { linear }) => (label === 'S' ? [linear!] : honest)

/** Nothing is sent that is wrong but one scalar of E, which makes C_fin true after a false S. */
const balanced =
  (index: number): NonNullable<Misbehaviour['send']> =>
  (label, i, honest, scene) => {
    if (label === 'S') return falseSum(label, i, honest, scene)
    if (label !== 'E') return honest
    const off = (value: K): K => {
      const { a, c } = scene.claims!(honest.map((one, j) => (j === index ? value : one))).at(-1)!
      return sub(add(a.known, applied(a, scene.values)), c)
    }
    const value = rootOf(off)
    return honest.map((one, j) => (j === index ? value : one))
  }

/** Leaves that hide lookups outside their table: their numerators are 0, or they pretend to have looked up row 0. */
const hidden =
  (lie: Lie, what: 'p' | 'q'): NonNullable<Misbehaviour['leaves']> =>
  ({ P, Q }, { alpha, beta, values }) => {
    const shape = shapeOf(lie.program)
    const honest = leavesOf(shape, alpha, beta, values)
    const entry = shape.entries.find(({ kind, table }) => kind === 'look' && table[0] === 3)!
    const y = lie.cells[0]!
    const bad = y.flatMap((value, i) => (value < 0n || value > 7n ? [entry.offset + i] : []))
    expect(bad.length).toBeGreaterThan(0)
    if (what === 'p') return { P: P.map((value, i) => (bad.includes(i) ? [0n, 0n] : value)), Q: honest.Q }
    const row = (value: bigint) => sub(sub(alpha, fromInt(3)), mul(powers(beta, 2)[1]!, fromInt(value)))
    return { P, Q: Q.map((value, i) => (bad.includes(i) ? row(0n) : value)) }
  }

/** The same lie with row 0 of table 3 counted once more for every value outside it. */
function recounted(lie: Lie): Lie {
  const shape = shapeOf(lie.program)
  const [, , , , , mult] = shape.entries.find(({ kind, table }) => kind === 'table' && table[0] === 3)!.table
  const missing = lie.cells[0]!.filter((value) => value < 0n || value > 7n).length
  const first = offsetOf(lie, mult)
  return { ...lie, w: lie.w.map((value, i) => (i === first ? value + BigInt(missing) : value)) }
}

const offsetOf = (lie: Lie, segment: number) => layout(lie.program.segments).offsets[segment]!

/** For each claim, a lie that only this claim catches. */
const attacks: readonly [lie: () => Lie, bad: (lie: Lie) => Misbehaviour][] = [
  [falseOutput, () => ({})],
  [unclamped, (lie) => ({ leaves: hidden(lie, 'p') })],
  [() => recounted(unclamped()), (lie) => ({ leaves: hidden(lie, 'q') })],
  [wrongProduct, () => ({ send: balanced(0) })],
  [wrongProduct, () => ({ send: balanced(1) })],
  [wrongProduct, () => ({ send: balanced(2) })],
  [wrongProduct, () => ({ send: falseSum })],
]

describe.each(NAMES.map((name, i) => [name, i] as const))('claim %s', (_, index) => {
  const [made, how] = attacks[index]!
  const forks: Record<string, NonNullable<Fork['claims']>> = {
    dropped: (list) => list.filter((_, i) => i !== index),
    'replaced by a copy of another': (list) => list.map((claim, i) => (i === index ? list[(index + 1) % list.length]! : claim)),
  }
  it.each(Object.entries(forks))('%s: a forgery goes through', (_, claims) => {
    const lie = made()
    const bad = how(lie)
    expect(verdict(lie, { ...bad, claims }, { claims })).toEqual({ ok: true })
    expect(verdict(lie, bad)).toMatchObject({ ok: false, code: 'BATCH' })
  })
  it('twice in the list lets no lie through', () => {
    const lie = made()
    const claims: NonNullable<Fork['claims']> = (list) => [...list, list[index]!]
    expect(verdict(lie, { ...how(lie), claims }, { claims })).toMatchObject({ ok: false, code: 'BATCH' })
  })
})

describe('the order of the claims', () => {
  const model = tiny()
  const proof = writeProof(referenceProve(model.statement, model.w, undefined), false)
  it.each(NAMES.slice(1).map((name, i) => [NAMES[i]!, name, i] as const))(
    'is fixed: %s and %s swapped refuse an honest proof',
    (_, __, i) => {
      const claims: NonNullable<Fork['claims']> = (list) => list.map((claim, j) => list[j === i ? i + 1 : j === i + 1 ? i : j] ?? claim)
      expect(referenceVerify(model.statement, proof, { claims })).toEqual({ ok: false, code: 'BATCH' })
    },
  )
  it('has as many claims as this file has attacks', () => {
    let count = 0
    referenceVerify(model.statement, proof, {
      claims: (list) => {
        count = list.length
        return list
      },
    })
    expect(count).toBe(attacks.length)
  })
})
