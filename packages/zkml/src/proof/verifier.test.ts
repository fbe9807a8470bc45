import { describe, expect, it } from 'vitest'
import { encodeIr, irHash } from '../ir/ir.ts'
import { encodeZkManifest, type PcsEntry, zkModelId } from '../ir/manifest.ts'
import type { Ir } from '../ir/types.ts'
import { Kernels } from '../kernels/kernels.ts'
import { ModelBuilder } from '../program/model.testkit.ts'
import { openModel, type ZkFiles, ZkModel } from './model.ts'
import { ZkProver } from './prover.ts'
import { registerModel } from './register.ts'
import { kernels } from './session.testkit.ts'
import { ZkVerifier } from './verifier.ts'

/** A published model, opened, with a proof of one answer. */
function published(commitWeights: boolean) {
  const builder = new ModelBuilder(8, 3)
  const ir = builder.build([builder.gemm(builder.input([4]), 2, { raw: 1 })])
  const { files, zkModelId: id } = registerModel(kernels, ir, builder.weights, { commitWeights })
  const model = openModel(files, id)
  if (!(model instanceof ZkModel)) throw new Error(model.code)
  const prover = new ZkProver(kernels)
  return { ir, files, id, model, ...prover.prove(model, [Int16Array.of(1, -2, 3, 4)], { ctx: Uint8Array.of(1) }) }
}

const open = published(false)
const committed = published(true)
const registration = new ZkProver(kernels).proveRegistration(committed.model)

/** Files with committed weights that nobody has: whoever wants a registration has only these. */
function claimed(ir: Ir, sizes: PcsEntry): { files: ZkFiles; id: Uint8Array } {
  const bytes = encodeIr(ir)
  const manifest = encodeZkManifest({ v: 1, ir: irHash(bytes), weights: 1, wd: new Uint8Array(32), pcs: [sizes] })
  return { files: { manifest, ir: bytes }, id: zkModelId(manifest) }
}

describe('a registration proof is refused', () => {
  const judged = (files: ZkFiles, id: Uint8Array, machine = kernels) => new ZkVerifier(machine).verifyRegistration(files, id, registration)

  it('for files that are not those of the name', () => {
    expect(judged(committed.files, committed.id)).toEqual({ ok: true })
    expect(judged(committed.files, open.id)).toEqual({ ok: false, code: 'WRONG_MODEL' })
  })

  it('for public weights', () => {
    expect(judged(open.files, open.id)).toEqual({ ok: false, code: 'WRONG_MODE' })
  })

  it('for sizes that break a rule', () => {
    const { files, id } = claimed(committed.ir, [1, 5, 7])
    expect(judged(files, id)).toEqual({ ok: false, code: 'BAD_PARAMS' })
  })

  it('for a model whose limbs are more than a matrix may have', () => {
    const builder = new ModelBuilder(8, 3)
    const x = builder.input([2 ** 20])
    builder.metas.push({ id: 0, axes: [64, 2 ** 20], dt: 'i16', f: 0 })
    const ir = builder.build([builder.node('Gemm', [x], [0], [64], { d: Array(64).fill(0), raw: 1 })])
    const { files, id } = claimed(ir, [1, 14, 16])
    expect(judged(files, id)).toEqual({ ok: false, code: 'LIMIT' })
  })

  it('by a machine that has not the memory, which is no verdict on it', () => {
    const full = Kernels.loadSync(2 ** 21)
    full.alloc(2 ** 21 - full.mark() - 1024)
    expect(judged(committed.files, committed.id, full)).toEqual({ ok: false, code: 'INTERNAL' })
  })
})

it('a proof for committed weights, of a model with public ones, is refused for that, whatever it is said to show', () => {
  const proof = open.proof.slice()
  proof[7] = 1
  const verdict = new ZkVerifier(kernels).verify(open.files, { ...open.statement, batch: 0 }, proof)
  expect(verdict).toMatchObject({ ok: false, code: 'WRONG_MODE' })
})

it('a context that is too long is refused before a batch that the manifest does not list', () => {
  const verdict = (ctx: Uint8Array) => new ZkVerifier(kernels).verify(open.files, { ...open.statement, batch: 2, ctx }, open.proof)
  expect(verdict(new Uint8Array(257))).toMatchObject({ ok: false, code: 'STATEMENT_MISMATCH' })
  expect(verdict(new Uint8Array(256))).toMatchObject({ ok: false, code: 'BAD_PARAMS' })
})

describe('a model that was opened before', () => {
  it('is taken for no other name, however like its own', () => {
    const verifier = new ZkVerifier(kernels)
    const verdict = (zkModelId: Uint8Array) => verifier.verify(open.files, { ...open.statement, zkModelId }, open.proof)
    expect(verdict(open.id)).toEqual({ ok: true })
    const others = [
      open.id.map((byte) => byte ^ 255),
      open.id.map((byte, i) => (i === 0 ? byte ^ 1 : byte)),
      open.id.map((byte, i) => (i === 31 ? byte ^ 1 : byte)),
      Uint8Array.of(...open.id, 0),
      open.id.subarray(0, 31),
      new Uint8Array(),
    ]
    for (const other of others) expect(verdict(other)).toEqual({ ok: false, code: 'WRONG_MODEL' })
    expect(verdict(open.id)).toEqual({ ok: true })
  })

  it('is read once, as long as its files are the same object', () => {
    const verifier = new ZkVerifier(kernels)
    const files = { ...open.files, manifest: open.files.manifest.slice() }
    expect(verifier.verify(files, open.statement, open.proof)).toEqual({ ok: true })
    files.manifest.fill(0)
    expect(verifier.verify(files, open.statement, open.proof)).toEqual({ ok: true })
    expect(verifier.verify({ ...files }, open.statement, open.proof)).toEqual({ ok: false, code: 'WRONG_MODEL' })
  })
})
