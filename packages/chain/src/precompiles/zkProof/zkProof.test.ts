import type { ExecResult } from '@ethereumjs/evm'
import { bytesToUint, concatBytes, encodeZkProofInput, ZK_CODES, type ZkCode, type ZkProofInput } from '@opengradient/protocol'
import type { RejectCode } from '@opengradient/zkml'
import { beforeAll, describe, expect, it } from 'vitest'
import { changed, longer, mlp, type ProvableModel } from './model.testkit.ts'
import { zkProof } from './zkProof.ts'

const PLENTY = 60_000_000n
let dense: ProvableModel
let committed: ProvableModel
let good: ZkProofInput
let goodCommitted: ZkProofInput
beforeAll(() => {
  dense = mlp([6, 5, 3], { batches: [1, 4] })
  committed = mlp([6, 5, 3], { commitWeights: true })
  good = dense.prove([Int16Array.of(1, -2, 300, 4, -5, 6000)])
  goodCommitted = committed.prove([Int16Array.of(1, -2, 300, 4, -5, 6000)])
})

async function run(data: Uint8Array, gasLimit = PLENTY): Promise<ExecResult> {
  return zkProof({ data, gasLimit } as Parameters<typeof zkProof>[0])
}

async function codeOf(input: ZkProofInput): Promise<ZkCode> {
  const { exceptionError, returnValue } = await run(encodeZkProofInput(input))
  expect(exceptionError).toBeUndefined()
  expect(returnValue).toHaveLength(64)
  const [ok, number] = [bytesToUint(returnValue.subarray(0, 32)), Number(bytesToUint(returnValue.subarray(32)))]
  expect(ok).toBe(number === 0 ? 1n : 0n)
  return Object.entries(ZK_CODES).find(([, one]) => one === number)![0] as ZkCode
}

it('has a number for every verdict, and no two the same', () => {
  const numbers: Record<RejectCode | 'OK', number> = ZK_CODES
  expect(new Set(Object.values(numbers)).size).toBe(Object.keys(numbers).length)
})

describe('an input that is not the one encoding', () => {
  const refused = async (data: Uint8Array) => {
    const { exceptionError, executionGasUsed, returnValue } = await run(data)
    expect(exceptionError?.error).toBe('invalid input length')
    expect(executionGasUsed).toBe(PLENTY)
    expect(returnValue).toHaveLength(0)
  }

  it('fails and takes all gas: nothing, a part of it, more than it', async () => {
    const data = encodeZkProofInput(good)
    await refused(new Uint8Array())
    await refused(data.subarray(0, 255))
    await refused(data.subarray(0, -1))
    await refused(data.subarray(0, -32))
    await refused(concatBytes(data, Uint8Array.of(0)))
    await refused(concatBytes(data, new Uint8Array(32)))
  })

  it('fails with offsets or padding of another kind', async () => {
    const data = encodeZkProofInput(good)
    for (const at of [63, 32, 64 + 31]) await refused(data.map((byte, i) => (i === at ? byte + 32 : byte)))
    const padding = 256 + 32 + good.manifest.length
    expect(good.manifest.length % 32).not.toBe(0)
    await refused(data.map((byte, i) => (i === padding ? 1 : byte)))
  })
})

describe('an invalid proof is answered, not failed', () => {
  it('of another model, with files that are not the model’s', async () => {
    expect(await codeOf(changed(good, 'zkModelId', 0))).toBe('WRONG_MODEL')
    expect(await codeOf({ ...good, zkModelId: committed.id })).toBe('WRONG_MODEL')
    expect(await codeOf(changed(good, 'manifest', 5))).toBe('WRONG_MODEL')
    expect(await codeOf(changed(good, 'ir', 9))).toBe('WRONG_MODEL')
    expect(await codeOf(changed(good, 'weights', 20))).toBe('WRONG_MODEL')
    expect(await codeOf({ ...good, weights: new Uint8Array() })).toBe('WRONG_MODEL')
    expect(await codeOf({ ...good, ...dense.files, manifest: committed.files.manifest })).toBe('WRONG_MODEL')
    expect(await codeOf({ ...goodCommitted, weights: dense.files.weights })).toBe('WRONG_MODEL')
    for (const part of ['manifest', 'ir', 'weights'] as const) expect(await codeOf(longer(good, part))).toBe('WRONG_MODEL')
  })

  it('of another statement', async () => {
    for (const part of ['x', 'y', 'ctx'] as const) expect(await codeOf(changed(good, part, 1)), part).not.toBe('OK')
    expect(await codeOf({ ...good, x: good.x.subarray(0, -1) })).toBe('STATEMENT_MISMATCH')
    expect(await codeOf({ ...good, x: good.x.subarray(0, -2) })).toBe('STATEMENT_MISMATCH')
    expect(await codeOf({ ...good, x: new Uint8Array() })).toBe('STATEMENT_MISMATCH')
    expect(await codeOf(longer(good, 'y'))).toBe('STATEMENT_MISMATCH')
    expect(await codeOf(longer(good, 'ctx', 300))).toBe('STATEMENT_MISMATCH')
    expect(await codeOf(longer(good, 'x', 12))).toBe('BAD_PARAMS')
  })

  it('with a proof of another form', async () => {
    expect(await codeOf({ ...good, proof: new Uint8Array() })).toBe('BAD_ENCODING')
    expect(await codeOf({ ...good, proof: good.proof.subarray(0, -1) })).toBe('BAD_ENCODING')
    expect(await codeOf(longer(good, 'proof'))).toBe('BAD_ENCODING')
    expect(await codeOf(changed(good, 'proof', 0))).toBe('BAD_ENCODING')
    expect(await codeOf(changed(good, 'proof', 4))).toBe('WRONG_VERSION')
    expect(await codeOf(changed(good, 'proof', 6))).toBe('WRONG_MODE')
    expect(await codeOf(changed(good, 'proof', 7))).toBe('WRONG_MODE')
  })

  it('whichever byte of it is changed', async () => {
    const step = Math.ceil(good.proof.length / 60)
    for (let at = 3; at < good.proof.length; at += step) expect(await codeOf(changed(good, 'proof', at)), `byte ${at}`).not.toBe('OK')
  })
})

describe('a valid proof', () => {
  it('is answered with 1 and code 0, with public weights and with committed ones', async () => {
    expect(await codeOf(good)).toBe('OK')
    expect(await codeOf(goodCommitted)).toBe('OK')
  })

  it('may be of a batch, which follows from the length of x', async () => {
    const input = Int16Array.from({ length: 24 }, (_, i) => 500 * i - 6000)
    expect(await codeOf(dense.prove([input], new Uint8Array(96), 4))).toBe('OK')
  })

  it('costs the same each time, and nothing more than is used', async () => {
    const data = encodeZkProofInput(good)
    const first = await run(data)
    expect(first.executionGasUsed).toBeLessThan(PLENTY / 10n)
    expect((await run(data)).executionGasUsed).toBe(first.executionGasUsed)
    expect((await run(data, first.executionGasUsed)).exceptionError).toBeUndefined()
  })

  it('fails with less gas, wherever that runs out, and takes it', async () => {
    const data = encodeZkProofInput(good)
    const { executionGasUsed } = await run(data)
    for (const gas of [0n, 1n, 149_999n, 150_000n, executionGasUsed / 4n, executionGasUsed / 2n, executionGasUsed - 1n]) {
      const short = await run(data, gas)
      expect(short.exceptionError?.error).toBe('out of gas')
      expect(short.executionGasUsed).toBe(gas)
      expect(short.returnValue).toHaveLength(0)
    }
  })
})
