import { ADDRESSES } from '@opengradient/contracts/addresses'
import { createWalletClient, type Hex, http, keccak256, parseEther } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startRpc } from '../../src/index.ts'
import { METHODS } from '../../src/rpc/methods/index.ts'
import { startTestNode, type TestNode } from './node.testkit.ts'
import { compileProbe, probeAbi } from './probe.testkit.ts'

let node: TestNode
const owner = () => privateKeyToAccount(node.key(0))
const wallet = () => createWalletClient({ account: owner(), chain: node.viemChain, transport: http(node.url, { timeout: 600_000 }) })

interface Step {
  pc: number
  op: string
  gas: number
  gasCost: number
  depth: number
  error?: string
  stack?: Hex[]
  memory?: Hex[]
  storage?: Record<Hex, Hex>
  returnData?: Hex
}
interface StructTrace {
  gas: number
  failed: boolean
  returnValue: Hex
  structLogs: Step[]
}
interface Call {
  type: string
  from: Hex
  to?: Hex
  value?: Hex
  gas: Hex
  gasUsed: Hex
  input: Hex
  output?: Hex
  error?: string
  revertReason?: string
  calls?: Call[]
  logs?: { address: Hex; topics: Hex[]; data: Hex; position: Hex }[]
}
interface Receipt {
  gasUsed: Hex
  status: Hex
  contractAddress: Hex
  blockNumber: Hex
  blockHash: Hex
}

async function ask(
  url: string,
  method: string,
  ...params: unknown[]
): Promise<{ result?: unknown; error?: { code: number; message: string } }> {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  return response.json() as Promise<{ result?: unknown }>
}
async function result<T>(method: string, ...params: unknown[]): Promise<T> {
  const answer = await ask(node.url, method, ...params)
  if (answer.error) throw new Error(`${method}: ${answer.error.code} ${answer.error.message}`)
  return answer.result as T
}
const error = async (method: string, ...params: unknown[]) => (await ask(node.url, method, ...params)).error

/** Puts code on the chain and answers where. */
async function deployed(code: string): Promise<Hex> {
  const length = (code.length / 2).toString(16).padStart(2, '0')
  const hash = await wallet().sendTransaction({ data: `0x60${length}600c60003960${length}6000f3${code}` as Hex, gas: 500_000n } as never)
  await node.mine()
  return (await receipt(hash)).contractAddress
}
const receipt = (hash: Hex) => result<Receipt>('eth_getTransactionReceipt', hash)
const sent = async (to: Hex, options: object = {}): Promise<Hex> => {
  const hash = await wallet().sendTransaction({ to, gas: 300_000n, ...options } as never)
  await node.mine()
  return hash
}
const padded = (address: Hex) => address.slice(2).padStart(64, '0')

/** sstore(1, caller); log1(0, 32, 7); return(0, 32) of 42 */
const STORES = '336001 55 602a5f52 6007 60205f a1 60205ff3'.replaceAll(' ', '')
/** Calls `to` with value 3 and returns what it returned; then runs off its end. */
const calls = (to: Hex) => `60205f5f5f600373${to.slice(2)}5af1`
let stores: Hex
let caller: Hex

beforeAll(async () => {
  node = await startTestNode({ onlyMine: true })
  stores = await deployed(STORES)
  caller = await deployed(calls(stores))
})
afterAll(() => node.close())

describe('the struct logger', () => {
  it('tells every step: gas that adds up over calls, stack, storage where it is touched, and the STOP at the end of code', async () => {
    const hash = await sent(caller, { value: 5n })
    const trace = await result<StructTrace>('debug_traceTransaction', hash)
    expect(trace).toMatchObject({ gas: Number((await receipt(hash)).gasUsed), failed: false, returnValue: '0x' })
    const steps = trace.structLogs
    expect(steps[0]).toEqual({ pc: 0, op: 'PUSH1', gas: 300_000 - 21_000, gasCost: 3, depth: 1, stack: [] })
    expect(steps.at(-1)).toMatchObject({ op: 'STOP', gasCost: 0, depth: 1, stack: ['0x1'] })
    const [before, after] = [steps.findIndex(({ op }) => op === 'CALL'), steps.length - 1]
    const inner = steps.slice(before + 1, after)
    expect(inner.every(({ depth }) => depth === 2)).toBe(true)
    // What geth calls the cost of a call is its own (cold 2,600, value 9,000, memory 3) and the gas handed on; 2,300 are a gift.
    const call = steps[before]!
    expect(call.gasCost - (inner[0]!.gas - 2_300)).toBe(2_600 + 9_000 + 3)
    expect(steps[after]!.gas).toBe(call.gas - call.gasCost + inner.at(-1)!.gas - inner.at(-1)!.gasCost)
    for (const [index, step] of inner.slice(1).entries()) expect(step.gas).toBe(inner[index]!.gas - inner[index]!.gasCost)
    const written = inner.filter(({ storage }) => storage)
    expect(written).toMatchObject([{ op: 'SSTORE', storage: { [`0x${'1'.padStart(64, '0')}`]: `0x${padded(caller)}` } }])
  })

  it('shows memory and return data when asked, no stack and storage when not, and as many steps as wanted', async () => {
    const hash = await sent(caller, { value: 5n })
    const full = { enableMemory: true, enableReturnData: true, disableStack: true, disableStorage: true }
    const { structLogs } = await result<StructTrace>('debug_traceTransaction', hash, full)
    expect(structLogs.some(({ stack, storage }) => stack || storage)).toBe(false)
    const value = `0x${'2a'.padStart(64, '0')}`
    expect(structLogs.find(({ op }) => op === 'RETURN')!.memory).toEqual([value])
    expect(structLogs.at(-1)).toMatchObject({ op: 'STOP', memory: [value], returnData: value })
    const few = await result<StructTrace>('debug_traceTransaction', hash, { limit: 2 })
    expect(few.structLogs).toHaveLength(2)
  })

  it('names the fault where gas runs out, and tells a failed transaction', async () => {
    const hash = await sent(stores, { gas: 25_000n })
    const trace = await result<StructTrace>('debug_traceTransaction', hash)
    expect(trace).toMatchObject({ gas: 25_000, failed: true, returnValue: '0x' })
    expect(trace.structLogs.at(-1)).toMatchObject({ op: 'SSTORE', gasCost: 5_000, error: 'out of gas' })
  })
})

describe('transactions of a block', () => {
  let block: Receipt
  let hashes: Hex[]
  beforeAll(async () => {
    const first = await result<Hex>('eth_getTransactionCount', owner().address, 'pending').then(Number)
    hashes = []
    for (const [index, to] of [caller, stores, caller].entries()) {
      hashes.push(await wallet().sendTransaction({ to, value: BigInt(index), nonce: first + index, gas: 200_000n } as never))
    }
    await node.mine()
    block = await receipt(hashes[2]!)
  })

  it('are each run on what those before them left', async () => {
    const traces = await result<{ txHash: Hex; result: StructTrace }[]>('debug_traceBlockByNumber', block.blockNumber)
    expect(traces.map(({ txHash }) => txHash)).toEqual(hashes)
    for (const { txHash, result: trace } of traces) {
      const { gasUsed, status } = await receipt(txHash)
      expect([trace.gas, trace.failed]).toEqual([Number(gasUsed), status === '0x0'])
      expect(await result('debug_traceTransaction', txHash)).toEqual(trace)
    }
    expect(await result('debug_traceBlockByHash', block.blockHash)).toEqual(traces)
  })

  it('cannot be traced in block 0, in unknown blocks, or when unknown', async () => {
    expect(await error('debug_traceBlockByNumber', '0x0')).toMatchObject({ code: -32000, message: 'genesis is not traceable' })
    expect(await error('debug_traceBlockByNumber', '0xffff')).toMatchObject({ code: -32000, message: 'block #65535 not found' })
    expect(await error('debug_traceTransaction', `0x${'00'.repeat(32)}`)).toEqual({ code: -32000, message: 'transaction not found' })
    expect(await error('debug_traceTransaction', hashes[0], { tracer: '4byteTracer' })).toMatchObject({ code: -32602 })
    expect(await error('debug_traceTransaction', hashes[0], { tracer: '{step: function() {}}' })).toMatchObject({ code: -32602 })
  })
})

describe('the call tracer', () => {
  const traced = (hash: Hex, tracerConfig = {}) => result<Call>('debug_traceTransaction', hash, { tracer: 'callTracer', tracerConfig })

  it('tells the tree of calls, with logs when asked and without calls when not wanted', async () => {
    const hash = await sent(caller, { value: 5n })
    const trace = await traced(hash, { withLog: true })
    expect(trace).toMatchObject({
      type: 'CALL',
      from: owner().address.toLowerCase(),
      to: caller,
      value: '0x5',
      input: '0x',
      gas: '0x493e0',
    })
    expect(trace.gasUsed).toBe((await receipt(hash)).gasUsed)
    const data = `0x${'2a'.padStart(64, '0')}`
    expect(trace.calls).toMatchObject([{ type: 'CALL', from: caller, to: stores, value: '0x3', output: data }])
    expect(trace.calls![0]!.logs).toEqual([{ address: stores, topics: [`0x${'7'.padStart(64, '0')}`], data, position: '0x0' }])
    expect((await traced(hash)).calls![0]!.logs).toBeUndefined()
    expect((await traced(hash, { onlyTopCall: true })).calls).toBeUndefined()
  })

  it('tells delegate calls, static calls, creations and self-destructions as what they are', async () => {
    // delegatecall(gas, stores, 0, 0, 0, 0) · staticcall(gas, stores, 0, 0, 0, 0) · create(0, 0, 0) · selfdestruct(stores)
    const to = stores.slice(2)
    const many = await deployed(`5f5f5f5f73${to}5af4505f5f5f5f73${to}61ffff fa505f5f5ff05073${to}ff`.replaceAll(' ', ''))
    const trace = await traced(await sent(many, { value: 9n }), { withLog: true })
    expect(trace.calls!.map(({ type, from, to: target, error: fault, value }) => [type, from, target, fault, value])).toEqual([
      ['DELEGATECALL', many, stores, undefined, '0x9'],
      ['STATICCALL', many, stores, 'write protection', undefined],
      ['CREATE', many, expect.stringMatching(/^0x[0-9a-f]{40}$/), undefined, '0x0'],
      ['SELFDESTRUCT', many, stores, undefined, '0x9'],
    ])
    expect(trace.calls![0]!.logs).toMatchObject([{ address: many }])
    expect(trace.calls![1]!.logs).toBeUndefined()
  })

  it("gives the reason of a revert in Solidity's words, and the creation of a contract with its code", async () => {
    const hash = await wallet().deployContract({ abi: probeAbi, bytecode: compileProbe().bytecode, args: [] })
    await node.mine()
    const created = await traced(hash)
    const { contractAddress } = await receipt(hash)
    expect(created).toMatchObject({ type: 'CREATE', to: contractAddress, output: await result('eth_getCode', contractAddress) })
    const fail = { abi: probeAbi, address: contractAddress, functionName: 'fail', args: ['why not'], gas: 100_000n } as const
    const failed = await wallet().writeContract(fail as never)
    await node.mine()
    expect(await traced(failed)).toMatchObject({ error: 'execution reverted', revertReason: 'why not' })
  })
})

describe('the prestate tracer', () => {
  const traced = <T>(hash: Hex, tracerConfig = {}) => result<T>('debug_traceTransaction', hash, { tracer: 'prestateTracer', tracerConfig })
  type Accounts = Record<Hex, { balance?: Hex; nonce?: number; code?: Hex; storage?: Record<Hex, Hex> }>

  it('tells what was touched as it was before, or what changed from what to what', async () => {
    const at = async (height: bigint) => {
      const state = node.chain.state(height)
      const slot = `0x${'1'.padStart(64, '0')}` as const
      return { owner: (await state.account(owner().address.toLowerCase() as Hex))!, slot: await state.storage(stores, slot) }
    }
    await sent(stores)
    const hash = await sent(caller, { value: 5n })
    const height = BigInt((await receipt(hash)).blockNumber)
    const [before, after] = [await at(height - 1n), await at(height)]
    const from = owner().address.toLowerCase() as Hex
    const quantity = (value: bigint): Hex => `0x${value.toString(16)}`
    const slot = (value: bigint): Hex => `0x${value.toString(16).padStart(64, '0')}`

    const pre = await traced<Accounts>(hash)
    expect(pre[from]).toEqual({ balance: quantity(before.owner.balance), nonce: Number(before.owner.nonce) })
    expect(pre[stores]).toMatchObject({ nonce: 1, code: `0x${STORES}`, storage: { [slot(1n)]: slot(before.slot) } })
    expect(Object.keys(pre).sort()).toEqual([from, stores, caller, node.chain.genesis.validator].sort())

    const { pre: was, post: is } = await traced<{ pre: Accounts; post: Accounts }>(hash, { diffMode: true })
    expect(is[from]).toEqual({ balance: quantity(after.owner.balance), nonce: Number(after.owner.nonce) })
    expect(was[stores]!.storage).toEqual({ [slot(1n)]: slot(before.slot) })
    expect(is[stores]).toMatchObject({ storage: { [slot(1n)]: slot(after.slot) } })
    expect(is[stores]!.code).toBeUndefined()
    const bare = await traced<Accounts>(hash, { disableCode: true, disableStorage: true })
    expect([bare[stores]!.code, bare[stores]!.storage]).toEqual([undefined, undefined])
  })

  it('knows a created contract only afterwards', async () => {
    const hash = await wallet().sendTransaction({ data: '0x60015f5360015ff3', gas: 200_000n } as never)
    await node.mine()
    const { contractAddress } = await receipt(hash)
    const { pre, post } = await traced<{ pre: Accounts; post: Accounts }>(hash, { diffMode: true })
    expect(pre[contractAddress]).toBeUndefined()
    expect(post[contractAddress]).toEqual({ nonce: 1, code: '0x01' })
    expect((await traced<Accounts>(hash))[contractAddress]).toBeUndefined()
  })
})

describe('a traced call', () => {
  it('takes the overrides of a call and leaves nothing behind', async () => {
    const at = '0x00000000000000000000000000000000000000cc'
    const options = { stateOverrides: { [at]: { code: `0x${STORES}` } }, blockOverrides: { number: '0x99' } }
    const trace = await result<StructTrace>('debug_traceCall', { to: at }, 'latest', options)
    expect(trace).toMatchObject({ failed: false, returnValue: `0x${'2a'.padStart(64, '0')}` })
    const call = await result<Call>('debug_traceCall', { to: at, gas: '0x186a0' }, 'latest', { ...options, tracer: 'callTracer' })
    expect(call).toMatchObject({ type: 'CALL', to: at, gas: '0x186a0', gasUsed: `0x${trace.gas.toString(16)}` })
    expect(await result('eth_getCode', at)).toBe('0x')
  })

  it('that cannot begin says why', async () => {
    const poor = '0x00000000000000000000000000000000000000dd'
    expect((await error('debug_traceCall', { from: poor, to: poor, value: '0x1' }))!.message).toMatch(/insufficient funds/)
    expect((await error('debug_traceCall', { to: poor, gas: '0x5' }))!.message).toMatch(/INTRINSIC_GAS_TOO_LOW|intrinsic gas/)
  })
})

describe('too much', () => {
  const loop = { stateOverrides: { [ADDRESSES.wopg]: { code: '0x5b5f56' } } }
  const call = { to: ADDRESSES.wopg }

  it('is refused with the limit: traces that grow too large', async () => {
    const small = await startTestNode({ limits: { maxTraceMilliseconds: 600_000, maxResponseChars: 100_000 } })
    try {
      const large = await ask(small.url, 'debug_traceCall', call, 'latest', loop)
      expect(large.error).toMatchObject({ code: -32005, message: expect.stringContaining('100000 characters') })
    } finally {
      await small.close()
    }
  })

  it('is refused with the limit: traces and simulations that take too long, while others are answered', async () => {
    const hasty = await startTestNode({ limits: { maxTraceMilliseconds: 200 } })
    try {
      const long = ask(hasty.url, 'debug_traceCall', call, 'latest', { ...loop, tracer: 'callTracer' })
      const simulated = ask(hasty.url, 'eth_simulateV1', { blockStateCalls: [{ ...loop, calls: [call] }] })
      expect((await ask(hasty.url, 'eth_chainId')).result).toBeDefined()
      for (const answer of [await long, await simulated]) {
        expect(answer.error).toMatchObject({ code: -32005, message: expect.stringContaining('200 ms') })
      }
    } finally {
      await hasty.close()
    }
  })
})

describe('raw bytes', () => {
  it('of headers, blocks, receipts and transactions hash to what names them', async () => {
    const value = parseEther('0.1')
    const hash = await sent('0x00000000000000000000000000000000000000ff', { value })
    const { blockNumber, blockHash } = await receipt(hash)
    const header = await result<Hex>('debug_getRawHeader', blockNumber)
    expect(keccak256(header)).toBe(blockHash)
    expect(await result<Hex>('debug_getRawBlock', blockHash)).toContain(header.slice(2))
    expect(keccak256(await result<Hex>('debug_getRawTransaction', hash))).toBe(hash)
    expect(await result<Hex[]>('debug_getRawReceipts', blockNumber)).toHaveLength(1)
    expect(await result('debug_getRawTransaction', `0x${'00'.repeat(32)}`)).toBe('0x')
    expect(await error('debug_getRawBlock', '0xffff')).toMatchObject({ code: -32000 })
  })
})

describe('a node that keeps debug_ from strangers', () => {
  it('answers none of its methods, and says who can open them; everything else goes on', async () => {
    const closed = await startRpc(node.chain, { debug: false })
    try {
      const methods = Object.keys(METHODS).filter((name) => name.startsWith('debug_'))
      expect(methods).toHaveLength(8)
      for (const method of methods) {
        const { error } = await ask(closed.url, method, '0x1')
        expect(error, method).toMatchObject({
          code: -32601,
          message: expect.stringMatching(`^the method ${method} does not exist/is not available: .*--rpc-debug`),
        })
      }
      expect((await ask(closed.url, 'eth_getBlockByNumber', '0x1', false)).result).toMatchObject({ number: '0x1' })
    } finally {
      await closed.close()
    }
  })
})
