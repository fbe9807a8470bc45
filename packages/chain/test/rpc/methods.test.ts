import { createWalletClient, encodeFunctionData, type Hex, http, keccak256, parseEther } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { METHODS } from '../../src/rpc/methods/index.ts'
import { startTestNode, type TestNode } from './node.testkit.ts'
import { compileProbe, probeAbi } from './probe.testkit.ts'

let node: TestNode
let facts: { probe: string; deployed: string; stored: string; blockHash: string; owner: string; signed: string }
const owner = () => privateKeyToAccount(node.key(0))

beforeAll(async () => {
  node = await startTestNode({ onlyMine: true })
  const wallet = createWalletClient({ account: owner(), chain: node.viemChain, transport: http(node.url, { timeout: 600_000 }) })
  const deployed = await wallet.deployContract({ abi: probeAbi, bytecode: compileProbe().bytecode, args: [] })
  await node.mine()
  const probe = (await result<{ contractAddress: Hex }>('eth_getTransactionReceipt', deployed)).contractAddress
  const stored = await wallet.writeContract({ address: probe, abi: probeAbi, functionName: 'store', args: [1n, 2n] })
  await node.mine()
  const signed = await wallet.signTransaction(await wallet.prepareTransactionRequest({ to: probe, value: 0n, data: '0x2ddbd13a' }))
  facts = {
    probe,
    deployed,
    stored,
    blockHash: (await result<{ hash: Hex }>('eth_getBlockByNumber', '0x2', false)).hash,
    owner: owner().address.toLowerCase(),
    signed,
  }
})
afterAll(() => node.close())

async function ask(method: string, ...params: unknown[]): Promise<{ result?: unknown; error?: { code: number; message: string } }> {
  const response = await fetch(node.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  })
  return response.json() as Promise<{ result?: unknown }>
}
/** The answer, as whatever the test says it is. */
async function result<T = unknown>(method: string, ...params: unknown[]): Promise<T> {
  const answer = await ask(method, ...params)
  if (answer.error) throw new Error(`${method}: ${answer.error.message}`)
  return answer.result as T
}

const HASH = /^0x[0-9a-f]{64}$/
const QUANTITY = /^0x(0|[1-9a-f][0-9a-f]*)$/
const DATA = /^0x([0-9a-f]{2})*$/
const ID = /^0x[0-9a-f]{32}$/
const hash = expect.stringMatching(HASH)
const quantity = expect.stringMatching(QUANTITY)
const data = expect.stringMatching(DATA)

/** The exact form of what is answered: every member, and no other. */
const LOG = () => ({
  address: facts.probe,
  topics: [hash, hash, hash],
  data: `0x${'2'.padStart(64, '0')}`,
  blockNumber: '0x2',
  transactionHash: facts.stored,
  transactionIndex: '0x0',
  blockHash: facts.blockHash,
  blockTimestamp: quantity,
  logIndex: '0x0',
  removed: false,
})
const RECEIPT = () => ({
  blockHash: facts.blockHash,
  blockNumber: '0x2',
  contractAddress: null,
  cumulativeGasUsed: quantity,
  effectiveGasPrice: quantity,
  from: facts.owner,
  gasUsed: quantity,
  logs: [LOG()],
  logsBloom: data,
  status: '0x1',
  to: facts.probe,
  transactionHash: facts.stored,
  transactionIndex: '0x0',
  type: '0x2',
})
const TRANSACTION = () => ({
  blockHash: facts.blockHash,
  blockNumber: '0x2',
  blockTimestamp: quantity,
  from: facts.owner,
  gas: quantity,
  gasPrice: quantity,
  maxFeePerGas: quantity,
  maxPriorityFeePerGas: quantity,
  hash: facts.stored,
  input: encodeFunctionData({ abi: probeAbi, functionName: 'store', args: [1n, 2n] }),
  nonce: '0x1',
  to: facts.probe,
  transactionIndex: '0x0',
  value: '0x0',
  type: '0x2',
  accessList: [],
  chainId: `0x${node.viemChain.id.toString(16)}`,
  v: quantity,
  yParity: quantity,
  r: quantity,
  s: quantity,
})
const BLOCK = (transactions: unknown[]) => ({
  baseFeePerGas: quantity,
  blobGasUsed: '0x0',
  difficulty: '0x0',
  excessBlobGas: '0x0',
  extraData: data,
  gasLimit: quantity,
  gasUsed: quantity,
  hash: facts.blockHash,
  logsBloom: expect.stringMatching(/^0x[0-9a-f]{512}$/),
  miner: node.chain.genesis.validator,
  mixHash: hash,
  nonce: '0x0000000000000000',
  number: '0x2',
  parentBeaconBlockRoot: hash,
  parentHash: hash,
  receiptsRoot: hash,
  requestsHash: hash,
  sha3Uncles: hash,
  size: quantity,
  stateRoot: hash,
  timestamp: quantity,
  transactions,
  transactionsRoot: hash,
  uncles: [],
  withdrawals: [],
  withdrawalsRoot: hash,
})

const SIMULATED = (returnData: string) => {
  const { yParity: _, ...transaction } = TRANSACTION()
  const unsigned = { blockHash: hash, blockNumber: '0x3', from: `0x${'0'.repeat(40)}`, nonce: '0x0', input: '0x2ddbd13a' }
  const zero = { maxFeePerGas: '0x0', maxPriorityFeePerGas: '0x0', gasPrice: '0x0', r: '0x0', s: '0x0', v: '0x0', yParity: '0x0' }
  return {
    ...BLOCK([{ ...transaction, ...unsigned, ...zero, hash, gas: quantity, value: '0x0', type: '0x2' }]),
    hash,
    number: '0x3',
    calls: [{ status: '0x1', returnData, gasUsed: quantity, maxUsedGas: quantity, logs: [] }],
  }
}

const CAPABILITIES = () => {
  const all = { disabled: false, oldestBlock: '0x0' }
  const resources = { state: all, tx: all, logs: all, receipts: all, blocks: all, stateproofs: all }
  return { head: { number: '0x2', hash: facts.blockHash }, ...resources }
}

/** One question for each method, and its exact answer. */
const questions = (): Record<string, [params: unknown[], answer: unknown]> => {
  const call = { to: facts.probe, input: '0x2ddbd13a' }
  const two = `0x${'2'.padStart(64, '0')}`
  return {
    web3_clientVersion: [[], expect.stringMatching(/^OpenGradient\/v\d+\.\d+\.\d+\//)],
    web3_sha3: [['0x68656c6c6f'], keccak256('0x68656c6c6f')],
    net_version: [[], String(node.viemChain.id)],
    net_listening: [[], true],
    eth_chainId: [[], `0x${node.viemChain.id.toString(16)}`],
    eth_syncing: [[], false],
    eth_accounts: [[], []],
    eth_blockNumber: [[], '0x2'],
    eth_getBlockByNumber: [['0x2', true], BLOCK([TRANSACTION()])],
    eth_getBlockByHash: [[facts.blockHash, false], BLOCK([facts.stored])],
    eth_getBlockReceipts: [['0x2'], [RECEIPT()]],
    eth_getBlockTransactionCountByNumber: [['0x2'], '0x1'],
    eth_getBlockTransactionCountByHash: [[facts.blockHash], '0x1'],
    eth_getUncleCountByBlockNumber: [['latest'], '0x0'],
    eth_getUncleCountByBlockHash: [[facts.blockHash], '0x0'],
    eth_getTransactionByHash: [[facts.stored], TRANSACTION()],
    eth_getTransactionReceipt: [[facts.stored], RECEIPT()],
    eth_getTransactionByBlockNumberAndIndex: [['0x2', '0x0'], TRANSACTION()],
    eth_getTransactionByBlockHashAndIndex: [[facts.blockHash, '0x0'], TRANSACTION()],
    eth_getBalance: [['0x00000000000000000000000000000000000000aa', 'latest'], '0x0'],
    eth_getTransactionCount: [[facts.owner, { blockHash: facts.blockHash }], '0x2'],
    eth_getCode: [[facts.probe], expect.stringMatching(/^0x[0-9a-f]{200,}$/)],
    eth_getStorageAt: [[facts.probe, '0x1'], two],
    eth_getStorageValues: [[{ [facts.probe]: ['0x1', '0x2'] }], { [facts.probe]: [two, expect.stringMatching(HASH)] }],
    eth_getProof: [
      [facts.probe, ['0x1'], 'latest'],
      {
        address: facts.probe,
        accountProof: expect.arrayContaining([data]),
        balance: '0x0',
        codeHash: hash,
        nonce: '0x1',
        storageHash: hash,
        storageProof: [{ key: '0x1', value: '0x2', proof: expect.arrayContaining([data]) }],
      },
    ],
    eth_call: [[call, 'latest'], two],
    eth_estimateGas: [[call], quantity],
    eth_createAccessList: [
      [call],
      { accessList: [{ address: facts.probe, storageKeys: [`0x${'1'.padStart(64, '0')}`] }], gasUsed: quantity },
    ],
    eth_simulateV1: [[{ blockStateCalls: [{ calls: [call] }], returnFullTransactions: true }], [SIMULATED(two)]],
    eth_gasPrice: [[], quantity],
    eth_maxPriorityFeePerGas: [[], quantity],
    eth_baseFee: [[], quantity],
    eth_blobBaseFee: [[], '0x1'],
    eth_feeHistory: [
      [2, 'latest', [50]],
      {
        oldestBlock: '0x1',
        baseFeePerGas: [quantity, quantity, quantity],
        gasUsedRatio: [expect.any(Number), expect.any(Number)],
        baseFeePerBlobGas: ['0x1', '0x1', '0x1'],
        blobGasUsedRatio: [0, 0],
        reward: [[quantity], [quantity]],
      },
    ],
    debug_getRawHeader: [['0x2'], data],
    debug_getRawBlock: [['0x2'], data],
    debug_getRawReceipts: [['0x2'], [data]],
    debug_getRawTransaction: [[facts.stored], data],
    txpool_status: [[], { pending: '0x0', queued: '0x0' }],
    txpool_content: [[], { pending: {}, queued: {} }],
    txpool_contentFrom: [[facts.owner], { pending: {}, queued: {} }],
    eth_capabilities: [[], CAPABILITIES()],
    eth_getLogs: [[{ address: facts.probe, fromBlock: 'earliest' }], [LOG()]],
    eth_newFilter: [[{ address: facts.probe }], expect.stringMatching(ID)],
    eth_newBlockFilter: [[], expect.stringMatching(ID)],
    eth_newPendingTransactionFilter: [[], expect.stringMatching(ID)],
    eth_uninstallFilter: [['0x00'], false],
    og_getCommit: [
      ['0x2'],
      {
        height: '0x2',
        blockHash: facts.blockHash,
        commit: { kind: 'embedded', signature: expect.stringMatching(/^0x[0-9a-f]{130}$/), validator: node.chain.genesis.validator },
      },
    ],
    og_getHistoryProof: [['0x0', '0x2'], { peak: 1, path: [hash] }],
    og_networkFile: [
      [],
      {
        name: 'local',
        chainId: node.viemChain.id,
        genesisHash: node.genesisHash,
        anchors: [expect.anything(), expect.anything()],
        rpcUrls: [node.url],
      },
    ],
    eth_sendRawTransaction: [[facts.signed], keccak256(facts.signed as `0x${string}`)],
  }
}

/** Methods whose answer needs a filter, a WebSocket or CometBFT, or is long: asked in the tests of those. */
const ELSEWHERE = [
  ...['eth_getFilterChanges', 'eth_getFilterLogs', 'eth_subscribe', 'eth_unsubscribe'],
  'og_getLightBlock',
  ...['debug_traceTransaction', 'debug_traceBlockByNumber', 'debug_traceBlockByHash', 'debug_traceCall'],
]

describe('every method', () => {
  it('answers in exactly this form', async () => {
    for (const [method, [params, answer]] of Object.entries(questions()))
      expect({ [method]: await result(method, ...params) }).toEqual({ [method]: answer })
  })

  it('is asked here or in the tests of filters, subscriptions and traces', () => {
    expect([...Object.keys(questions()), ...ELSEWHERE].sort()).toEqual(Object.keys(METHODS).sort())
  })

  it('refuses parameters that it does not take', async () => {
    for (const method of Object.keys(METHODS)) {
      const { error } = await ask(method, ...Array(6).fill('nonsense'))
      expect({ [method]: error?.code }).toEqual({ [method]: -32602 })
    }
  })
})

describe('what is not there', () => {
  const nowhere = `0x${'12'.repeat(32)}`

  it.each([
    ['eth_getBlockByNumber', ['0x3e8', false]],
    ['eth_getBlockByHash', [nowhere, false]],
    ['eth_getBlockReceipts', ['0x3e8']],
    ['eth_getBlockReceipts', [nowhere]],
    ['eth_getBlockTransactionCountByHash', [nowhere]],
    ['eth_getTransactionByHash', [nowhere]],
    ['eth_getTransactionReceipt', [nowhere]],
    ['eth_getTransactionByBlockNumberAndIndex', ['0x1', '0x9']],
    ['eth_getTransactionByBlockNumberAndIndex', ['0x3e8', '0x0']],
    ['eth_getTransactionByBlockHashAndIndex', [nowhere, '0x0']],
  ])('is null for %s %j', async (method, params) => expect(await result(method, ...params)).toBeNull())

  it.each([
    ['eth_getBalance', ['0x00000000000000000000000000000000000000aa', '0x3e8']],
    ['eth_call', [{}, nowhere]],
    ['eth_feeHistory', ['0x1', '0x3e8']],
  ])('is an error for %s %j', async (method, params) =>
    expect((await ask(method, ...params)).error).toEqual({ code: -32000, message: 'header not found' }),
  )
})

describe('fee history', () => {
  it.each([
    [['0x1', 'latest', [50, 40]]],
    [['0x1', 'latest', [-1]]],
    [['0x1', 'latest', [101]]],
    [['0x1', 'latest', ['50']]],
    [[-1, 'latest']],
    [['0x1']],
  ])('refuses %j', async (params) => expect((await ask('eth_feeHistory', ...params)).error?.code).toBe(-32602))

  it('is as long as the chain at most', async () => {
    const history = await result<{ oldestBlock: Hex; gasUsedRatio: number[]; baseFeePerGas: Hex[] }>('eth_feeHistory', '0x400', '0x1')
    expect([history.oldestBlock, history.gasUsedRatio.length, history.baseFeePerGas.length]).toEqual(['0x0', 2, 3])
  })
})

describe('a call', () => {
  it('for another chain, with contradicting data or with blobs is refused', async () => {
    const code = async (request: object) => (await ask('eth_call', request)).error?.code
    expect(await code({ chainId: '0x1' })).toBe(-32602)
    expect(await code({ input: '0x01', data: '0x02' })).toBe(-32602)
    expect(await code({ blobVersionedHashes: [`0x${'01'.repeat(32)}`] })).toBe(-32602)
  })

  it('with too little gas to begin, or without the money, says so as geth does', async () => {
    const failure = async (request: object) => (await ask('eth_call', request)).error
    expect(await failure({ to: facts.probe, gas: '0x1' })).toMatchObject({
      code: -32000,
      message: expect.stringMatching(/^intrinsic gas too low/),
    })
    const value = `0x${parseEther('5').toString(16)}`
    expect(await failure({ from: '0x00000000000000000000000000000000000000aa', to: facts.probe, value })).toMatchObject({
      code: -32000,
      message: expect.stringMatching(/^insufficient funds/),
    })
  })

  it('sees changed accounts only while it runs', async () => {
    const from = '0x00000000000000000000000000000000000000aa'
    expect(await result('eth_call', { from, to: facts.owner, value: '0x5' }, 'latest', { [from]: { balance: '0x5' } })).toBe('0x')
    expect(await result('eth_getBalance', from)).toBe('0x0')
  })
})
