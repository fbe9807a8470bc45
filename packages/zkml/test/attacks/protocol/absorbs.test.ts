import { describe, expect, it } from 'vitest'
import { add, fromInt, inverse, type K, mul, ONE, omega, power, sub, sum } from '../../../reference/field.ts'
import { eq, eqTable, suffix } from '../../../reference/mle.ts'
import { encodeProgram } from '../../../reference/program.ts'
import type { Misbehaviour, Scene } from '../../../reference/prover/prove.ts'
import { referenceProve } from '../../../reference/prover/prove.ts'
import { leavesOf } from '../../../reference/prover/tree.ts'
import { shapeOf } from '../../../reference/shape.ts'
import { layout } from '../../../reference/space.ts'
import { referenceVerify } from '../../../reference/verify.ts'
import { writeProof } from '../../../reference/wire.ts'
import { verdicts } from '../../reference/bridge.ts'
import { tiny, withValues } from '../../reference/tiny.ts'
import { falseOutput, type Lie, mend, registered, rootOf, unclamped, verdict, wrongProduct } from './kit.ts'
import { smallRelation } from './lattice.ts'

type Send = NonNullable<Misbehaviour['send']>
const at =
  (wanted: string, change: (honest: readonly K[], scene: Scene, index: number) => readonly K[]): Send =>
  (label, index, honest, scene) =>
    label === wanted ? change(honest, scene, index) : honest
const both =
  (...sends: Send[]): Send =>
  (label, index, honest, scene) =>
    sends.reduce((message, send) => send(label, index, message, scene), honest)

/** The prover's forgery goes through where both sides leave the absorb out, and nowhere else. */
function forges(label: string, lie: Lie, bad: Misbehaviour, code: string) {
  const skip = new Set([label])
  expect(verdict(lie, { ...bad, skip }, { skip })).toEqual({ ok: true })
  // The same moves against the protocol as it is: what was peeked at is not what comes.
  expect(verdict(lie, bad)).toMatchObject({ ok: false, code })
}

/** A root whose fractions cancel although the leaves' do not: P_1(0) pays. */
const falseRoot = at('g0', ([, p1, q0, q1]) => [sub([0n, 0n], mul(mul(p1!, q0!), inverse(q1!))), p1!, q0!, q1!])
/** S as the linear sides want it. */
const falseSum = at('S', (_, { linear }) => [linear!])

describe('each message is absorbed because without it', () => {
  it('"root": multiplicities fitted to α and β hide a value outside its table', () => {
    const lie = unclamped()
    const witness: Misbehaviour['witness'] = (w, peek) => {
      const [alpha, beta] = peek('ab', 2) as [K, K]
      const values = { program: lie.program, pub: lie.statement.pub, matrices: [w] }
      const shape = shapeOf(lie.program)
      const { P, Q } = leavesOf(shape, alpha, beta, values)
      const total = sum(P.map((p, i) => mul(p, inverse(Q[i]!))))
      const entry = shape.entries.find(({ kind, table }) => kind === 'table' && table[0] === 4)!
      const [x, y] = [inverse(Q[entry.offset]!), inverse(Q[entry.offset + 1]!)]
      // total = m0·x + m1·y in K, two equations over F.
      const det = inverse(fromInt(x[0] * y[1] - x[1] * y[0]))[0]
      const first = layout(lie.program.segments).offsets[entry.table[5]]!
      const more = [(total[0] * y[1] - total[1] * y[0]) * det, (x[0] * total[1] - x[1] * total[0]) * det]
      return w.map((cell, i) => fromInt(cell + (more[i - first] ?? 0n))[0])
    }
    forges('root', lie, { witness }, 'LOOKUP')
  })

  it('"g0": a root that agrees with the tree at the challenge only', () => {
    const send = at('g0', ([p0, p1, q0, q1], { peek }) => {
      const [r] = peek('g0c') as [K]
      const fold = (x0: K, x1: K) => add(x0, mul(r, sub(x1, x0)))
      const q1New = mul(sub(fold(q0!, q1!), mul(sub(ONE, r), ONE)), inverse(r))
      const p0New = mul(fold(p0!, p1!), inverse(sub(sub(ONE, r), mul(r, q1New))))
      return [p0New, sub([0n, 0n], mul(p0New, q1New)), ONE, q1New]
    })
    forges('g0', unclamped(), { send }, 'LOOKUP')
  })

  it('"gr": a round that is right at the challenge only', () => {
    const send = both(
      falseRoot,
      at('gr', (honest, { round, peek }, i) => (i === 0 ? mend(round!, peek('grc')[0]!) : honest)),
    )
    forges('gr', unclamped(), { send }, 'LOOKUP')
  })

  it('"gv": ends of a level that are right at the challenge only', () => {
    const send = both(
      falseRoot,
      at('gv', ([p0, p1, q0, q1], { level, peek }, i) => {
        if (i > 0) return [p0!, p1!, q0!, q1!]
        const [t] = peek('gvc') as [K]
        const wanted = sub(mul(level!.claim, inverse(eq(level!.point, level!.bound))), mul(level!.mu, mul(q0!, q1!)))
        const [a, b] = [mul(add(p0!, mul(t, sub(p1!, p0!))), inverse(t)), mul(sub(ONE, t), inverse(t))]
        const first = mul(sub(wanted, mul(a, q0!)), inverse(sub(q1!, mul(b, q0!))))
        return [first, sub(a, mul(b, first)), q0!, q1!]
      }),
    )
    forges('gv', unclamped(), { send }, 'LOOKUP')
  })

  it('"mr": a round of the main sumcheck that is right at the challenge only', () => {
    const send = both(
      falseSum,
      at('mr', (honest, { round, peek }, i) => (i === 0 ? mend(round!, peek('mrc')[0]!) : honest)),
    )
    forges('mr', wrongProduct(), { send }, 'BATCH')
  })

  it('"br": a round of the last sumcheck that is right at the challenge only', () => {
    const send = at('br', (honest, { round, peek }, i) => (i === 0 ? mend(round!, peek('brc')[0]!) : honest))
    forges('br', falseOutput(), { send }, 'BATCH')
  })

  it.each([
    ['S', () => wrongProduct()],
    ['E', () => wrongProduct()],
  ] as const)('"%s": a scalar that balances the batched claims once δ is known', (label, made) => {
    const lie = made()
    const skip = new Set([label])
    const residual = (value: K): K => {
      let gap: K = ONE
      const send = both(
        at(label, (honest) => [value, ...honest.slice(1)]),
        at('br', (honest, { round }, i) => {
          if (i === 0) gap = sub(round!.claim, add(round!.values[0]!, round!.values[1]!))
          return honest
        }),
      )
      referenceProve(lie.statement, lie.w, lie.W, { send, skip })
      return gap
    }
    const value = rootOf(residual)
    forges(label, lie, { send: at(label, (honest) => [value, ...honest.slice(1)]) }, 'BATCH')
  })

  it('"v": values of two matrices that balance both equations once γ is known', () => {
    const send = at('v', ([vw, vW], { last, peek }) => {
      const [gamma] = peek('gam') as [K]
      const [a, b] = last!.factors as [K, K]
      const combined = add(vw!, mul(gamma, vW!))
      const second = mul(sub(last!.claim, mul(a, combined)), inverse(sub(b, mul(a, gamma))))
      return [sub(combined, mul(gamma, second)), second]
    })
    const lie = falseOutput(true)
    const skip = new Set(['v'])
    expect(verdict(lie, { send, skip }, { skip })).toEqual({ ok: true })
    expect(verdict(lie, { send })).toMatchObject({ ok: false, code: 'EVAL' })
  })

  it('"u": a combination of rows that is right at the queries only', () => {
    const lie = falseOutput()
    const wide = { ...lie, statement: { ...lie.statement, c: 7, l: 9 } }
    const send = both(
      at('v', (_, { last }) => [mul(last!.claim, inverse(last!.factors[0]!))]),
      at('u', (honest, { opening, params }) => {
        let zero: K[] = [ONE]
        for (const index of opening!.queries()) {
          const x: K = [power(omega(params.l), BigInt(index)), 0n]
          zero = [...zero, [0n, 0n] as K].map((value, i) =>
            sub(i === 0 ? [0n, 0n] : zero[i - 1]!, mul(x, i < zero.length ? value : [0n, 0n])),
          )
        }
        const weights = eqTable(opening!.point)
        const value = (u: readonly K[]) => sum(u.map((x, j) => mul(x, weights[j]!)))
        const by = mul(sub(opening!.value, value(honest)), inverse(value(zero)))
        return honest.map((x, j) => add(x, mul(by, zero[j] ?? [0n, 0n])))
      }),
    )
    forges('u', wide, { send }, 'QUERY')
  })

  it('"pow": a proof has many forms, one for each nonce that has the work', () => {
    const lie = registered(tiny())
    const second: Misbehaviour['nonce'] = (works) => {
      const found: bigint[] = []
      for (let nonce = 0n; found.length < 2; nonce++) if (works(nonce)) found.push(nonce)
      return found[1]!
    }
    const skip = new Set(['pow'])
    const first = writeProof(referenceProve(lie.statement, lie.w, undefined, { skip }), false)
    const other = writeProof(referenceProve(lie.statement, lie.w, undefined, { skip, nonce: second }), false)
    const differ = first.filter((byte, i) => byte !== other[i]).length
    expect(differ).toBeGreaterThan(0)
    expect(differ).toBeLessThanOrEqual(8)
    expect(referenceVerify(lie.statement, other, { skip })).toEqual({ ok: true })
  })
})

describe('each part of the statement is absorbed because without it', () => {
  it('"out": outputs that agree with the true ones at τ only', () => {
    const model = tiny()
    const skip = new Set(['out'])
    const proof = writeProof(referenceProve(model.statement, model.w, undefined, { skip }), false)
    const delta = smallRelation(eqTable(suffix(challengesOf(model, skip), 3)))
    const other = withValues(
      model.statement,
      1,
      model.statement.pub.tensors.get(1)!.map((value, i) => value + delta[i]!),
    )
    expect(delta.every((value) => value > -(2n ** 40n) && value < 2n ** 40n)).toBe(true)
    expect(referenceVerify(other, proof, { skip })).toEqual({ ok: true })
    expect(referenceVerify(other, writeProof(referenceProve(model.statement, model.w, undefined), false)).ok).toBe(false)
  })

  it('"in": an input that agrees with the true one at τ only, with another answer', () => {
    const model = tiny(false, { inputs: 12, hidden: 16, outputs: 2 }, new Array<bigint>(12).fill(1n))
    const skip = new Set(['in'])
    const proof = writeProof(referenceProve(model.statement, model.w, undefined, { skip }), false)
    const tau = suffix(challengesOf(model, skip), 4)
    const rows = eqTable(tau)
    const [W1] = model.statement.pub.weights
    const weights = Array.from({ length: 12 }, (_, k) => sum(rows.map((row, o) => mul(row, fromInt(W1![o * 12 + k]!)))))
    const delta = smallRelation(weights)
    const x = model.statement.pub.tensors.get(0)!.map((value, i) => value + delta[i]!)
    expect(x.every((value) => value >= -32768n && value < 32768n)).toBe(true)
    const moved = Array.from({ length: 16 }, (_, o) => delta.reduce((total, value, k) => total + W1![o * 12 + k]! * value, 0n))
    expect(moved.some((value) => value !== 0n)).toBe(true)
    const other = withValues(model.statement, 0, x)
    expect(referenceVerify(other, proof, { skip })).toEqual({ ok: true })
    expect(referenceVerify(other, writeProof(referenceProve(model.statement, model.w, undefined), false)).ok).toBe(false)
  })

  it('"prog": biases that agree with the true ones at τ only', () => {
    const model = tiny(false, { inputs: 2, hidden: 8, outputs: 2 }, [2n, 1n])
    const skip = new Set(['prog'])
    const proof = writeProof(referenceProve(model.statement, model.w, undefined, { skip }), false)
    const delta = smallRelation(eqTable(suffix(challengesOf(model, skip), 3)))
    const program = { ...model.program, vecs: [model.program.vecs[0]!.map((value, i) => value + delta[i]!)] }
    const other = { ...model.statement, program: encodeProgram(program) }
    expect(delta.every((value) => value > -(2n ** 47n) && value < 2n ** 47n)).toBe(true)
    expect(referenceVerify(other, proof, { skip })).toEqual({ ok: true })
    expect(referenceVerify(other, writeProof(referenceProve(model.statement, model.w, undefined), false)).ok).toBe(false)
  })

  it.each(['model', 'ctx'] as const)('"%s": a proof is replayed for another one', (label) => {
    const model = tiny()
    const other = { ...model.statement, ...(label === 'ctx' ? { ctx: new Uint8Array([9]) } : { zkModelId: new Uint8Array(32) }) }
    const skip = new Set([label])
    expect(referenceVerify(other, writeProof(referenceProve(model.statement, model.w, undefined, { skip }), false), { skip })).toEqual({
      ok: true,
    })
    expect(referenceVerify(other, writeProof(referenceProve(model.statement, model.w, undefined), false)).ok).toBe(false)
  })

  it('"wroot": weights are chosen after α, β and τ, and the false output is what they give', () => {
    const model = registered(tiny(true))
    const skip = new Set(['wroot'])
    const tau = challengesOf(model, skip)
    // Weights of the last layer that agree with the registered ones at τ for the true activations, but are others.
    const y = model.cells[0]!
    const place = y.findIndex((value) => value !== 0n)
    const delta = smallRelation(eqTable(suffix(tau, 3)))
    expect(delta.some((value) => value !== 0n)).toBe(true)
    const W2 = model.cells[5]!.map((value, i) => (i % 3 === place ? value + delta[Math.floor(i / 3)]! : value))
    const { offsets } = layout(model.program.segments)
    const W = [...model.W!]
    W2.forEach((value, i) => {
      W[offsets[5]! + Math.floor(i / 3) * 4 + (i % 3)] = fromInt(value)[0]
    })
    const other = registered({ ...model, W })
    // The output stays the one of the registered weights, which is false for the weights under the new root.
    expect(verdict(other, { skip, send: falseSum }, { skip })).toEqual({ ok: true })
    expect(verdict(other, { send: falseSum }).ok).toBe(false)
  })
})

/** Every absorb of SPEC 1.6, in order. */
const ABSORBS = [
  'ver',
  'model',
  'prog',
  'pcs',
  'in',
  'out',
  'ctx',
  'wroot',
  'root',
  'g0',
  'gr',
  'gv',
  'S',
  'mr',
  'E',
  'br',
  'v',
  'u',
  'pow',
]

describe('every absorb', () => {
  // "ver" and "pcs" have no forgery above: in version 1 they say nothing that head, "model" and "prog" do not say already.
  const { statement, w, W } = registered(tiny(true))
  const honest = writeProof(referenceProve(statement, w, W), true)
  it.each(ABSORBS)('"%s" counts: with it on one side only, no proof is accepted', (label) => {
    const skip = new Set([label])
    const without = writeProof(referenceProve(statement, w, W, { skip }), true)
    expect(referenceVerify(statement, without, { skip })).toEqual({ ok: true })
    expect(referenceVerify(statement, honest, { skip }).ok).toBe(false)
    const [product, reference] = verdicts(statement, without)
    expect(product).toBe(reference)
    expect(product).not.toBe('ok')
  })
})

describe('the order of the challenges', () => {
  const { statement, w, W } = registered(tiny(true))
  it.each([
    ['g0c', 'gl', 'LOOKUP'],
    ['tau', 'lam', 'BATCH'],
  ] as const)('is fixed: %s and %s in the other order refuse an honest proof', (first, second, code) => {
    const turned = [first, second] as const
    const proof = writeProof(referenceProve(statement, w, W, { turned }), true)
    expect(referenceVerify(statement, proof, { turned })).toEqual({ ok: true })
    expect(verdicts(statement, proof)).toEqual([code, code])
  })
})

/** τ of a statement whose prover is honest. */
function challengesOf(model: Lie, skip: ReadonlySet<string>): K[] {
  let tau: K[] = []
  const count = shapeOf(model.program).tau
  const bad: Misbehaviour = {
    skip,
    challenge: (label, values) => {
      if (label === 'tau') tau = [...values]
    },
  }
  referenceProve(model.statement, model.w, model.W, bad)
  expect(tau.length).toBe(count)
  return tau
}
