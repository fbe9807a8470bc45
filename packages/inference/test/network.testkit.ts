import { randomInt } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Chain,
  createChain,
  type EmbeddedTiming,
  type GenesisParameters,
  makeGenesis,
  networkFileOf,
  type RpcServer,
  startRpc,
} from '@opengradient/chain'
import { type ChainClient, connect, createWriter, type Writer } from '@opengradient/client'
import { ADDRESSES } from '@opengradient/contracts'
import {
  bytesToHex,
  chunkHashes,
  DEV_ACCOUNTS,
  type DevAccount,
  devAccount,
  encodeManifest,
  type Hex,
  manifestHashOf,
  type NetworkFile,
  sha256Hex,
} from '@opengradient/protocol'
import { type RunningStore, startStore } from '@opengradient/store'
import { x402Client } from '@x402/core/client'
import { registerExactEvmScheme } from '@x402/evm/exact/client'
import { privateKeyToAccount } from 'viem/accounts'
import type { InferenceNodeConfig } from '../src/config.ts'
import { type ZkSample, zkSample } from '../src/engine/zk.testkit.ts'
import { sampleFolder } from '../src/server/folderSource.testkit.ts'

export const OPG = 10n ** 18n
export const VOLATILITY = 'volatility_mlp_16_32_32_1'

/** A chain, a store and a client on real ports of this process, with money in the development accounts. */
export interface TestNetwork {
  chain: Chain
  rpc: RpcServer
  rpcUrl: string
  network: NetworkFile
  store: RunningStore
  client: ChainClient
  dir: string
  /** Unix milliseconds of a clock that the chain is never ahead of: blocks come faster here than the second apart that they are dated. */
  now(): number
  account(index: number): DevAccount
  writer(index: number): Writer
  /** Publishes a sample model as `name`, with the user's account. */
  publish(sample: string, name: string, terms?: Parameters<Writer['publish']>[2]): Promise<Hex>
  /** Publishes a sample model that can be proved; `zkir`: its integer model alone, with committed weights that `sample` holds. */
  publishZk(sample: string, name: string, options?: PublishZk): Promise<{ modelId: Hex; sample: ZkSample }>
  /** What to start a node with: the operator's account, this network, `dataDir` inside its folder. */
  nodeConfig(over?: Partial<InferenceNodeConfig>): InferenceNodeConfig
  close(): Promise<void>
}

export interface PublishZk {
  format?: 'onnx' | 'zkir'
  /** Changes the file after its id was taken. */
  damage?: (file: Uint8Array) => Uint8Array
  /** Another id than that of the file, in manifest and on chain. */
  commitment?: Hex
  /** What goes on chain, if it is not what the manifest says; `none`: nothing. */
  onChain?: Hex | 'none'
}

const FAST: EmbeddedTiming = { blockInterval: 100, idleInterval: 2_000, gather: 5 }
const log = { info: () => {}, warn: () => {}, error: (facts: object, message: string) => console.error(message, facts) }

/** @param attestation how the chain judges evidence about enclaves; by default it accepts none */
export async function startTestNetwork(
  timing: EmbeddedTiming = FAST,
  attestation?: GenesisParameters['attestation'],
): Promise<TestNetwork> {
  const dir = mkdtempSync(join(tmpdir(), 'og-node-'))
  const chainId = BigInt(randomInt(2 ** 33, 2 ** 47))
  const account = (index: number) => devAccount(chainId, index)
  const faucets = Array.from({ length: 24 }, (_, i) => ({ address: account(i).address, amount: 1_000_000n * OPG }))
  const time = BigInt(Math.floor(Date.now() / 1000) - 60)
  const validator = account(DEV_ACCOUNTS.validator)
  const genesis = await makeGenesis({ chainId, validator: validator.address, faucets, time, ...(attestation && { attestation }) })
  const chain = await createChain({ memory: true, genesis, validatorKey: validator.privateKey, timing })
  const rpc = await startRpc(chain, { port: 0, onFault: (method, error) => console.error(method, error) })
  const store = await startStore({ dir: join(dir, 'store'), host: '127.0.0.1', port: 0, quotaBytes: 1 << 30, log })
  const network = networkFileOf(chain, 'local', rpc.url)
  const client = connect({ network, headSeconds: 0 })
  const writers = new Map<number, Writer>()
  const writer = (index: number): Writer => {
    let known = writers.get(index)
    if (!known) {
      known = createWriter({ client, account: privateKeyToAccount(bytesToHex(account(index).privateKey)) })
      writers.set(index, known)
    }
    return known
  }
  await chain.mine!()
  return {
    chain,
    rpc,
    rpcUrl: rpc.url,
    network,
    store,
    client,
    dir,
    now: () => Math.max(Date.now(), 1_000 * Number(chain.head().block.header.timestamp)),
    account,
    writer,
    async publish(sample, name, terms = {}) {
      const folder = sampleFolder(sample)
      const model = await folder.files('model.onnx')
      for (const bytes of [model, folder.manifestBytes]) await upload(store, bytes)
      const { modelId } = await writer(DEV_ACCOUNTS.user).publish(name, manifestHashOf(folder.manifestBytes), terms)
      return modelId
    },
    async publishZk(name_, name, { format = 'onnx', damage = (bytes: Uint8Array) => bytes, commitment, onChain } = {}) {
      const folder = sampleFolder(name_)
      const onnx = await folder.files('model.onnx')
      const sample = zkSample(onnx, { commitWeights: format === 'zkir' })
      const file = damage(sample.published)
      const fileOf = (path: string, bytes: Uint8Array) => ({
        ...{ path, size: bytes.length, sha256: sha256Hex(bytes), chunks: chunkHashes(bytes) },
      })
      const zk = { commitment: commitment ?? sample.zkModelId, statementVersion: 1, fidelity: { maxAbs: 0.01, samples: 64 } }
      const files = format === 'zkir' ? [fileOf('model.zkir', file)] : [...folder.manifest.files, fileOf('model.zkir', file)]
      const golden = format === 'zkir' ? [] : folder.manifest.golden
      const card = sha256Hex(Buffer.from(name))
      const manifestBytes = encodeManifest({ ...folder.manifest, format, files, golden, zk, card })
      for (const bytes of [onnx, file, manifestBytes]) await upload(store, bytes)
      const { modelId } = await writer(DEV_ACCOUNTS.user).publish(name, manifestHashOf(manifestBytes), {})
      if (onChain !== 'none') await writer(DEV_ACCOUNTS.user).commitZk(modelId, onChain ?? zk.commitment)
      return { modelId, sample }
    },
    nodeConfig: (over = {}) => ({
      network,
      dataDir: join(dir, 'node'),
      accountKey: account(DEV_ACCOUNTS.nodeOperator).privateKey,
      receiptKey: account(DEV_ACCOUNTS.receiptKey).privateKey,
      stores: [store.url],
      serve: 'all',
      price: OPG / 1000n,
      bond: 10_000n * OPG,
      port: 0,
      batchSeconds: 0.2,
      ...over,
    }),
    async close() {
      await rpc.close()
      await chain.close()
      await store.close()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

export async function upload(store: RunningStore, bytes: Uint8Array): Promise<void> {
  const headers = { authorization: `Bearer ${store.token}`, 'content-type': 'application/octet-stream' }
  const body = bytes as Uint8Array<ArrayBuffer>
  const reply = await fetch(`${store.url}/files/${sha256Hex(bytes).slice(2)}`, { method: 'PUT', headers, body })
  if (!reply.ok) throw new Error(`upload: ${reply.status} ${await reply.text()}`)
}

/** The unmodified x402 client, told only that WOPG may be spent. */
export function stockClient(net: TestNetwork, index: number): x402Client {
  const client = new x402Client()
  client.setSpendControls({ allowedAssets: [{ network: `eip155:${net.network.chainId}`, asset: ADDRESSES.wopg }] })
  return registerExactEvmScheme(client, { signer: privateKeyToAccount(bytesToHex(net.account(index).privateKey)) })
}

/** The body of a request to the volatility model; different for each `n`. */
export function volatilityBody(n = 0): string {
  const data = Array.from({ length: 16 }, (_, i) => Math.fround(((i * 7 + n * 13) % 11) / 10 - 0.5))
  return JSON.stringify({ inputs: [{ name: 'input', shape: [1, 16], datatype: 'FP32', data }] })
}

/** Polls until `ready` holds. */
export async function eventually(ready: () => boolean | Promise<boolean>, what: string, timeoutMs = 120_000): Promise<void> {
  const giveUpAt = performance.now() + timeoutMs
  while (!(await ready())) {
    if (performance.now() > giveUpAt) throw new Error(`not within ${timeoutMs} ms: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
