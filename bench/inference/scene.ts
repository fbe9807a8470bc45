import { type ChildProcess, fork } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { encodeGenesis, LOCAL_BENEFICIARIES, makeGenesis } from '@opengradient/chain'
import { type ChainClient, connect, createWriter } from '@opengradient/client'
import {
  type Address,
  bytesToHex,
  chunkHashes,
  DEV_ACCOUNTS,
  type DevAccount,
  devAccount,
  encodeManifest,
  type Hex,
  manifestHashOf,
  type NetworkFile,
  parseNetworkFile,
  sha256Hex,
  utf8,
} from '@opengradient/protocol'
import { startStore } from '@opengradient/store'
import { privateKeyToAccount } from 'viem/accounts'

const OPG = 10n ** 18n
const SERVICE = fileURLToPath(new URL(`./service.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url))
/** From `bench/inference` and from `bench/dist/inference` alike. */
const REPOSITORY = fileURLToPath(new URL(import.meta.url.includes('/dist/') ? '../../../' : '../../', import.meta.url))
const MODEL = join(REPOSITORY, 'models', 'volatility_mlp_16_32_32_1', 'model.onnx')

/** A node in a process of its own. */
export interface NodeService {
  process: ChildProcess
  url: string
  till: Address
  pending(): Promise<{ open: number; queued: number; submitted: number; unbatched: number }>
}

/** Chain, store and nodes as separate processes, with one model published. */
export interface Scene {
  network: NetworkFile
  client: ChainClient
  modelId: Hex
  account(index: number): DevAccount
  /** Process of the chain. */
  chainPid: number
  /** Wraps OPG for an account. */
  wrap(index: number, amount: bigint): Promise<void>
  /** Starts a node; `price` in OPG wei a request. */
  node(operator: number, price: bigint): Promise<NodeService>
  close(): Promise<void>
}

/** @param accounts development accounts that begin with money */
export async function startScene(accounts: number): Promise<Scene> {
  const dir = mkdtempSync(join(tmpdir(), 'og-bench-'))
  const chainId = BigInt(randomInt(2 ** 33, 2 ** 47))
  const account = (index: number) => devAccount(chainId, index)
  const validator = account(DEV_ACCOUNTS.validator).address
  const faucets = Array.from({ length: accounts }, (_, i) => ({ address: account(i).address, amount: 100_000n * OPG }))
  const time = BigInt(Math.floor(Date.now() / 1000) - 10)
  const genesis = await makeGenesis({ chainId, validator, faucets, time, beneficiaries: LOCAL_BENEFICIARIES })
  const genesisFile = join(dir, 'genesis.json')
  writeFileSync(genesisFile, encodeGenesis(genesis))
  const services: ChildProcess[] = []
  const launch = async (args: string[]): Promise<{ child: ChildProcess; told: Record<string, string> }> => {
    const child = fork(SERVICE, args)
    services.push(child)
    const [told] = await once(child, 'message')
    return { child, told: told as Record<string, string> }
  }
  const chain = await launch(['chain', join(dir, 'chain'), genesisFile])
  const network = parseNetworkFile(utf8(chain.told.network!))
  const networkFile = join(dir, 'network.json')
  writeFileSync(networkFile, chain.told.network!)
  const log = { info: () => {}, error: () => {} }
  const store = await startStore({ dir: join(dir, 'store'), host: '127.0.0.1', port: 0, quotaBytes: 1 << 30, log })
  const client = connect({ network, headSeconds: 0 })
  const writer = (index: number) => createWriter({ client, account: privateKeyToAccount(bytesToHex(account(index).privateKey)) })
  const modelId = await publish(store, writer(DEV_ACCOUNTS.user))
  return {
    network,
    client,
    modelId,
    account,
    chainPid: chain.child.pid!,
    wrap: async (index, amount) => void (await writer(index).wrap(amount)),
    async node(operator, price) {
      const folder = join(dir, `node${operator}`)
      mkdirSync(folder)
      const { child, told } = await launch(['node', folder, networkFile, store.url, price.toString(), String(operator)])
      const pending = async () => {
        child.send('pending')
        const [answer] = await once(child, 'message')
        return answer as Awaited<ReturnType<NodeService['pending']>>
      }
      return { process: child, url: told.url!, till: told.till as Address, pending }
    },
    async close() {
      for (const child of services.reverse()) {
        const gone = once(child, 'exit')
        child.send('end')
        await gone
      }
      await store.close()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

async function publish(store: { url: string; token: string }, writer: ReturnType<typeof createWriter>): Promise<Hex> {
  const model = readFileSync(MODEL)
  const tensor = (name: string, width: number) => ({ name, datatype: 'FP32' as const, shape: ['N', width], doc: 'benchmark' })
  const manifest = encodeManifest({
    v: 1,
    task: 'benchmark',
    format: 'onnx',
    files: [{ path: 'model.onnx', size: model.length, sha256: sha256Hex(model), chunks: chunkHashes(model) }],
    inputs: [tensor('input', 16)],
    outputs: [tensor('output', 1)],
    class: 'tolerance',
    tolerance: { atol: 1e-5, rtol: 1e-4 },
    batch: { invariant: false, max: 1 },
    golden: [],
    licence: 'Apache-2.0',
    card: sha256Hex(utf8('card')),
  })
  for (const bytes of [model, manifest]) {
    const headers = { authorization: `Bearer ${store.token}`, 'content-type': 'application/octet-stream' }
    const reply = await fetch(`${store.url}/files/${sha256Hex(bytes).slice(2)}`, {
      method: 'PUT',
      headers,
      body: bytes as Uint8Array<ArrayBuffer>,
    })
    if (!reply.ok) throw new Error(`upload: ${reply.status} ${await reply.text()}`)
  }
  return (await writer.publish('bench/volatility', manifestHashOf(manifest))).modelId
}
