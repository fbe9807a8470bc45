import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Chain, createChain, type GenesisParameters, makeGenesis, networkFileOf, type RpcServer, startRpc } from '@opengradient/chain'
import { bytesToHex, DEV_ACCOUNTS, devAccount, type NetworkFile, signDigest } from '@opengradient/protocol'
import { type LocalAccount, privateKeyToAccount } from 'viem/accounts'

/** A real embedded chain with its RPC, in this process. */
export interface TestNetwork {
  chain: Chain
  rpc: RpcServer
  network: NetworkFile
  accountOf(index: number): LocalAccount
  close(): Promise<void>
}

export interface TestNetworkOptions {
  chainId?: bigint
  /** Milliseconds between blocks. */
  blockInterval?: number
  /** Milliseconds after which an empty block comes by itself. */
  idleInterval?: number
  /** How evidence of enclaves is judged; the strictest policy, and no development roots, if absent. */
  attestation?: GenesisParameters['attestation']
}

const OPG = 10n ** 18n

export async function startNetwork({
  chainId = 7_000_000_001n,
  blockInterval = 20,
  idleInterval = 500,
  attestation,
}: TestNetworkOptions = {}): Promise<TestNetwork> {
  const validator = devAccount(chainId, DEV_ACCOUNTS.validator)
  const faucets = [0, 1, 2, 5, 6].map((index) => ({ address: devAccount(chainId, index).address, amount: 1_000_000n * OPG }))
  // An hour back, so that fast blocks (a second apart at least) stay behind the clock.
  const time = BigInt(Math.floor(Date.now() / 1000) - 3600)
  const genesis = await makeGenesis({ chainId, validator: validator.address, faucets, time, ...(attestation ? { attestation } : {}) })
  const timing = { blockInterval, idleInterval, gather: 2 }
  const chain = await createChain({ memory: true, genesis, validatorKey: validator.privateKey, timing })
  const rpc = await startRpc(chain, { onFault: (method, error) => console.error(method, error) })
  return {
    chain,
    rpc,
    network: networkFileOf(chain, 'local', rpc.url),
    accountOf: (index) => privateKeyToAccount(bytesToHex(devAccount(chainId, index).privateKey)),
    async close() {
      await rpc.close()
      await chain.close()
    },
  }
}

export interface RpcCall {
  method: string
  params: unknown[]
}

/** Changes what an RPC answers to one call; `undefined` leaves it alone. */
export type Lie = (call: RpcCall, answer: { result?: unknown; error?: unknown }) => unknown

/** A proxy in front of an RPC that lies as it is told, and counts what it is asked. Methods named in `swallow` never reach the RPC. */
export async function lyingRpc(
  target: string,
  lie: Lie,
  swallow: readonly string[] = [],
): Promise<{ url: string; asked: RpcCall[]; roundTrips: () => number; close(): Promise<void> }> {
  const asked: RpcCall[] = []
  let roundTrips = 0
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const body = Buffer.concat(parts).toString()
    roundTrips += 1
    const calls = [JSON.parse(body)].flat() as (RpcCall & { id: unknown })[]
    const passed = calls.map((call) => (swallow.includes(call.method) ? { ...call, method: 'eth_chainId', params: [] } : call))
    const forwarded = await fetch(target, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(passed) })
    const answers = [await forwarded.json()].flat() as { id: unknown; result?: unknown; error?: unknown }[]
    const changed = answers.map((answer) => {
      const call = calls.find(({ id }) => id === answer.id) as RpcCall
      asked.push(call)
      const told = lie(call, structuredClone(answer))
      return told === undefined ? answer : { jsonrpc: '2.0', id: answer.id, result: told }
    })
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(body.startsWith('[') ? changed : changed[0]))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    roundTrips: () => roundTrips,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}

/** A key that no network file names. */
export const STRANGER = new Uint8Array(32).fill(7)
export { signDigest }
