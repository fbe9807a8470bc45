import { hexToBytes, OgError } from '@opengradient/protocol'
import { expect, test } from 'vitest'
import { boundsOf } from '../ir/bounds.ts'
import { encodeIr, irHash } from '../ir/ir.ts'
import { encodeZkManifest, zkModelId } from '../ir/manifest.ts'
import { ModelBuilder } from '../program/model.testkit.ts'
import { coded, openModel, ZkModel } from './model.ts'
import { registerModel } from './register.ts'
import { registrationOf } from './registration.ts'
import { kernels } from './session.testkit.ts'

/** A model for batches of 1 to 9, and how often a program of it is made. */
function opened() {
  const builder = new ModelBuilder(8, 3)
  const ir = builder.build([builder.gemm(builder.input([4]), 2, { raw: 1 })])
  const batches = Array.from({ length: 9 }, (_, i) => i + 1)
  const { files, zkModelId: id } = registerModel(kernels, ir, builder.weights, { batches })
  const model = openModel(files, id)
  if (!(model instanceof ZkModel)) throw new Error(model.code)
  const isMade = (batch: number) => {
    let told = false
    model.program(batch, () => {
      told = true
    })
    return told
  }
  return { isMade }
}

test('a model keeps eight programs, those that were asked for last: who asks for one batch after another fills no memory', () => {
  const { isMade } = opened()
  for (const batch of [1, 2, 3, 4, 5, 6, 7, 8]) expect(isMade(batch)).toBe(true)
  for (const batch of [8, 3, 1]) expect(isMade(batch)).toBe(false)
  expect(isMade(9)).toBe(true)
  expect([1, 3, 4, 5, 6, 7, 8, 9].map(isMade)).toEqual(Array(8).fill(false))
  expect(isMade(2)).toBe(true)
  expect(isMade(1)).toBe(true)
  expect(isMade(9)).toBe(false)
})

test("the owner's committed weights are read when they are asked for, and once", () => {
  const builder = new ModelBuilder(8, 3)
  const ir = builder.build([builder.gemm(builder.input([4]), 2, { raw: 1 })])
  const { files, zkModelId: id } = registerModel(kernels, ir, builder.weights, { commitWeights: true })
  const owner = openModel(files, id) as ZkModel
  expect(owner.weights).toEqual(builder.weights)
  expect(owner.weights).toBe(owner.weights)
  const verifier = openModel({ manifest: files.manifest, ir: files.ir }, id) as ZkModel
  expect(verifier.weights).toBeUndefined()
  for (const model of [owner, verifier]) expect(model.bounds).toEqual(boundsOf(ir, 'committed'))
  expect(boundsOf(ir, builder.weights)).not.toEqual(owner.bounds)
  const known = registerModel(kernels, ir, builder.weights)
  expect((openModel(known.files, known.zkModelId) as ZkModel).bounds).toEqual(boundsOf(ir, builder.weights))
})

test('an integer model may have 4 MiB, and a longer one is not read', () => {
  const code = (length: number) => {
    const ir = new Uint8Array(length)
    const manifest = encodeZkManifest({ v: 1, ir: irHash(ir), weights: 0, wd: new Uint8Array(32), pcs: [[1, 6, 8]] })
    return openModel({ manifest, ir }, zkModelId(manifest))
  }
  expect(code(2 ** 22)).toMatchObject({ code: 'BAD_IR' })
  expect(code(2 ** 22 + 1)).toEqual({ code: 'WRONG_MODEL' })
})

test('weights may have 256 MiB, and a longer blob is not read, though its digest be that of the manifest', () => {
  const builder = new ModelBuilder(8, 3)
  const ir = encodeIr(builder.build([builder.gemm(builder.input([4]), 2, { raw: 1 })]))
  // Of 2^28 + 1 bytes that are 0; where nobody reads them, they take no memory.
  const wd = hexToBytes('0x2e3a8816f9ee04a23debb9112892bec0e839e24090b2cfead7580ba67b2f807c')
  const manifest = encodeZkManifest({ v: 1, ir: irHash(ir), weights: 0, wd, pcs: [[1, 6, 8]] })
  expect(openModel({ manifest, ir, weights: new Uint8Array(2 ** 28 + 1) }, zkModelId(manifest))).toEqual({ code: 'WRONG_MODEL' })
})

test('a model with public weights has no registration proof', () => {
  const builder = new ModelBuilder(8, 3)
  const ir = builder.build([builder.gemm(builder.input([4]), 2, { raw: 1 })])
  const { files, zkModelId: id } = registerModel(kernels, ir, builder.weights)
  const model = openModel(files, id) as ZkModel
  expect(() => registrationOf(model)).toThrow(expect.objectContaining({ code: 'ZK_BAD_MANIFEST' }))
})

test('what lies beside committed weights is read by nobody but their owner', () => {
  const builder = new ModelBuilder(8, 3)
  const ir = builder.build([builder.gemm(builder.input([4]), 2, { raw: 1 })])
  const { files, zkModelId: id } = registerModel(kernels, ir, builder.weights, { commitWeights: true })
  const model = openModel({ ...files, weights: new Uint8Array(3) }, id) as ZkModel
  expect(() => model.program(1)).not.toThrow()
  expect(() => model.weights).toThrow(expect.objectContaining({ code: 'ZK_BAD_WEIGHTS' }))
})

test('weights are hashed by kernels without keeping any of their memory', () => {
  const builder = new ModelBuilder(8, 3)
  const ir = builder.build([builder.gemm(builder.input([4]), 2, { raw: 1 })])
  const { files, zkModelId: id } = registerModel(kernels, ir, builder.weights)
  const before = kernels.mark()
  expect(openModel(files, id, kernels)).toBeInstanceOf(ZkModel)
  expect(openModel({ ...files, weights: new Uint8Array(40) }, id, kernels)).toEqual({ code: 'WRONG_MODEL' })
  expect(kernels.mark()).toBe(before)
})

test('what refuses a file is a code; a machine without memory and a fault of this software are none', () => {
  const thrown = (error: Error) => () =>
    coded(() => {
      throw error
    })
  const refusal = new OgError('ZK_LIMIT', 'no')
  expect(thrown(refusal)()).toEqual({ code: 'LIMIT', error: refusal })
  for (const error of [new OgError('ZK_MEMORY', 'no'), new TypeError('no')]) expect(thrown(error)).toThrow(error)
})
