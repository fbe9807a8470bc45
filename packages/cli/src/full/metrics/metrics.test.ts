import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createChain, LOOPBACK_NAMES, makeGenesis, startRpc } from '@opengradient/chain'
import { DEV_ACCOUNTS, devAccount } from '@opengradient/protocol'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { EngineView } from '../engineStatus.ts'
import { NodeCounts } from './counts.ts'
import { diskUse } from './disk.ts'
import { nodeMetrics } from './registry.ts'
import { type MetricsServer, serveMetrics } from './server.ts'

const CHAIN_ID = 10_740_000_002n
const counts = new NodeCounts()
const folder = mkdtempSync(join(tmpdir(), 'og-metrics-'))
let engine: EngineView | undefined = { height: 3, catchingUp: true, peers: 2, highestPeer: 9 }
const faults: unknown[] = []
let chain: Awaited<ReturnType<typeof createChain>>
let rpc: Awaited<ReturnType<typeof startRpc>>
let server: MetricsServer

beforeAll(async () => {
  const { address, privateKey } = devAccount(CHAIN_ID, DEV_ACCOUNTS.validator)
  const genesis = await makeGenesis({ chainId: CHAIN_ID, validator: address, faucets: [], time: 1_780_000_000n })
  const clock = { now: () => 1_780_000_000_000, after: () => () => {} }
  chain = await createChain({ memory: true, genesis, validatorKey: privateKey, clock, onStep: counts.step })
  chain.onBlock(({ hashes, block }) => counts.block(hashes.length, block.header.gasUsed))
  rpc = await startRpc(chain, { onAnswered: counts.answered })
  writeFileSync(join(folder, '000001.ldb'), 'x'.repeat(1_234))
  const options = { chain, counts, engine: async () => engine, disk: diskUse(folder, () => 0), now: () => 1_780_000_060_000 }
  const names = LOOPBACK_NAMES
  server = await serveMetrics(nodeMetrics(options), { host: '127.0.0.1', port: 0, names, onFault: (error) => faults.push(error) })
})
afterAll(async () => {
  await server.close()
  await rpc.close()
  await chain.close()
  rmSync(folder, { recursive: true, force: true })
})

const get = (path: string, headers: Record<string, string> = {}) =>
  new Promise<{ status: number | undefined; text: string; type: string | undefined }>((resolve, reject) => {
    request({ host: '127.0.0.1', port: server.port, path, headers }, (response) => {
      let text = ''
      response.on('data', (chunk) => {
        text += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode, text, type: response.headers['content-type'] }))
    })
      .on('error', reject)
      .end()
  })
const scraped = async () => new Map((await get('/metrics')).text.split('\n').map((line) => line.split(/ (?=\S+$)/) as [string, string]))
const ask = (method: string, params: unknown[] = []) =>
  fetch(rpc.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  })

describe('the metrics of a full node', () => {
  it('tell height, age, blocks, disk, process and CometBFT', async () => {
    await chain.mine!()
    await chain.mine!()
    const seen = await scraped()
    expect(seen.get('og_chain_height')).toBe('2')
    expect(Number(seen.get('og_chain_block_age_seconds'))).toBe(60 - 2)
    expect(seen.get('og_chain_block_execution_seconds_count')).toBe('2')
    expect(seen.get('og_chain_block_commit_seconds_bucket{le="+Inf"}')).toBe('2')
    expect(Number(seen.get('og_chain_block_execution_seconds_sum'))).toBeGreaterThan(0)
    expect(seen.get('og_chain_halted')).toBe('0')
    expect(seen.get('og_pool_transactions{state="pending"}')).toBe('0')
    expect(seen.get('og_chain_database_bytes')).toBe('1234')
    for (const name of ['og_chain_disk_free_bytes', 'process_resident_memory_bytes', 'process_cpu_seconds_total'])
      expect(Number(seen.get(name))).toBeGreaterThan(0)
    expect(['up', 'peers', 'peer_lag_blocks', 'catching_up'].map((name) => seen.get(`og_engine_${name}`))).toEqual(['1', '2', '7', '1'])
  })

  it('say that CometBFT does not answer, instead of what it said before', async () => {
    engine = undefined
    const seen = await scraped()
    expect(['up', 'peers', 'peer_lag_blocks', 'catching_up'].map((name) => seen.get(`og_engine_${name}`))).toEqual([
      '0',
      'Nan',
      'Nan',
      'Nan',
    ])
  })

  it('count calls by method and outcome; names that are none are one', async () => {
    await ask('eth_chainId')
    await ask('eth_chainId')
    await ask('eth_getBalance')
    await ask('eth_getLogs', [{ fromBlock: '0x0', toBlock: '0x9' }])
    for (const name of ['a', 'b"c', 'toString']) await ask(name)
    const seen = await scraped()
    expect(seen.get('og_rpc_requests_total{method="eth_chainId",outcome="ok"}')).toBe('2')
    expect(seen.get('og_rpc_requests_total{method="eth_getBalance",outcome="refused"}')).toBe('1')
    expect(seen.get('og_rpc_requests_total{method="unknown",outcome="refused"}')).toBe('3')
    expect([...seen.keys()].filter((key) => key.startsWith('og_rpc_requests_total{'))).toHaveLength(4)
  })
})

describe('their server', () => {
  it('answers GET /metrics under its own names, and nothing else', async () => {
    expect(await get('/metrics')).toMatchObject({ status: 200, type: expect.stringContaining('text/plain; version=0.0.4') })
    expect((await get('/')).status).toBe(404)
    expect((await get('/metrics', { host: 'evil.example' })).status).toBe(403)
    expect((await get('/metrics', { origin: 'https://evil.example' })).status).toBe(403)
    expect(faults).toEqual([])
  })

  it('tells its operator, and not the stranger, why it cannot read them', async () => {
    const metrics = { contentType: 'text/plain', metrics: () => Promise.reject(new Error('secret')) }
    const other = await serveMetrics(metrics, { host: '127.0.0.1', port: 0, names: LOOPBACK_NAMES, onFault: (error) => faults.push(error) })
    const answer = await fetch(`http://127.0.0.1:${other.port}/metrics`)
    expect([answer.status, await answer.text()]).toEqual([500, expect.not.stringContaining('secret')])
    expect(faults).toEqual([new Error('secret')])
    await other.close()
    await expect(serveMetrics(metrics, { host: '127.0.0.1', port: server.port, names: [], onFault: () => {} })).rejects.toMatchObject({
      code: 'PORT_IN_USE',
    })
  })
})
