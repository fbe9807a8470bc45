import { describe, expect, it } from 'vitest'
import { referenceProve } from '../../reference/prover/prove.ts'
import { shapeOf } from '../../reference/shape.ts'
import { writeProof } from '../../reference/wire.ts'
import { everything } from '../../src/proof/samples.testkit.ts'
import { run } from '../attacks/families.ts'
import { type Lie, registered } from '../attacks/protocol/kit.ts'
import { fastProve, fastVerify, matrix, statementOf, verdicts } from './bridge.ts'
import { tiny } from './tiny.ts'

const samples: Record<string, () => Lie> = {
  'a tiny model': () => tiny(false),
  'a tiny model with committed weights': () => registered(tiny(true)),
  'every kind of map': () => {
    const { program, values, witness } = everything()
    return { statement: statementOf(program, values), program, w: matrix(witness.w), cells: {} }
  },
  'every kind of map, weights committed': () => {
    const { program, values, witness } = everything({ committed: true })
    return registered({ statement: statementOf(program, values), program, w: matrix(witness.w), W: matrix(witness.W!), cells: {} })
  },
}

describe.each(Object.entries(samples))('%s', (_, made) => {
  const model = made()
  const ours = writeProof(referenceProve(model.statement, model.w, model.W), model.W !== undefined)
  const theirs = fastProve(model.statement, model.w, model.W)
  it('has one proof, whoever makes it', () => {
    expect(Buffer.from(theirs).equals(Buffer.from(ours))).toBe(true)
  })
  it('is accepted by both verifiers', () => {
    expect(verdicts(model.statement, theirs)).toEqual(['ok', 'ok'])
    expect(fastVerify(model.statement, ours)).toEqual({ ok: true })
  })
})

describe('the model of appendix A, 16-32-32-1', () => {
  const { made, statement, w } = run({
    name: 'appendix A',
    build: (m) => {
      const layer = (x: number, inputs: number, outputs: number, how: Record<string, number>) => {
        // The first row is as large as int16 allows, so that the bounds are those of the appendix.
        const w = m.weight([outputs, inputs], 'i16', (i) => (i < inputs ? 32767 : m.random(4000) - 2000))
        return m.node('Gemm', [x], [w, m.noise([outputs], 'i64', 900)], [outputs], { d: Array<number>(outputs).fill(0), ...how })
      }
      const relu = { s: 15, lo: 0, hi: 32767 }
      return [layer(layer(layer(m.input([16]), 16, 32, relu), 32, 32, relu), 32, 1, { raw: 1 })]
    },
  })
  it('has the segments, lookups and rounds that the appendix counts', () => {
    const shape = shapeOf(made.lowered.program)
    const looks = shape.entries.filter(({ kind }) => kind === 'look')
    expect(looks.every(({ size }) => size === 5)).toBe(true)
    expect(shape.rounds).toBe(5)
    expect(shape.sent.length).toBe(6)
    expect(shape.levels).toBe(10)
  })
  it('has a proof that both verifiers accept', () => {
    const proof = fastProve(statement, w)
    expect(verdicts(statement, proof)).toEqual(['ok', 'ok'])
    expect(proof.length).toBeLessThan(25_000)
  })
})
