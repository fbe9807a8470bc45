import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { MODELS } from '../server/folderSource.testkit.ts'
import { bytesOf, codeOf } from './values.testkit.ts'
import { type ZkSample, zkSample } from './zk.testkit.ts'
import { type LoadedProver, zkProverEngine } from './zkProver.ts'

const sampleOf = (name: string): ZkSample => zkSample(readFileSync(join(MODELS, name, 'model.onnx')))
const [large, small] = [sampleOf('digits_lenet'), sampleOf('volatility_mlp_16_32_32_1')]
const engines = { one: zkProverEngine({ threads: 1 }), three: zkProverEngine({ threads: 3 }) }
afterAll(() => Promise.all(Object.values(engines).map((engine) => engine.close())))

const TIMEOUT = { timeoutMs: 120_000 }
const pixels = new Uint8Array(2 * 784).map((_, i) => (i % 2 === 0 ? (i * 7) % 251 : 0))
const ctx = Uint8Array.of(1)
const threadsOf = ({ pid }: LoadedProver): number => readdirSync(`/proc/${pid}/task`).length

describe.runIf(process.platform === 'linux')('a prover with threads', () => {
  test('gives the bytes that one thread gives, and has threads for a large model only', async () => {
    const [alone, threaded] = await Promise.all([engines.one.load(bytesOf(large.bytes)), engines.three.load(bytesOf(large.bytes))])
    const proof = await alone.prove(pixels, ctx, TIMEOUT)
    for (let i = 0; i < 3; i++) {
      const again = await threaded.prove(pixels, ctx, TIMEOUT)
      expect(Buffer.from(again.proof).equals(proof.proof)).toBe(true)
      expect(again.y).toEqual(proof.y)
    }
    expect(threadsOf(threaded)).toBe(threadsOf(alone) + 2)
    await alone.close()
    await threaded.close()
    const [few, same] = await Promise.all([engines.one.load(bytesOf(small.bytes)), engines.three.load(bytesOf(small.bytes))])
    expect(threadsOf(same)).toBe(threadsOf(few))
    await few.close()
    await same.close()
  })

  test('ends with all its threads, also in the middle of a proof', async () => {
    const prover = await engines.three.load(bytesOf(large.bytes))
    await prover.prove(pixels, ctx, TIMEOUT)
    const proving = codeOf(prover.prove(pixels, ctx, TIMEOUT))
    await engines.three.close()
    expect((await proving).code).toBe('ENGINE_CLOSED')
    expect(await prover.ended).toBeUndefined()
    expect(existsSync(`/proc/${prover.pid}/task`)).toBe(false)
  })
})
