import { JsonRpcProvider } from 'ethers'
import { type Address, createPublicClient, createWalletClient, encodeFunctionData, type Hex, http, numberToHex } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Patience } from '../../src/call/patience.ts'
import { startRpc } from '../../src/index.ts'
import { feeHistory } from '../../src/rpc/gas/feeHistory.ts'
import { scanLogs } from '../../src/rpc/logs/scan.ts'
import { startTestNode, type TestNode } from './node.testkit.ts'
import { compileProbe, probeAbi } from './probe.testkit.ts'

/** Every tenth of these blocks holds one event, with the block's place as its key. */
const BLOCKS = 1_000
const EVERY = 10

let node: TestNode
let probe: Address
let first: bigint
const client = () =>
  createPublicClient({ chain: node.viemChain, transport: http(node.url, { timeout: 600_000 }), pollingInterval: 50, cacheTime: 0 })

beforeAll(async () => {
  node = await startTestNode({ onlyMine: true })
  const account = privateKeyToAccount(node.key(0))
  const wallet = createWalletClient({ account, chain: node.viemChain, transport: http(node.url, { timeout: 600_000 }) })
  const deployed = await wallet.deployContract({ abi: probeAbi, bytecode: compileProbe().bytecode, args: [] })
  await node.mine()
  probe = (await client().getTransactionReceipt({ hash: deployed })).contractAddress!
  first = (await client().getBlockNumber()) + 1n
  let nonce = await client().getTransactionCount({ address: account.address })
  for (let block = 0; block < BLOCKS; block += 1) {
    if (block % EVERY === 0) {
      const data = encodeFunctionData({ abi: probeAbi, functionName: 'store', args: [BigInt(block), 1n] })
      const signed = await account.signTransaction({
        chainId: node.viemChain.id,
        type: 'eip1559',
        to: probe,
        data,
        gas: 200_000n,
        nonce,
        maxFeePerGas: 10n ** 10n,
        maxPriorityFeePerGas: 1n,
      })
      nonce += 1
      await client().sendRawTransaction({ serializedTransaction: signed })
    }
    await node.mine()
  }
})
afterAll(() => node.close())

const range = () => ({ fromBlock: first, toBlock: first + BigInt(BLOCKS) - 1n })

describe('logs of a thousand blocks', () => {
  it('are all found, in order', async () => {
    const logs = await client().getContractEvents({ address: probe, abi: probeAbi, eventName: 'Stored', ...range() })
    expect(logs.map(({ args }) => args.key)).toEqual(Array.from({ length: BLOCKS / EVERY }, (_, index) => BigInt(index * EVERY)))
    expect(new Set(logs.map(({ blockHash }) => blockHash)).size).toBe(BLOCKS / EVERY)
    expect(logs.every(({ logIndex, removed }) => logIndex === 0 && !removed)).toBe(true)
  })

  it('are the same to ethers', async () => {
    const provider = new JsonRpcProvider(node.url)
    const [fromBlock, toBlock] = [Number(first), Number(first) + BLOCKS - 1]
    const logs = await provider.getLogs({ address: probe, fromBlock, toBlock })
    const ours = await client().getLogs({ address: probe, ...range() })
    expect(logs.map(({ blockHash, index, data }) => [blockHash, index, data])).toEqual(
      ours.map(({ blockHash, logIndex, data }) => [blockHash, logIndex, data]),
    )
    expect(logs).toHaveLength(BLOCKS / EVERY)
    provider.destroy()
  })

  it('are found by an indexed value, and none by one that never was', async () => {
    const by = async (key: bigint) =>
      (await client().getContractEvents({ address: probe, abi: probeAbi, eventName: 'Stored', args: { key }, ...range() })).length
    expect([await by(990n), await by(991n)]).toEqual([1, 0])
    expect(await client().getLogs({ address: '0x00000000000000000000000000000000000000ff', ...range() })).toEqual([])
  })

  it('are found in one block by its hash', async () => {
    const [log] = await client().getContractEvents({ address: probe, abi: probeAbi, eventName: 'Stored', args: { key: 500n }, ...range() })
    expect(await client().getContractEvents({ address: probe, abi: probeAbi, eventName: 'Stored', blockHash: log!.blockHash })).toEqual([
      log,
    ])
    await expect(client().getLogs({ blockHash: `0x${'12'.repeat(32)}` })).rejects.toThrow(/unknown block/)
  })

  it('take milliseconds of a processor', async () => {
    const query = { address: probe, abi: probeAbi, eventName: 'Stored', args: { key: 500n }, ...range() } as const
    await client().getContractEvents(query)
    const times: number[] = []
    for (let round = 0; round < 9; round += 1) {
      const before = process.cpuUsage()
      await client().getContractEvents(query)
      const { user, system } = process.cpuUsage(before)
      times.push((user + system) / 1_000)
    }
    const median = times.sort((a, b) => a - b)[4]!
    console.log(`one event among ${BLOCKS} blocks: median ${median.toFixed(1)} ms over HTTP`)
    expect(median).toBeLessThan(100)
  })

  it('agree with the receipts of their blocks', async () => {
    const blockNumber = first + 500n
    const receipts = await client().request({ method: 'eth_getBlockReceipts', params: [`0x${blockNumber.toString(16)}`] } as never)
    const logs = await client().request({
      method: 'eth_getLogs',
      params: [{ fromBlock: `0x${blockNumber.toString(16)}`, toBlock: `0x${blockNumber.toString(16)}` }],
    })
    expect((receipts as { logs: unknown[] }[]).flatMap((receipt) => receipt.logs)).toEqual(logs)
    expect(logs).toHaveLength(1)
  })
})

describe('a search through many blocks', () => {
  it('lets the thread, which talks to consensus, have its turn after each slice of 10 ms', async () => {
    let turns = 0
    let time = 0
    // Each look at the clock is two milliseconds after the one before.
    const patience = new Patience({ milliseconds: 1e9, now: () => (time += 2), pause: async () => void turns++ })
    const [from, to] = [first, first + BigInt(BLOCKS) - 1n]
    const all = { addresses: new Set<Hex>(), topics: [] }
    const logs = await scanLogs(node.chain, all, from, to, { maxLogRange: BLOCKS, maxLogs: BLOCKS, maxResponseChars: 1e9 }, patience)
    expect(JSON.parse(logs.text)).toHaveLength(BLOCKS / EVERY)
    expect(turns).toBeGreaterThan(BLOCKS / 10)
    turns = 0
    await feeHistory(node.chain, BLOCKS, node.chain.headerByNumber(to)!, [50], patience)
    expect(turns).toBeGreaterThan(BLOCKS / 10)
  })

  it('ends after its time, with an error that says so', async () => {
    const hasty = await startRpc(node.chain, { limits: { maxScanMilliseconds: 0 } })
    try {
      const at = createPublicClient({ chain: node.viemChain, transport: http(hasty.url, { retryCount: 0 }) })
      const filter = await at.request({ method: 'eth_newFilter', params: [{ fromBlock: numberToHex(first) }] })
      for (const [method, params] of [
        ['eth_getLogs', [{ fromBlock: numberToHex(first), toBlock: 'latest' }]],
        ['eth_getFilterLogs', [filter]],
        ['eth_feeHistory', ['0x400', 'latest', [50]]],
      ]) {
        await expect(at.request({ method, params } as never), String(method)).rejects.toThrow(/takes longer than 0 ms/)
      }
    } finally {
      await hasty.close()
    }
  })
})

describe('filters', () => {
  it('answer what is new since the last poll', async () => {
    const account = privateKeyToAccount(node.key(1))
    const wallet = createWalletClient({ account, chain: node.viemChain, transport: http(node.url, { timeout: 600_000 }) })
    const store = (key: bigint) => wallet.writeContract({ address: probe, abi: probeAbi, functionName: 'store', args: [key, 1n] })
    const [events, blocks, transactions] = [
      await client().createContractEventFilter({ address: probe, abi: probeAbi, eventName: 'Stored' }),
      await client().createBlockFilter(),
      await client().createPendingTransactionFilter(),
    ]
    const hash = await store(7n)
    expect(await client().getFilterChanges({ filter: transactions })).toEqual([hash])
    await node.mine()
    const receipt = await client().getTransactionReceipt({ hash })
    expect(await client().getFilterChanges({ filter: events })).toMatchObject([{ transactionHash: hash, args: { key: 7n } }])
    expect(await client().getFilterChanges({ filter: events })).toEqual([])
    expect(await client().getFilterChanges({ filter: blocks })).toEqual([receipt.blockHash])
    expect(await client().uninstallFilter({ filter: events })).toBe(true)
    await expect(client().getFilterChanges({ filter: events })).rejects.toThrow(/filter not found/)
  })

  it('over a range answer all of it again when asked', async () => {
    const filter = await client().createContractEventFilter({
      address: probe,
      abi: probeAbi,
      eventName: 'Stored',
      fromBlock: first,
      toBlock: first + 99n,
    })
    expect(await client().getFilterLogs({ filter })).toHaveLength(10)
    expect(await client().getFilterChanges({ filter })).toEqual([])
  })
})
