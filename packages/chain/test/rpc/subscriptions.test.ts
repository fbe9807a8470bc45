import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Address, createPublicClient, createWalletClient, http, webSocket } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startDoor } from './door.testkit.ts'
import { startTestNode, type TestNode } from './node.testkit.ts'
import { compileProbe, probeAbi } from './probe.testkit.ts'

let dataDir: string
let node: TestNode
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'og-rpc-'))
  node = await startTestNode({ dataDir })
})
afterEach(async () => {
  await node.close()
  await rm(dataDir, { recursive: true, force: true })
})

const wallet = () =>
  createWalletClient({ account: privateKeyToAccount(node.key(0)), chain: node.viemChain, transport: http(node.url, { timeout: 600_000 }) })
const reader = () => createPublicClient({ chain: node.viemChain, transport: http(node.url, { timeout: 600_000 }), pollingInterval: 50 })

async function deploy(): Promise<Address> {
  const hash = await wallet().deployContract({ abi: probeAbi, bytecode: compileProbe().bytecode, args: [] })
  return (await reader().waitForTransactionReceipt({ hash })).contractAddress!
}

describe('subscriptions', () => {
  it('go on after the node restarts, for a client that reconnects', async () => {
    const probe = await deploy()
    // viem gives up when its first attempt is refused: through the door it waits until the node is back.
    const door = await startDoor(node.port)
    const live = createPublicClient({
      chain: node.viemChain,
      transport: webSocket(`ws://127.0.0.1:${door.port}`, { reconnect: { delay: 50 }, keepAlive: false }),
    })
    const heads: bigint[] = []
    const keys: bigint[] = []
    const stops = [
      live.watchBlocks({ onBlock: ({ number }) => heads.push(number), onError: () => undefined }),
      live.watchContractEvent({
        address: probe,
        abi: probeAbi,
        eventName: 'Stored',
        onLogs: (logs) => keys.push(...logs.map(({ args }) => args.key!)),
        onError: () => undefined,
      }),
    ]
    try {
      const store = async (key: bigint) => {
        const hash = await wallet().writeContract({ address: probe, abi: probeAbi, functionName: 'store', args: [key, 1n] })
        return (await reader().waitForTransactionReceipt({ hash })).blockNumber
      }
      await live.getChainId()
      const before = await store(1n)
      await expect.poll(() => [keys, heads.includes(before)]).toEqual([[1n], true])

      door.shut()
      await node.close()
      node = await startTestNode({ dataDir })
      door.open(node.port)
      expect(await reader().getBlockNumber()).toBeGreaterThanOrEqual(before)
      expect(await reader().readContract({ address: probe, abi: probeAbi, functionName: 'values', args: [1n] })).toBe(1n)

      // The client has come back once events of new blocks arrive again.
      await expect
        .poll(
          async () => {
            await node.mine()
            return heads.at(-1)! > before
          },
          { interval: 100 },
        )
        .toBe(true)
      const after = await store(2n)
      await expect.poll(() => [keys, heads.includes(after)]).toEqual([[1n, 2n], true])
      expect(heads).toEqual([...heads].sort((a, b) => (a < b ? -1 : 1)))
    } finally {
      for (const stop of stops) stop()
      ;(await live.transport.getRpcClient()).close()
      door.close()
    }
  })

  it('announce headers, matching logs and waiting transactions, and end when asked', async () => {
    const probe = await deploy()
    const live = createPublicClient({ chain: node.viemChain, transport: webSocket(node.webSocketUrl) })
    const events: { topic: string; result: unknown }[] = []
    const subscribe = (...params: unknown[]) =>
      live.transport.subscribe({
        params: params as never,
        onData: ({ result }) => events.push({ topic: String(params[0]), result }),
      })
    const heads = await subscribe('newHeads')
    await subscribe('logs', { address: probe, topics: [] })
    await subscribe('newPendingTransactions')
    const hash = await wallet().writeContract({ address: probe, abi: probeAbi, functionName: 'store', args: [5n, 5n] })
    const receipt = await reader().waitForTransactionReceipt({ hash })
    const of = (topic: string) => events.filter((event) => event.topic === topic).map(({ result }) => result)
    await expect.poll(() => of('logs')).toMatchObject([{ transactionHash: hash, address: probe }])
    expect(of('newPendingTransactions')).toEqual([hash])
    const header = (of('newHeads') as { number: string; hash: string }[]).find(({ number }) => BigInt(number) === receipt.blockNumber)!
    expect(header.hash).toBe(receipt.blockHash)
    expect(header).not.toHaveProperty('transactions')

    expect(await heads.unsubscribe()).toMatchObject({ result: true })
    const count = of('newHeads').length
    await node.mine()
    await live.getBlockNumber({ cacheTime: 0 })
    expect(of('newHeads')).toHaveLength(count)
    await expect(subscribe('weather')).rejects.toMatchObject({ code: -32602 })
    ;(await live.transport.getRpcClient()).close()
  })
})
