import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PRECOMPILES } from '@opengradient/contracts/addresses'
import { bytesToHex, encodeZkProofInput, type Hex, ZK_CODES } from '@opengradient/protocol'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createChain } from '../src/create.ts'
import { changed, mlp } from '../src/precompiles/zkProof/model.testkit.ts'
import { include, signer, stoppedClock, testChain, testGenesis, validator } from './chain.testkit.ts'
import { startTestNode, type TestNode } from './rpc/node.testkit.ts'

// The precompile as everybody sees it: in blocks, on the executor's thread as in ours, in calls, estimates, traces and simulations.
const to = PRECOMPILES.zkProof
const good = mlp([6, 5, 3]).prove([Int16Array.of(1, -2, 300, 4, -5, 6000)])
const [valid, invalid] = [good, changed(good, 'y', 0)].map((input) => bytesToHex(encodeZkProofInput(input))) as [Hex, Hex]
const malformed = `${valid}00` as Hex
const word = (value: number) => value.toString(16).padStart(64, '0')
const YES = `0x${word(1)}${word(0)}`

let folder: string
let node: TestNode
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'og-zk-proof-'))
  node = await startTestNode({ onlyMine: true })
})
afterAll(async () => {
  await node.close()
  await rm(folder, { recursive: true, force: true })
})

async function ask(method: string, ...params: unknown[]): Promise<{ result?: unknown; error?: { message: string } }> {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
  const response = await fetch(node.url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  return response.json() as Promise<{ result?: unknown }>
}

describe('in a block', () => {
  const gas = 2_000_000n

  it('answers alike on a thread of its own and on ours', async () => {
    const genesis = await testGenesis()
    const threaded = await createChain({ dataDir: join(folder, 'chain'), genesis, validatorKey: validator.privateKey, clock: stoppedClock })
    const here = await testChain({ genesis })
    const raws = await Promise.all(
      [valid, invalid, malformed].map((data, nonce) => signer(0).sign({ nonce, to, data, gas, maxFeePerGas: 10n ** 11n })),
    )
    const receipts = await include(threaded, ...raws)
    expect(await include(here, ...raws)).toEqual(receipts)
    expect(threaded.head().hash).toBe(here.head().hash)
    expect(receipts.map(({ status }) => status)).toEqual([1, 1, 0])
    const [first, , third] = receipts.map(({ gasUsed }) => gasUsed)
    expect(first).toBeLessThan(gas)
    expect(third).toBe(gas)
    await threaded.close()
    await here.close()
  })
})

describe('in a call', () => {
  it('answers two words', async () => {
    expect((await ask('eth_call', { to, data: valid }, 'latest')).result).toBe(YES)
    const answer = (await ask('eth_call', { to, data: invalid }, 'latest')).result as Hex
    expect(answer.slice(2, 66)).toBe(word(0))
    expect(Object.values(ZK_CODES)).toContain(Number(`0x${answer.slice(66)}`))
    expect((await ask('eth_call', { to, data: malformed }, 'latest')).error?.message).toMatch(/invalid input length/)
  })

  it('is estimated, and traced', async () => {
    const estimate = BigInt((await ask('eth_estimateGas', { to, data: valid })).result as Hex)
    expect((await ask('eth_call', { to, data: valid, gas: `0x${estimate.toString(16)}` }, 'latest')).result).toBe(YES)
    expect(estimate).toBeLessThan(1_500_000n)
    const trace = (await ask('debug_traceCall', { to, data: valid }, 'latest', { tracer: 'callTracer' })).result as Record<string, Hex>
    expect(trace.output).toBe(YES)
    const refused = (await ask('debug_traceCall', { to, data: malformed }, 'latest', { tracer: 'callTracer' })).result
    expect(refused).toMatchObject({ error: expect.stringMatching(/invalid input length/) })
  })

  it('moves to another address in a simulation, and is gone from its own', async () => {
    const elsewhere = '0x00000000000000000000000000000000000000aa'
    const blockStateCalls = [
      {
        stateOverrides: { [to]: { movePrecompileToAddress: elsewhere } },
        calls: [
          { to: elsewhere, data: valid },
          { to, data: valid },
        ],
      },
    ]
    const [block] = (await ask('eth_simulateV1', { blockStateCalls }, 'latest')).result as { calls: { returnData: Hex }[] }[]
    expect(block!.calls.map(({ returnData }) => returnData)).toEqual([YES, '0x'])
  })
})
