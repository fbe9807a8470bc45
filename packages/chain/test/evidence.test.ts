import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { policyBytes } from '@opengradient/attestation'
import { developmentAttester, developmentCertificates } from '@opengradient/attestation-dev'
import { ADDRESSES, attestationsAbi, nodesAbi, PRECOMPILES } from '@opengradient/contracts'
import {
  type Address,
  bytesToHex,
  encodeEvidenceCall,
  encodeEvidenceInput,
  encodeKeyset,
  type Hex,
  hexToBytes,
  reportDataOf,
} from '@opengradient/protocol'
import { decodeFunctionResult, encodeFunctionData } from 'viem'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Chain } from '../src/chain.ts'
import { createChain } from '../src/create.ts'
import type { Genesis } from '../src/genesis/genesis.ts'
import { makeGenesis } from '../src/genesis/make.ts'
import { envelope, KEYSET, NONCE, POLICY, SEED } from '../src/precompiles/evidence/evidence.testkit.ts'
import { CHAIN_ID, include, OPG, signer, stoppedClock, testChain, testGenesis, validator } from './chain.testkit.ts'
import { startTestNode, type TestNode } from './rpc/node.testkit.ts'

// The precompile and `Attestations` as everybody sees them: in blocks, on the executor's thread as in ours, in calls, estimates and traces.
const to = PRECOMPILES.evidence
const word = (value: number) => value.toString(16).padStart(64, '0')
const question = bytesToHex(encodeEvidenceCall({ call: 'policy', policy: policyBytes(POLICY) }))
const node = signer(0)

let folder: string
let rpc: TestNode
let genesis: Genesis
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'og-evidence-'))
  rpc = await startTestNode({ onlyMine: true })
  const attestation = {
    policy: new TextDecoder().decode(policyBytes(POLICY)),
    developmentRoots: developmentCertificates(SEED).map(bytesToHex),
  }
  const { hash: _, ...parameters } = await testGenesis()
  genesis = await makeGenesis({ ...parameters, attestation })
})
afterAll(async () => {
  await rpc.close()
  await rm(folder, { recursive: true, force: true })
})

/** The transaction that registers a keyset, whose nonce is the hash of the newest block. */
async function registration(chain: Chain, signs: Address): Promise<Hex> {
  const { height, hash, block } = chain.head()
  const at = block.header.timestamp
  const keyset = encodeKeyset({ ...KEYSET, chainId: CHAIN_ID, node: node.address, notBefore: at, notAfter: at + 600n, sign: signs })
  const nonce = hexToBytes(hash)
  const attester = developmentAttester({ platform: 'tdx', seed: SEED, now: () => Number(at) })
  const made = await attester.attest(reportDataOf(keyset, nonce))
  const evidence = bytesToHex(encodeEvidenceInput({ platform: 'tdx', ...made, gpus: [], keyset, nonce }))
  return encodeFunctionData({ abi: attestationsAbi, functionName: 'register', args: [evidence, height, []] })
}

describe('in a block', () => {
  it('a keyset is registered alike on a thread of its own and on ours', async () => {
    const threaded = await createChain({ dataDir: join(folder, 'chain'), genesis, validatorKey: validator.privateKey, clock: stoppedClock })
    const here = await testChain({ genesis })
    const joining = encodeFunctionData({ abi: nodesAbi, functionName: 'register', args: ['https://node.example', signer(9).address, 1] })
    const fees = { gas: 8_000_000n, maxFeePerGas: 10n ** 11n }
    const joined = await node.sign({ nonce: 0, to: ADDRESSES.nodes, data: joining, value: 10_000n * OPG, ...fees })
    for (const chain of [threaded, here]) expect((await include(chain, joined)).map(({ status }) => status)).toEqual([1])

    const data = await registration(here, signer(3).address)
    const other = await registration(here, signer(4).address)
    const raws = [
      await node.sign({ nonce: 1, to: ADDRESSES.attestations, data, ...fees }),
      // The same again, with too little gas, and by somebody else.
      await node.sign({ nonce: 2, to: ADDRESSES.attestations, data, ...fees }),
      await node.sign({ nonce: 3, to: ADDRESSES.attestations, data: other, ...fees, gas: 2_000_000n }),
      await signer(1).sign({ nonce: 0, to: ADDRESSES.attestations, data: other, ...fees }),
      await signer(1).sign({ nonce: 1, to, data: question, ...fees }),
    ]
    const receipts = await include(threaded, ...raws)
    expect(await include(here, ...raws)).toEqual(receipts)
    expect(threaded.head().hash).toBe(here.head().hash)
    expect(receipts.map(({ status }) => status)).toEqual([1, 0, 0, 0, 1])

    const ask = encodeFunctionData({ abi: attestationsAbi, functionName: 'attestedLevel', args: [node.address] })
    for (const chain of [threaded, here]) {
      const answer = await chain.call({ to: ADDRESSES.attestations, data: hexToBytes(ask) }, chain.head().height)
      expect(decodeFunctionResult({ abi: attestationsAbi, functionName: 'attestedLevel', data: bytesToHex(answer.returnData) })).toBe(129)
    }
    await threaded.close()
    await here.close()
  })
})

describe('in a call', () => {
  async function ask(method: string, ...params: unknown[]): Promise<{ result?: unknown; error?: { message: string } }> {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
    const response = await fetch(rpc.url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    return response.json() as Promise<{ result?: unknown }>
  }

  it('answers, is estimated, and traced', async () => {
    expect((await ask('eth_call', { to, data: question }, 'latest')).result).toBe(`0x${word(1)}`)
    expect((await ask('eth_call', { to, data: '0x04' }, 'latest')).result).toBe(`0x${word(0)}`)
    expect((await ask('eth_call', { to, data: '0x05' }, 'latest')).error?.message).toMatch(/invalid input length/)
    const estimate = BigInt((await ask('eth_estimateGas', { to, data: question })).result as Hex)
    expect((await ask('eth_call', { to, data: question, gas: `0x${estimate.toString(16)}` }, 'latest')).result).toBe(`0x${word(1)}`)
    const trace = (await ask('debug_traceCall', { to, data: question }, 'latest', { tracer: 'callTracer' })).result
    expect(trace).toMatchObject({ output: `0x${word(1)}` })
  })

  it('judges evidence on a network whose genesis has no policy of its own: nothing is listed', async () => {
    const shown = await envelope('tdx')
    const call = {
      call: 'appraise',
      time: 1_900_000_000,
      chainId: 5n,
      node: KEYSET.node,
      nonce: NONCE,
      policy: policyBytes(POLICY),
    } as const
    const data = encodeEvidenceCall({ ...call, developmentRoots: [], evidence: encodeEvidenceInput(shown), collateral: [] })
    const answer = (await ask('eth_call', { to, data: bytesToHex(data) }, 'latest')).result as Hex
    expect(Number(`0x${answer.slice(66, 130)}`)).toBe(3)
    const asked = encodeFunctionData({ abi: attestationsAbi, functionName: 'developmentRoots' })
    const roots = (await ask('eth_call', { to: ADDRESSES.attestations, data: asked }, 'latest')).result as Hex
    expect(decodeFunctionResult({ abi: attestationsAbi, functionName: 'developmentRoots', data: roots })).toEqual([])
  })
})
