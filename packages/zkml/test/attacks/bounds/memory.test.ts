import { describe, expect, it } from 'vitest'
import { encodeIr, irHash } from '../../../src/ir/ir.ts'
import { encodeZkManifest, zkModelId } from '../../../src/ir/manifest.ts'
import { encodeWeights, weightsDigest } from '../../../src/ir/weights.ts'
import { Kernels } from '../../../src/kernels/kernels.ts'
import { ModelBuilder, RELU } from '../../../src/program/model.testkit.ts'
import { openModel, ZkModel } from '../../../src/proof/model.ts'
import { ZkProver } from '../../../src/proof/prover.ts'
import { registerModel } from '../../../src/proof/register.ts'
import { verifyRegistration, verifyWith, ZkVerifier } from '../../../src/proof/verifier.ts'
import { MAX_VERIFIER_BYTES, verifierMemory } from '../../../src/proof/verifierMemory.ts'
import { families } from '../families.ts'

const ctx = new Uint8Array([1])
const random = (length: number) => Int16Array.from({ length }, (_, i) => ((i * 7919 + 13) % 401) - 200)

function opened(builder: ModelBuilder, outputs: readonly number[], commitWeights = false, batch = 1) {
  const ir = builder.build(outputs)
  const { files, zkModelId: id } = registerModel(Kernels.loadSync(), ir, builder.weights, { batches: [batch], commitWeights })
  const model = openModel(files, id)
  if (!(model instanceof ZkModel)) throw new Error(model.code)
  return { model, files }
}

/** Inputs of a model that its ranges allow. */
const inputsOf = ({ ir }: ZkModel, batch: number) =>
  ir.inputs.map((id) => {
    const { axes, dt } = ir.tensors[id]!
    const values = random(axes.reduce((product, n) => product * n, batch))
    return dt === 'i32' ? Int32Array.from(values) : values
  })

/** Kernels that note the most bytes that were taken at once. */
function watched(): { kernels: Kernels; peak: () => number } {
  const kernels = Kernels.loadSync()
  const start = kernels.mark()
  let peak = 0
  const alloc = kernels.alloc.bind(kernels)
  Object.assign(kernels, {
    alloc: (bytes: number) => {
      const at = alloc(bytes)
      peak = Math.max(peak, at + bytes - start)
      return at
    },
  })
  return { kernels, peak: () => peak }
}

describe('the memory of a verifier', () => {
  it.each(families.map((family) => [family.name, family] as const))('%s: is below the bound', (_, { build, options }) => {
    const builder = new ModelBuilder(8, 3)
    const batch = options?.batch ?? 1
    const { model } = opened(builder, build(builder), options?.mode === 'committed', batch)
    const { statement, proof } = new ZkProver(Kernels.loadSync()).prove(model, inputsOf(model, batch), { batch, ctx })
    const { kernels, peak } = watched()
    expect(verifyWith(kernels, model, statement, proof)).toEqual({ ok: true })
    const { plan, params } = model.program(batch)
    expect(peak()).toBeGreaterThan(0)
    expect(peak()).toBeLessThan(verifierMemory(plan, params!))
  })

  it('is below the bound with many weights, too, and with their registration', () => {
    for (const commitWeights of [false, true]) {
      const builder = new ModelBuilder(8, 3)
      const { model } = opened(builder, [builder.gemm(builder.gemm(builder.input([300]), 700, RELU), 3, { raw: 1 })], commitWeights)
      const prover = new ZkProver(Kernels.loadSync())
      const { statement, proof } = prover.prove(model, inputsOf(model, 1), { ctx })
      const { kernels, peak } = watched()
      expect(verifyWith(kernels, model, statement, proof)).toEqual({ ok: true })
      const { plan, params } = model.program(1)
      expect(peak()).toBeLessThan(verifierMemory(plan, params!))
      if (!commitWeights) continue
      const registration = prover.proveRegistration(model)
      expect(verifyRegistration(kernels, model, registration)).toEqual({ ok: true })
    }
  })

  it('that a program could take beyond its limit is refused before any is taken: LIMIT, on every machine', () => {
    const builder = new ModelBuilder(8, 3)
    const x = builder.input([1, 512, 512])
    const window = { group: 1, stride: [1, 1], pad: [0, 0, 0, 0], dil: [1, 1], d: [0], raw: 1 }
    const conv = () => builder.node('Conv', [x], [builder.noise([1, 1, 8, 8], 'i16', 10)], [1, 505, 505], window, 'i64')
    const model = builder.build([conv(), conv()])
    expect(() => registerModel(Kernels.loadSync(), model, builder.weights)).toThrow(
      /verifier's memory in bytes is [23]\d{9}, over the limit/,
    )
    const [ir, weights] = [encodeIr(model), encodeWeights(model.weights, builder.weights)]
    const manifest = encodeZkManifest({ v: 1, ir: irHash(ir), weights: 0, wd: weightsDigest(weights), pcs: [[1, 10, 13]] })
    const [files, id] = [{ manifest, ir, weights }, zkModelId(manifest)]
    const tiny = Kernels.loadSync(2 ** 21)
    const statement = { zkModelId: id, x: new Uint8Array(2 * 512 * 512), y: new Uint8Array(8 * 2 * 505 * 505), ctx }
    const head = Uint8Array.of(0x5a, 0x4b, 0x4d, 0x4c, 1, 1, 0, 0, 12, 0, 0, 0)
    expect(new ZkVerifier(tiny).verify(files, statement, head)).toEqual({ ok: false, code: 'LIMIT' })
    expect(MAX_VERIFIER_BYTES).toBeLessThan(2 ** 31)
  })
})

describe('a machine without the memory', () => {
  const builder = new ModelBuilder(8, 3)
  const { model, files } = opened(builder, [builder.gemm(builder.gemm(builder.input([64]), 4096, RELU), 3, { raw: 1 })], true)
  const prover = new ZkProver(Kernels.loadSync())
  const { statement, proof } = prover.prove(model, inputsOf(model, 1), { ctx })
  const shortage = expect.objectContaining({ code: 'ZK_MEMORY' })
  const tiny = () => Kernels.loadSync(2 ** 21)

  it('has no verdict: what others rely on throws', () => {
    expect(() => verifyWith(tiny(), model, statement, proof)).toThrow(shortage)
    expect(() => verifyRegistration(tiny(), model, prover.proveRegistration(model))).toThrow(shortage)
    expect(verifyWith(Kernels.loadSync(), model, statement, proof)).toEqual({ ok: true })
  })

  it('refuses for its own caller, who asked for an answer and not for a fault', () => {
    const { weights: _, ...published } = files
    expect(new ZkVerifier(tiny()).verify(published, statement, proof)).toEqual({ ok: false, code: 'INTERNAL' })
  })
})
