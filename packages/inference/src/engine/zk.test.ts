import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { equalBytes, hexToBytes, sha256Hex } from '@opengradient/protocol'
import { decodeIr, encodeZkir, Kernels, ZkVerifier } from '@opengradient/zkml'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MODELS } from '../server/folderSource.testkit.ts'
import { Canceller } from './cancellation.ts'
import type { LoadedModel } from './engine.ts'
import { numbersOf } from './tensor.ts'
import { bytesOf, codeOf, fp32 } from './values.testkit.ts'
import { type ZkSample, zkSample } from './zk.testkit.ts'
import { readZkir, zkEngine } from './zk.ts'
import { zkProverEngine } from './zkProver.ts'

const volatility = (options = {}): ZkSample => zkSample(readFileSync(join(MODELS, 'volatility_mlp_16_32_32_1', 'model.onnx')), options)
const sample = volatility()
const committed = volatility({ commitWeights: true })
const engine = zkEngine()
const provers = zkProverEngine()
const row = Float32Array.from({ length: 16 }, (_, i) => i / 16)
afterAll(() => Promise.all([engine.close(), provers.close()]))

/** The file with one byte of a part changed. */
function damaged(part: 'ir' | 'weights' | 'manifest', at: number): Uint8Array {
  const { manifest, ir, weights, io } = readZkir(sample.bytes)
  const parts = { manifest: manifest.slice(), ir: ir.slice(), weights: weights!.slice() }
  parts[part][at]! ^= 1
  return encodeZkir({ ...parts, io })
}

describe('the zk engine', () => {
  test.each<[string, () => Uint8Array, string]>([
    ['text', () => Buffer.from('hello world'), 'MODEL_INVALID'],
    ['a file cut in the middle', () => sample.bytes.subarray(0, 1000), 'MODEL_INVALID'],
    ['a file with something behind it', () => Buffer.concat([sample.bytes, Uint8Array.of(0)]), 'MODEL_INVALID'],
    ['weights that are not those of the manifest', () => damaged('weights', 400), 'ENGINE_LOAD_FAILED'],
    ['committed weights that are missing', () => committed.published, 'ENGINE_LOAD_FAILED'],
  ])('refuses %s', async (_, bytes, code) => {
    expect((await codeOf(engine.load(bytesOf(bytes())))).code).toBe(code)
    expect((await codeOf(provers.load(bytesOf(bytes())))).code).toBe(code)
  })

  test('refuses bytes that do not have the hash they were asked by', async () => {
    expect((await codeOf(engine.load({ bytes: sample.bytes, sha256: sha256Hex(committed.bytes) }))).code).toBe('STORE_HASH_MISMATCH')
  })

  test('refuses a file whose outputs take the names of the answer’s own tensors', () => {
    const { manifest, ir, weights, io } = readZkir(sample.bytes)
    const named = encodeZkir({
      manifest,
      ir,
      weights: weights!,
      io: { ...io, outputs: io.outputs.map((output) => ({ ...output, name: 'zk:0' })) },
    })
    expect(() => readZkir(named)).toThrow(expect.objectContaining({ code: 'MODEL_INVALID' }))
  })

  test('says who it is, with the digest of the kernels', async () => {
    const identity = await engine.identity()
    expect(identity).toMatchObject({ name: 'zk', device: 'cpu', version: expect.stringMatching(/^\d+\.\d+\.\d+/) })
    expect(identity.digest).toMatch(/^0x[0-9a-f]{64}$/)
  })

  describe('a loaded model', () => {
    let loaded: LoadedModel
    beforeAll(async () => {
      loaded = await engine.load(bytesOf(sample.bytes))
    })
    afterAll(() => loaded.unload())

    test('declares one sample of the file, and the integers that are proved', () => {
      expect(loaded.signature).toEqual({
        inputs: [{ name: 'input', datatype: 'FP32', shape: [1, 16] }],
        outputs: [
          { name: 'output', datatype: 'FP32', shape: [1, 1] },
          { name: 'zk:0', datatype: 'INT64', shape: [1] },
        ],
      })
    })

    test('answers numbers that are the integers times a power of two', async () => {
      const { outputs } = await loaded.run([fp32('input', [1, 16], row)])
      const integer = new DataView(outputs[1]!.data.buffer, outputs[1]!.data.byteOffset).getBigInt64(0, true)
      const number = numbersOf(outputs[0]!)![0]!
      const { tensors, outputs: ids } = decodeIr(readZkir(sample.bytes).ir)
      expect(number).toBe(Math.fround(Number(integer) * 2 ** -tensors[ids[0]!]!.f))
      expect(number).toBeGreaterThan(0)
    })

    test.each<[string, Float32Array, string]>([
      ['out of range', row.map(() => 1e9), 'ENGINE_FAILED'],
      ['not a number', row.map(() => Number.NaN), 'ENGINE_FAILED'],
    ])('refuses an input that is %s, and goes on', async (_, values, code) => {
      expect((await codeOf(loaded.run([fp32('input', [1, 16], values)]))).code).toBe(code)
      expect((await loaded.run([fp32('input', [1, 16], row)])).outputs).toHaveLength(2)
    })

    test('refuses two samples at once', async () => {
      expect((await codeOf(loaded.run([fp32('input', [2, 16], new Float32Array(32))]))).code).toBe('INPUT_SHAPE')
    })
  })
})

describe('the prover', () => {
  const x = new Uint8Array(new Int16Array(16).fill(5).buffer)
  const ctx = new Uint8Array(96).fill(3)

  test.each([
    ['public weights', sample],
    ['committed weights', committed],
  ])('proves with %s what a verifier accepts, which has the published file only', async (_, { bytes, published, zkModelId }) => {
    const prover = await provers.load(bytesOf(bytes))
    const { y, proof } = await prover.prove(x, ctx, { timeoutMs: 60_000 })
    const model = readZkir(published)
    const verifier = new ZkVerifier(Kernels.loadSync())
    const statement = { zkModelId: hexToBytes(zkModelId), x, y, ctx }
    expect(verifier.verify(model, statement, proof)).toMatchObject({ ok: true })
    expect(verifier.verify(model, { ...statement, ctx: new Uint8Array(96) }, proof)).toMatchObject({ ok: false })
    expect(equalBytes((await prover.prove(x, ctx, { timeoutMs: 60_000 })).y, y)).toBe(true)
    await prover.close()
    expect(await prover.ended).toBeUndefined()
  })

  test('refuses inputs of another length, and goes on', async () => {
    const prover = await provers.load(bytesOf(sample.bytes))
    expect((await codeOf(prover.prove(x.subarray(2), ctx, { timeoutMs: 60_000 }))).code).toBe('ENGINE_FAILED')
    expect((await prover.prove(x, ctx, { timeoutMs: 60_000 })).proof.length).toBeGreaterThan(1000)
    await prover.close()
  })

  test.each<[string, (pid: number, canceller: Canceller) => void, number, string]>([
    ['killed', (pid) => process.kill(pid, 'SIGKILL'), 60_000, 'ENGINE_CRASHED'],
    ['cancelled', (_, canceller) => canceller.cancel(), 60_000, 'ENGINE_CANCELLED'],
    ['over its time', () => {}, 1, 'ENGINE_DEADLINE'],
  ])('that is %s ends with its process', async (_, end, timeoutMs, code) => {
    const prover = await provers.load(bytesOf(sample.bytes))
    const cancellation = new Canceller()
    const proving = codeOf(prover.prove(x, ctx, { timeoutMs, cancellation }))
    end(prover.pid, cancellation)
    expect((await proving).code).toBe(code)
    await prover.ended
    expect(prover.alive).toBe(false)
  })
})
