import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ADDRESSES } from '@opengradient/contracts/addresses'
import { ClassicLevel } from 'classic-level'
import { createWalletClient, type Hex, http, parseEther } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RpcLimits, type RpcServer, startRpc } from '../../src/index.ts'
import { startTestNode, type TestNode } from './node.testkit.ts'

const AT = '0x00000000000000000000000000000000000000c0'
/** JUMPDEST, jump to it. */
const ENDLESS: Hex = '0x5b5f56'
/** Hands its input to `modexp`. */
const EXPONENTIATE: Hex = '0x365f5f375f5f365f5f60055af1'
/** Answers the number of the block. */
const NUMBER: Hex = '0x435f5260205ff3'
/** Numbers of 16,384 bytes to the power of others, in one step of the EVM. */
const LONG = `0x${'4000'.padStart(64, '0').repeat(3)}${'fe'.repeat(0x4000)}${'ff'.repeat(2 * 0x4000)}`

const folder = mkdtempSync(join(tmpdir(), 'og-rpc-threads-'))
let node: TestNode
const opened: RpcServer[] = []
let hash: Hex

beforeAll(async () => {
  node = await startTestNode({ dataDir: folder, onlyMine: true })
  const wallet = createWalletClient({
    account: privateKeyToAccount(node.key(0)),
    chain: node.viemChain,
    transport: http(node.url, { timeout: 600_000 }),
  })
  hash = await wallet.sendTransaction({ to: ADDRESSES.wopg, value: parseEther('1'), data: '0xd0e30db0' })
  await node.mine()
  await node.mine()
})
afterAll(async () => {
  await Promise.all(opened.map((server) => server.close()))
  await node.close()
  rmSync(folder, { recursive: true, force: true })
})

/** Another server of the same chain. */
async function serve(limits: Partial<RpcLimits>, chain = node.chain, threadsAfter = 0): Promise<string> {
  const server = await startRpc(chain, { limits, threadsAfter, onFault: (method, error) => console.error(method, error) })
  opened.push(server)
  return server.url
}

const post = async (url: string, text: string) =>
  (await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: text })).text()
const text = (method: string, ...params: unknown[]) => JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
const ask = async (url: string, method: string, ...params: unknown[]) =>
  JSON.parse(await post(url, text(method, ...params))) as { result?: unknown; error?: { code: number; message: string } }

/** Gas for longer than anybody waits. */
const maxCallGas = 10n ** 14n
const gas: Hex = `0x${maxCallGas.toString(16)}`
const withCode = (code: Hex) => ({ [AT]: { code } })
const endless = ['eth_call', { to: AT, gas }, 'latest', withCode(ENDLESS)] as const
const numberAt = ['eth_call', { to: AT }, 'latest', withCode(NUMBER)] as const
const height = () => `0x${node.chain.head().height.toString(16).padStart(64, '0')}`
const tooLong = (limit: number) => ({ code: -32005, message: expect.stringContaining(`longer than ${limit} ms, the most this node works`) })

describe('methods answered by threads', () => {
  it('say, byte for byte, what they say without', async () => {
    const { dataDir, ...inMemory } = node.chain
    expect(dataDir).toBe(folder)
    const here = await serve({}, inMemory)
    const call = { to: ADDRESSES.wopg, data: `0x70a08231${privateKeyToAccount(node.key(0)).address.slice(2).padStart(64, '0')}` }
    const asked: (readonly [string, ...unknown[]])[] = [
      ['eth_call', call],
      ['eth_call', call, '0x1'],
      ['eth_call', call, '0x0'],
      ['eth_call', call, '0x99'],
      ['eth_call', { to: AT }, 'pending', withCode(NUMBER)],
      ['eth_call', { to: AT }, 'latest', withCode('0x602a5f5260205ffd')],
      ['eth_call', { to: AT }, 'latest', withCode('0xfe')],
      ['eth_call', { to: '0x1' }],
      ['eth_call'],
      ['eth_estimateGas', call],
      ['eth_estimateGas', { to: AT, gas: '0x5209' }, 'latest', withCode(ENDLESS)],
      ['eth_createAccessList', call],
      ['eth_simulateV1', { blockStateCalls: [{ calls: [call, { to: AT, value: '0x1' }] }], traceTransfers: true }, 'latest'],
      ['eth_simulateV1', { blockStateCalls: [{ calls: [call] }], returnFullTransactions: true }, '0x1'],
      ['eth_simulateV1', { blockStateCalls: [] }],
      ['debug_traceTransaction', hash],
      ['debug_traceTransaction', hash, { tracer: 'callTracer', tracerConfig: { withLog: true } }],
      ['debug_traceTransaction', hash.replace(/.$/, hash.endsWith('0') ? '1' : '0')],
      ['debug_traceBlockByNumber', 'latest', { tracer: 'prestateTracer' }],
      ['debug_traceBlockByNumber', '0x0'],
      ['debug_traceBlockByHash', node.chain.blockByNumber(1n)!.hash],
      ['debug_traceCall', call, 'latest', { tracer: 'callTracer' }],
    ]
    for (const [method, ...params] of asked) {
      const one = text(method, ...params)
      expect(await post(node.url, one)).toBe(await post(here, one))
    }
    const batch = `[${asked.map(([method, ...params]) => text(method, ...params)).join(',')}]`
    expect(await post(node.url, batch)).toBe(await post(here, batch))
  })

  it('are answered here while a network starts', async () => {
    const returnData = Uint8Array.of(42)
    const marked = { ...node.chain, call: async () => ({ status: 'success', gasUsed: 0n, returnData, logs: [] }) as const }
    expect((await ask(await serve({}, marked, 3_600_000), ...numberAt)).result).toBe('0x2a')
    expect((await ask(await serve({}, marked), ...numberAt)).result).toBe(height())
  })

  it('see every block as soon as clients do', async () => {
    for (let block = 0; block < 5; block += 1) {
      await node.mine()
      expect((await ask(node.url, ...numberAt)).result).toBe(height())
    }
  })
})

describe('a call that never ends', () => {
  it('holds up neither blocks nor other methods, is given up, and those behind it are answered', async () => {
    const url = await serve({ maxCallGas, maxCallMilliseconds: 3_000 })
    const hostile = ask(url, ...endless)
    const behind = Array.from({ length: 100 }, () => ask(url, ...numberAt))
    // Whoever ran the endless call in this thread would never come further than here.
    await node.mine()
    expect((await ask(url, 'eth_blockNumber')).result).toBe(`0x${node.chain.head().height.toString(16)}`)
    expect((await ask(url, 'debug_traceBlockByNumber', 'latest')).result).toEqual([])
    expect((await hostile).error).toMatchObject(tooLong(3_000))
    const answers = await Promise.all(behind)
    expect(answers.map(({ result }) => result)).toEqual(Array(100).fill(height()))
  })

  it('is given up as often as it comes', async () => {
    const url = await serve({ maxCallGas, maxCallMilliseconds: 500 })
    for (let round = 0; round < 2; round += 1) {
      expect((await ask(url, ...endless)).error).toMatchObject(tooLong(500))
      expect((await ask(url, 'eth_estimateGas', ...endless.slice(1))).error).toMatchObject(tooLong(500))
      await node.mine()
    }
    expect((await ask(await serve({}), ...numberAt)).result).toBe(height())
  })

  it('in a trace ends by itself between steps, and with its thread within one', async () => {
    const url = await serve({ maxCallGas, maxTraceMilliseconds: 500 })
    expect(
      (await ask(url, 'debug_traceCall', { to: AT, gas }, 'latest', { tracer: 'callTracer', stateOverrides: withCode(ENDLESS) })).error,
    ).toMatchObject(tooLong(500))
    const step = { to: AT, gas, data: LONG }
    const simulation = { blockStateCalls: [{ blockOverrides: { gasLimit: gas }, stateOverrides: withCode(EXPONENTIATE), calls: [step] }] }
    expect((await ask(url, 'eth_simulateV1', simulation)).error).toMatchObject(tooLong(500))
    const unhurried = await serve({ maxTraceMilliseconds: 600_000 })
    expect((await ask(unhurried, 'debug_traceBlockByNumber', '0x1', { tracer: 'callTracer' })).result).toHaveLength(1)
  })

  it('leaves nobody waiting when the line is full', async () => {
    const url = await serve({ maxCallGas, maxCallMilliseconds: 3_000, maxWaitingCalls: 2 })
    const hostile = ask(url, ...endless)
    const behind = await Promise.all(Array.from({ length: 5 }, () => ask(url, ...numberAt)))
    expect(behind.filter(({ result }) => result !== undefined)).toHaveLength(2)
    const refused = behind.find(({ error }) => error)!
    expect(refused.error).toMatchObject({ code: -32005, message: expect.stringContaining('1 calls are running and 2 more wait') })
    expect((await hostile).error?.code).toBe(-32005)
  })

  it('does not keep a server from closing, nor the database', async () => {
    const own = mkdtempSync(join(tmpdir(), 'og-rpc-closing-'))
    const other = await startTestNode({ dataDir: own, onlyMine: true, limits: { maxCallGas, maxCallMilliseconds: 3_600_000 } })
    const outcomes = Promise.allSettled([ask(other.url, ...endless), ask(other.url, ...numberAt)])
    await other.mine()
    await other.close()
    await outcomes
    const alone = new ClassicLevel(own)
    await alone.open()
    await alone.close()
    rmSync(own, { recursive: true, force: true })
  })
})
