import { describe, expect, test } from 'vitest'
import { encodeIr, irHash } from '../ir/ir.ts'
import { encodeZkManifest, zkModelId } from '../ir/manifest.ts'
import { bytesOfInts } from '../ir/values.ts'
import { encodeWeights } from '../ir/weights.ts'
import { fillWeights } from '../program/fill.ts'
import { lower } from '../program/lower/lower.ts'
import { ModelBuilder, RELU } from '../program/model.testkit.ts'
import { weightRoot } from './commitment.ts'
import { openModel, ZkModel } from './model.ts'
import { parameters } from './params.ts'
import { ZkProver } from './prover.ts'
import { type RegisterOptions, registerModel } from './register.ts'
import { kernels } from './session.testkit.ts'
import { ZkVerifier } from './verifier.ts'

const ctx = new Uint8Array([1, 2, 3])

/** Two layers, the second raw. */
function mlp(options: RegisterOptions = {}, seed = 7) {
  const builder = new ModelBuilder(8, seed)
  const out = builder.gemm(builder.gemm(builder.input([6]), 5, RELU), 3, { raw: 1 })
  const ir = builder.build([out])
  const { files, zkModelId: id } = registerModel(kernels, ir, builder.weights, options)
  const model = openModel(files, id)
  if (!(model instanceof ZkModel)) throw new Error(model.code)
  return { files, id, model, ir, weights: builder.weights }
}

const input = (length = 6) => [Int16Array.from({ length }, (_, i) => 1000 * i - 2500)]

describe.each([
  ['public', {}],
  ['committed', { commitWeights: true }],
])('a model with %s weights', (name, options) => {
  const { files, id, model } = mlp({ ...options, batches: [1, 4] })
  const prover = new ZkProver(kernels)
  const verifier = new ZkVerifier(kernels)
  const published = name === 'public' ? files : { manifest: files.manifest, ir: files.ir }
  const { statement, proof, outputs } = prover.prove(model, input(), { ctx })

  test('is proved and verified from its published files alone', () => {
    expect(outputs[0]).toHaveLength(3)
    expect(statement.y).toEqual(bytesOfInts(outputs[0]!))
    expect(verifier.verify(published, statement, proof)).toEqual({ ok: true })
  })

  test('is proved in batches that the manifest lists, and in no others', () => {
    const many = prover.prove(model, input(24), { ctx, batch: 4 })
    expect(verifier.verify(published, many.statement, many.proof)).toEqual({ ok: true })
    expect(() => prover.prove(model, input(12), { ctx, batch: 2 })).toThrow(expect.objectContaining({ code: 'ZK_NOT_REGISTERED' }))
    expect(verifier.verify(published, { ...many.statement, batch: 2 }, many.proof)).toEqual({
      ok: false,
      code: 'BAD_PARAMS',
      where: 'batch',
    })
    expect(verifier.verify(published, { ...many.statement, batch: 1 }, many.proof)).toEqual({ ok: false, code: 'STATEMENT_MISMATCH' })
  })

  test('gives no other answer, and for no other question', () => {
    const other = (bytes: Uint8Array, at: number) => bytes.map((byte, i) => (i === at ? byte ^ 1 : byte))
    for (const at of [0, 8, 16]) expect(verifier.verify(published, { ...statement, y: other(statement.y, at) }, proof).ok).toBe(false)
    for (const at of [0, 5, 11]) expect(verifier.verify(published, { ...statement, x: other(statement.x, at) }, proof).ok).toBe(false)
    expect(verifier.verify(published, { ...statement, ctx: new Uint8Array() }, proof).ok).toBe(false)
  })

  test('refuses an answer that is an alias mod p', () => {
    const y = statement.y.slice()
    const view = new DataView(y.buffer)
    view.setBigInt64(0, BigInt.asIntN(64, view.getBigInt64(0, true) - 0xffff_ffff_0000_0001n), true)
    expect(verifier.verify(published, { ...statement, y }, proof).ok).toBe(false)
    view.setBigInt64(0, 2n ** 61n, true)
    expect(verifier.verify(published, { ...statement, y }, proof)).toEqual({ ok: false, code: 'STATEMENT_MISMATCH' })
    view.setBigInt64(0, -(2n ** 61n), true)
    expect(verifier.verify(published, { ...statement, y }, proof)).toEqual({ ok: false, code: 'STATEMENT_MISMATCH' })
  })

  test('refuses values of other lengths', () => {
    for (const part of ['x', 'y'] as const)
      for (const length of [0, 1, statement[part].length - 1, statement[part].length + 8]) {
        const bytes = new Uint8Array(length)
        expect(verifier.verify(published, { ...statement, [part]: bytes }, proof)).toEqual({ ok: false, code: 'STATEMENT_MISMATCH' })
      }
  })

  test('is none of another model', () => {
    const another = mlp({ ...options, batches: [1, 4] }, 8)
    expect(verifier.verify(another.files, statement, proof)).toEqual({ ok: false, code: 'WRONG_MODEL' })
    expect(verifier.verify(another.files, { ...statement, zkModelId: another.id }, proof).ok).toBe(false)
    expect(verifier.verify(published, { ...statement, zkModelId: id.slice(0, 31) }, proof)).toEqual({ ok: false, code: 'WRONG_MODEL' })
  })

  test('refuses files that do not belong together', () => {
    const byte = (bytes: Uint8Array) => bytes.map((value, i) => (i === bytes.length - 1 ? value ^ 1 : value))
    expect(verifier.verify({ ...files, ir: byte(files.ir) }, statement, proof)).toEqual({ ok: false, code: 'WRONG_MODEL' })
    expect(verifier.verify({ ...files, manifest: byte(files.manifest) }, statement, proof)).toEqual({ ok: false, code: 'WRONG_MODEL' })
    if (name === 'committed') {
      // Whoever happens to have a blob beside a root gets the same verdict.
      expect(verifier.verify({ ...files, weights: byte(files.weights) }, statement, proof)).toEqual({ ok: true })
      expect(verifier.verify({ ...files, weights: new Uint8Array(3) }, statement, proof)).toEqual({ ok: true })
      const owner = openModel({ ...files, weights: new Uint8Array(3) }, id) as ZkModel
      expect(() => prover.prove(owner, input(), { ctx })).toThrow(expect.objectContaining({ code: 'ZK_BAD_WEIGHTS' }))
    } else {
      expect(verifier.verify({ ...files, weights: byte(files.weights) }, statement, proof)).toEqual({ ok: false, code: 'WRONG_MODEL' })
      expect(verifier.verify({ manifest: files.manifest, ir: files.ir }, statement, proof)).toEqual({ ok: false, code: 'WRONG_MODEL' })
    }
  })

  test('refuses inputs of the wrong number before any work', () => {
    expect(() => prover.prove(model, input(7), { ctx })).toThrow(expect.objectContaining({ code: 'ZK_INPUT_SHAPE' }))
    expect(() => prover.prove(model, input(), { ctx: new Uint8Array(257) })).toThrow(expect.objectContaining({ code: 'ZK_LIMIT' }))
  })
})

test('the owner of committed weights cannot prove with others', () => {
  const { files, model } = mlp({ commitWeights: true })
  const other = mlp({ commitWeights: true }, 9)
  const mixed = new ZkModel(model.id, model.manifest, model.ir, other.model.weights)
  expect(() => new ZkProver(kernels).prove(mixed, input(), { ctx })).toThrow(expect.objectContaining({ code: 'ZK_BAD_WEIGHTS' }))
  const blind = openModel({ manifest: files.manifest, ir: files.ir }, model.id) as ZkModel
  expect(() => new ZkProver(kernels).prove(blind, input(), { ctx })).toThrow(expect.objectContaining({ code: 'ZK_BAD_WEIGHTS' }))
})

describe('committed weights with a bias that bounds do not presume', () => {
  // Answers to 0 and less have a proof: the value before clamping is below 2^48 there. Answers to more would have none.
  const trap = new ModelBuilder(8)
  const w = [trap.weight([1, 1], 'i16', () => 1), trap.weight([1], 'i64', () => 2 ** 48 + 32766)]
  const ir = trap.build([trap.node('Gemm', [trap.input([1])], w, [1], { d: [0], s: 0, lo: -32768, hi: 32767 })])

  test('are not registered', () => {
    expect(() => registerModel(kernels, ir, trap.weights, { commitWeights: true })).toThrow(
      expect.objectContaining({ code: 'ZK_BAD_WEIGHTS', message: expect.stringContaining('Weight 1 has the bias 281474976743422') }),
    )
    expect(() => registerModel(kernels, ir, trap.weights)).not.toThrow()
  })

  test.each([0, 1])('have no answer that is proved, when a publisher registered them nevertheless: of %i', (x) => {
    const W = fillWeights(lower(ir, { batch: 1, weights: 'committed' }), trap.weights)
    const wd = weightRoot(kernels, W, parameters(6, 8, 1, W.length)!)
    const irBytes = encodeIr(ir)
    const manifest = encodeZkManifest({ v: 1, ir: irHash(irBytes), weights: 1, wd, pcs: [[1, 6, 8]] })
    const files = { manifest, ir: irBytes, weights: encodeWeights(ir.weights, trap.weights) }
    const model = openModel(files, zkModelId(manifest), kernels) as ZkModel
    expect(() => new ZkProver(kernels).prove(model, [Int16Array.of(x)], { ctx })).toThrow(
      expect.objectContaining({ code: 'ZK_BAD_WEIGHTS', message: expect.stringContaining('outside ±2^47') }),
    )
  })

  test('are those outside of −2^47 to 2^47 − 1', () => {
    const committed = (bias: bigint) => () =>
      registerModel(kernels, ir, [trap.weights[0]!, BigInt64Array.of(bias)], { commitWeights: true })
    for (const good of [2n ** 47n - 1n, -(2n ** 47n)]) expect(committed(good)).not.toThrow()
    for (const bad of [2n ** 47n, -(2n ** 47n) - 1n]) expect(committed(bad)).toThrow(expect.objectContaining({ code: 'ZK_BAD_WEIGHTS' }))
  })
})

describe('the registration proof of committed weights', () => {
  const { files, id, model, weights } = mlp({ commitWeights: true, batches: [1, 4] })
  const published = { manifest: files.manifest, ir: files.ir }
  const prover = new ZkProver(kernels)
  const verifier = new ZkVerifier(kernels)

  test('shows their ranges, for this model only', () => {
    const proof = prover.proveRegistration(model)
    expect(verifier.verifyRegistration(published, id, proof)).toEqual({ ok: true })
    const other = mlp({ commitWeights: true, batches: [1, 4] }, 11)
    expect(verifier.verifyRegistration(other.files, other.id, proof).ok).toBe(false)
    const answer = prover.prove(model, input(), { ctx })
    expect(verifier.verifyRegistration(published, id, answer.proof).ok).toBe(false)
    expect(verifier.verify(published, { ...answer.statement, x: new Uint8Array(), y: new Uint8Array() }, proof).ok).toBe(false)
    expect(verifier.verify(published, answer.statement, answer.proof)).toEqual({ ok: true })
  })

  test('does not exist for a weight out of range', () => {
    const wide = weights.map((values) => values.slice())
    wide[1]![0] = (2n ** 47n) as never
    const owner = new ZkModel(model.id, model.manifest, model.ir, wide)
    expect(() => prover.proveRegistration(owner)).toThrow(expect.objectContaining({ code: 'ZK_BAD_WEIGHTS' }))
  })

  test('is refused for public weights', () => {
    const open = mlp()
    expect(verifier.verifyRegistration(open.files, open.id, head())).toEqual({ ok: false, code: 'WRONG_MODE' })
  })
})

test('two provers share one memory, whose committed weights are those of the last model', () => {
  const models = [mlp({ commitWeights: true }), mlp({ commitWeights: true }, 9)]
  const provers = [new ZkProver(kernels), new ZkProver(kernels)]
  const verifier = new ZkVerifier(kernels)
  for (const i of [0, 1, 0, 0, 1]) {
    const { files, model } = models[i]!
    const { statement, proof } = provers[i]!.prove(model, input(), { ctx })
    expect(verifier.verify(files, statement, proof)).toEqual({ ok: true })
  }
})

test('a manifest with sizes that the program cannot have is refused', () => {
  const { files, model } = mlp()
  const manifest = encodeZkManifest({ ...model.manifest, pcs: [[1, 5, 7]] })
  const id = zkModelId(manifest)
  const verdict = new ZkVerifier(kernels).verify(
    { ...files, manifest },
    { zkModelId: id, x: new Uint8Array(12), y: new Uint8Array(24), ctx },
    head(),
  )
  expect(verdict).toEqual({ ok: false, code: 'BAD_PARAMS' })
})

test('bytes that are no files of a model are refused, not thrown at', () => {
  const verifier = new ZkVerifier(kernels)
  const files = { manifest: new Uint8Array([0xa0]), ir: new Uint8Array(), weights: new Uint8Array() }
  const statement = { zkModelId: zkModelId(files.manifest), x: new Uint8Array(), y: new Uint8Array(), ctx }
  expect(verifier.verify(files, statement, head())).toEqual({ ok: false, code: 'WRONG_MODEL' })
  expect(verifier.verify(files, statement, new Uint8Array())).toEqual({ ok: false, code: 'BAD_ENCODING' })
  const long = new Uint8Array(2 ** 22 + 1)
  for (const wrong of [
    { ...files, manifest: long },
    { ...files, ir: long },
  ])
    expect(verifier.verify(wrong, { ...statement, zkModelId: zkModelId(wrong.manifest) }, head())).toEqual({
      ok: false,
      code: 'WRONG_MODEL',
    })
})

/** The head of a proof without a body. */
function head(): Uint8Array {
  return Uint8Array.of(0x5a, 0x4b, 0x4d, 0x4c, 1, 1, 0, 0, 12, 0, 0, 0)
}
