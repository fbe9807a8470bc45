import { describe, expect, it } from 'vitest'
import { referenceProve } from '../../reference/prover/prove.ts'
import { writeProof } from '../../reference/wire.ts'
import { everything } from '../../src/proof/samples.testkit.ts'
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
