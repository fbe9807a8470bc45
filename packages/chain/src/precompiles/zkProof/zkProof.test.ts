import type { ExecResult } from '@ethereumjs/evm'
import { bytesToUint, concatBytes, encodeZkProofInput, ZK_CODES, type ZkCode, type ZkProofInput } from '@opengradient/protocol'
import { encodeIr, encodeZkManifest, type IrNode, irHash, Kernels, type RejectCode, weightsDigest, zkModelId } from '@opengradient/zkml'
import { beforeAll, describe, expect, it } from 'vitest'
import { Meter } from '../meter.ts'
import { checkProof } from './check.ts'
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

describe('a machine without memory', () => {
  it('has no verdict: the call throws, so that the node stops instead of deciding alone', () => {
    const wide = mlp([16, 4096, 3])
    const input = wide.prove([new Int16Array(16)])
    const meter = () => new Meter(PLENTY)
    expect(() => checkProof(Kernels.loadSync(2 ** 21), input, meter())).toThrow(expect.objectContaining({ code: 'ZK_MEMORY' }))
    expect(checkProof(Kernels.loadSync(), input, meter())).toBe('OK')
  })
})

describe('a model made to keep verifiers busy', () => {
  /** Many pads of a long tensor: each reads the constants of all before it again, so that a few kilobytes ask for 10^8 entries. */
  const hostile = (count: number, length: number): ZkProofInput => {
    const nodes = Array.from({ length: count }, (_, i): IrNode => {
      return { op: 'Pad', in: [i], w: [], out: i + 1, a: { ax: 0, before: 0, after: 1, value: i + 1 } }
    })
    const tensors = Array.from({ length: count + 1 }, (_, id) => ({ id, axes: [length + id], dt: 'i16' as const, f: 0 }))
    const ir = encodeIr({ v: 1, name: '', inputs: [0], outputs: [count], nodes, tensors, weights: [], tables: [], limb: 8 })
    const wd = weightsDigest(new Uint8Array())
    const manifest = encodeZkManifest({ v: 1, ir: irHash(ir), weights: 0, wd, pcs: [[1, 10, 13]] })
    const nothing = new Uint8Array()
    const x = new Uint8Array(2 * length)
    const y = new Uint8Array(2 * (length + count))
    return { zkModelId: zkModelId(manifest), manifest, ir, weights: nothing, x, y, ctx: nothing, proof: good.proof }
  }

  it('stops where its gas ends, soon', async () => {
    const data = encodeZkProofInput(hostile(200, 20_000))
    for (const gas of [2_000_000n, 10_000_000n]) {
      const before = process.cpuUsage()
      const { exceptionError, executionGasUsed } = await run(data, gas)
      const { user, system } = process.cpuUsage(before)
      expect(exceptionError?.error).toBe('out of gas')
      expect(executionGasUsed).toBe(gas)
      // Gas of a second is 30 million; the machine may be busy with other tests.
      expect((user + system) / 1e6).toBeLessThan(Number(gas) / 30e6 + 0.2)
    }
  })

  it('is refused by its limits when there is gas enough', async () => {
    expect((await run(encodeZkProofInput(hostile(200, 20_000)), 10n ** 12n)).returnValue[63]).toBe(ZK_CODES.LIMIT)
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
