import { describe, expect, it } from 'vitest'
import { mod } from '../../reference/field.ts'
import { encodeProgram } from '../../reference/program.ts'
import { countLookups } from '../../reference/prover/tables.ts'
import { layout } from '../../reference/space.ts'
import type { Statement } from '../../reference/statement.ts'
import { referenceVerify } from '../../reference/verify.ts'
import { encodeZkManifest, zkModelId } from '../../src/ir/manifest.ts'
import { weightRoot } from '../../src/proof/commitment.ts'
import { openModel, type ZkModel } from '../../src/proof/model.ts'
import { prove } from '../../src/proof/prove.ts'
import { ZkProver } from '../../src/proof/prover.ts'
import { registrationHeader, registrationOf } from '../../src/proof/registration.ts'
import { verifyRegistration } from '../../src/proof/verifier.ts'
import { kernels, signed } from '../reference/bridge.ts'
import { families } from './families.ts'
import { proofOf, publish, verify } from './model.ts'

const published = (name: string) => publish(families.find((one) => one.name === name)!)
const dense = published('dense, committed weights')
const trees = published('trees, committed')
const registration = (model: ZkModel) => new ZkProver(kernels).proveRegistration(model)

/** The registration of a model as the slow second verifier takes it. */
function statementOf(model: ZkModel): Statement {
  const { lowered, params } = registrationOf(model)
  const nothing = new Uint8Array()
  const pub = { tensors: new Map<number, bigint[]>(), weights: [] }
  return {
    program: encodeProgram(lowered.program),
    zkModelId: model.id,
    ctx: nothing,
    x: nothing,
    y: nothing,
    pub,
    wroot: model.manifest.wd,
    c: params!.c,
    l: params!.l,
  }
}

describe('a registration proof', () => {
  it.each([
    ['dense layers', dense],
    ['trees', trees],
  ] as const)('of %s is accepted by both verifiers', (_, { model }) => {
    const proof = registration(model)
    expect(verifyRegistration(kernels, model, proof)).toEqual({ ok: true })
    expect(referenceVerify(statementOf(model), proof)).toEqual({ ok: true })
  })

  it('is no proof of an answer, and an answer is none of it', () => {
    expect(verify(dense.files, dense.statement, registration(dense.model)).ok).toBe(false)
    expect(verifyRegistration(kernels, dense.model, proofOf(dense, dense.statement)).ok).toBe(false)
    expect(verifyRegistration(kernels, trees.model, registration(dense.model)).ok).toBe(false)
  })

  it('does not exist for public weights', () => {
    expect(verifyRegistration(kernels, published('dense').model, registration(dense.model))).toMatchObject({
      ok: false,
      code: 'WRONG_MODE',
    })
  })

  it.each([
    ['one over the largest', 32768n],
    ['one under the smallest', -32769n],
    ['a fraction mod p', (2n ** 64n - 2n ** 32n + 2n) / 2n],
  ])('does not exist for a weight that is %s', (_, value) => {
    const honest = registrationOf(dense.model)
    const { program } = honest.lowered
    const W = Array.from(dense.witness.W!, mod)
    const place = layout(program.segments).offsets[0]!
    W[place] = mod(value)
    const bytes = encodeZkManifest({ ...dense.model.manifest, wd: weightRoot(kernels, BigInt64Array.from(W, signed), honest.params!) })
    const model = openModel({ manifest: bytes, ir: dense.files.ir }, zkModelId(bytes)) as ZkModel
    // The limbs of weight + 2^15: the second takes what does not fit into the first.
    const { offsets, cells } = layout(program.segments)
    const own = program.constraints.flatMap((one) => (one[0] === 'lin' ? [one[1]] : []))
    const w = new Array<bigint>(cells[0]).fill(0n)
    for (const [, consts, terms] of own) {
      const source = terms.find(([, seg]) => typeof seg === 'number' && program.segments[seg]![0] === 1)![1] as number
      const limbs = terms.filter(([, seg]) => typeof seg === 'number' && program.segments[seg]![0] === 0).map(([, seg]) => seg as number)
      const size = 2 ** program.segments[source]![1].reduce((total, [, b]) => total + b, 0)
      for (let i = 0; i < size; i++) {
        let rest = mod(W[offsets[source]! + i]! + consts[0]![0])
        limbs.forEach((seg, j) => {
          w[offsets[seg]! + i] = j === limbs.length - 1 ? rest : rest & 255n
          rest >>= 8n
        })
      }
    }
    const counted = countLookups({ program, pub: { tensors: new Map(), weights: [] }, matrices: [w, W] })
    const matrices = { w: BigInt64Array.from(counted, signed), W: BigInt64Array.from(W, signed) }
    const { plan, params, hash } = registrationOf(model)
    const proof = prove(kernels, plan, params!, registrationHeader(model, hash), { tensors: new Map(), weights: [] }, matrices)
    expect(verifyRegistration(kernels, model, proof)).toMatchObject({ ok: false, code: 'LOOKUP' })
    expect(referenceVerify(statementOf(model), proof)).toMatchObject({ ok: false, code: 'LOOKUP' })
  })
})
