import { bytesToHex, type Hex } from '@opengradient/protocol'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { buildCometbft } from '../../../scripts/cometbft.mjs'
import { type Chain, createChain, startRpc } from '../src/index.ts'
import { signer } from '../test/chain.testkit.ts'
import { Engine } from './engine.ts'
import { makeNetwork, type TestNetwork } from './network.testkit.ts'

const to = '0x00000000000000000000000000000000000000aa'
let binary: string
const cleanups: (() => Promise<unknown> | unknown)[] = []

beforeAll(() => {
  binary = buildCometbft()
})

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

/** What the node told its operator. */
interface Log {
  readonly errors: { readonly message: string; readonly fields: object }[]
}

async function setUp(): Promise<{ network: TestNetwork; chain: Chain; log: Log }> {
  const network = await makeNetwork(1)
  cleanups.push(network.remove)
  const { genesis, places } = network
  const { dataDir, listen, rpc } = places[0]!
  const errors: Log['errors'] = []
  const log = { info: () => {}, error: (fields: object, message: string) => errors.push({ message, fields }) }
  const chain = await createChain({ dataDir, genesis, log, cometbft: { listen, rpc, paced: false } })
  cleanups.push(() => chain.close())
  return { network, chain, log: { errors } }
}

function startEngine({ places }: TestNetwork): Engine {
  const engine = new Engine(binary, places[0]!.home)
  cleanups.push(() => engine.kill())
  return engine
}

async function rpcOf(chain: Chain): Promise<(method: string, ...params: unknown[]) => Promise<never>> {
  const server = await startRpc(chain, { port: 0, networkName: 'test' })
  cleanups.push(() => server.close())
  return async (method, ...params) => {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
    const answer = await fetch(server.url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    const { result, error } = (await answer.json()) as { result: never; error?: { message: string } }
    if (error) throw new Error(error.message)
    return result
  }
}

describe('a validator on CometBFT', () => {
  it('puts transactions from the JSON-RPC into linked blocks, and goes on with the same app hash after CometBFT is killed', async () => {
    const { network, chain, log } = await setUp()
    const rpc = await rpcOf(chain)
    const first = startEngine(network)
    await first.until(() => chain.head().height >= 2n)
    expect(chain.mine).toBeUndefined()

    const raws = await Promise.all(Array.from({ length: 50 }, (_, nonce) => signer(0).sign({ nonce, to, value: 1n })))
    const hashes: Hex[] = []
    for (const raw of raws) hashes.push(await rpc('eth_sendRawTransaction', bytesToHex(raw)))
    await first.until(() => hashes.every((hash) => chain.locate(hash)))
    expect(BigInt(await rpc('eth_getBalance', to, 'latest'))).toBe(50n)
    expect(chain.pool.content()).toEqual({ pending: [], queued: [] })

    await first.kill()
    const { height, hash } = chain.head()
    expect(chain.halted()).toBeUndefined()
    expect(await rpc('eth_blockNumber')).toBe(`0x${height.toString(16)}`)

    // What is sent while CometBFT is away is in a block when it is back.
    const late = await chain.submit(await signer(1).sign({ nonce: 0, to, value: 5n }))
    const second = startEngine(network)
    await second.until(() => chain.locate(late) !== undefined && chain.head().height >= height + 3n)
    expect(chain.blockByNumber(height)!.hash).toBe(hash)
    for (let at = 1n; at <= chain.head().height; at++) {
      const parent = chain.headerByNumber(at - 1n)!
      const { header } = chain.headerByNumber(at)!
      expect(bytesToHex(header.parentHash)).toBe(parent.hash)
      expect(header.timestamp).toBeGreaterThan(parent.header.timestamp)
    }
    // CometBFT's header of the next block names the hash of ours.
    const { result } = (await (await fetch(`${network.places[0]!.rpc}/block?height=${height + 1n}`)).json()) as {
      result: { block: { header: { app_hash: string; chain_id: string } } }
    }
    expect(result.block.header).toMatchObject({ app_hash: hash.slice(2).toUpperCase(), chain_id: `og-${chain.chainId}` })
    // Said once, of the one that waited.
    expect(log.errors).toMatchObject([{ message: expect.stringMatching(/CometBFT does not take transactions yet/) }])
  })
})
