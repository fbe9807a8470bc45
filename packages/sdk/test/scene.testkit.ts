import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { AttestationPolicy, Platform } from '@opengradient/attestation'
import { developmentAttester } from '@opengradient/attestation-dev'
import { startInferenceNode } from '@opengradient/inference'
import { type Address, bytesToHex, devAccount, type Hex } from '@opengradient/protocol'
import { startStore } from '@opengradient/store'
import { compile, encodeZkir, Kernels, registerModel } from '@opengradient/zkml'
import { afterAll, vi } from 'vitest'
import { attestationOf, OPEN_POLICY, SEED } from '../../client/test/attestation.testkit.ts'
import { startNetwork, type TestNetwork } from '../../client/test/network.testkit.ts'
import { type NodeConnectOptions, OpenGradient, opg, type PublishOptions, privateKeyToAccount } from '../src/node/index.ts'
import { type LyingNode, lyingNode } from './lyingNode.testkit.ts'

/** A chain, a store and an inference node, all real, the node behind a proxy that can be told to lie. */
export interface Scene {
  net: TestNetwork
  liar: LyingNode
  modelId: Hex
  node: Address
  /** Key that signs the node's receipts. */
  receiptKey: Uint8Array
  store: { url: string; token: string }
  /** The SDK with a fresh account's ledger and book. */
  connect(options?: Partial<NodeConnectOptions>): Promise<OpenGradient>
  close(): Promise<void>
}

export const NAME = 'alice/volatility'
export const PRICE = opg('0.001')
export const INPUT = Float32Array.from({ length: 16 }, (_, i) => ((i * 7) % 11) / 10 - 0.5)

const MODEL_FILE = fileURLToPath(new URL('../../../models/volatility_mlp_16_32_32_1/model.onnx', import.meta.url))

export async function volatility(name = NAME): Promise<PublishOptions> {
  return {
    name,
    task: 'volatility',
    files: [{ path: 'model.onnx', bytes: new Uint8Array(await readFile(MODEL_FILE)) }],
    inputs: [{ name: 'input', datatype: 'FP32', shape: ['N', 16], doc: 'eight lagged returns, then eight moving volatilities; percent' }],
    outputs: [{ name: 'output', datatype: 'FP32', shape: ['N', 1], doc: 'conditional volatility of the next step; percent' }],
    class: 'tolerance',
    tolerance: { atol: 1e-5, rtol: 1e-4 },
    licence: 'Apache-2.0',
    card: '# Volatility\n\nTrained on simulated GARCH returns.',
    royaltyBps: 500,
    minRoyalty: 1n,
  }
}

/** The same model with its integer model, so that its answers can be proved. */
export async function provable(name = NAME): Promise<PublishOptions> {
  const options = await volatility(name)
  const onnx = options.files[0]!.bytes
  const { ir, weights, io, report } = compile(onnx)
  const { files, zkModelId } = registerModel(Kernels.loadSync(), ir, weights)
  const maxAbs = Math.max(...report.outputs.map(({ maxError = 0 }) => maxError))
  return {
    ...options,
    files: [...options.files, { path: 'model.zkir', bytes: encodeZkir({ ...files, io }) }],
    zk: { commitment: bytesToHex(zkModelId), statementVersion: 1, fidelity: { maxAbs, samples: report.samples } },
  }
}

export interface SceneOptions {
  /** OPG wei that the node asks for a request; 0 for nothing. */
  price?: bigint
  /** What is published. */
  model?: (name?: string) => Promise<PublishOptions>
  /** The node is in a development enclave of this platform. */
  platform?: Platform
  /** What the network demands of evidence. */
  policy?: AttestationPolicy
  /** OPG wei above which the node settles a payment before it gives its answer out. */
  settleFirstAbove?: bigint
}

export async function startScene({
  price = PRICE,
  model = volatility,
  platform,
  policy = OPEN_POLICY,
  settleFirstAbove,
}: SceneOptions = {}): Promise<Scene> {
  const net = await startNetwork({
    chainId: BigInt(2 ** 33 + Math.floor(Math.random() * 2 ** 40)),
    blockInterval: 50,
    ...(platform ? { attestation: attestationOf(policy) } : {}),
  })
  const blockTime = () => Number(net.chain.head().block.header.timestamp)
  const dir = await mkdtemp(join(tmpdir(), 'og-sdk-'))
  const silent = {
    info: () => undefined,
    warn: () => undefined,
    error: (fields: object, message: string) => console.error(message, fields),
  }
  const store = await startStore({ dir: join(dir, 'store'), host: '127.0.0.1', port: 0, quotaBytes: 1 << 30, log: silent })
  const liar = await lyingNode()
  const key = (index: number) => devAccount(net.network.chainId, index).privateKey

  const connect = (options: Partial<NodeConnectOptions> = {}) =>
    OpenGradient.connect({
      network: net.network,
      account: privateKeyToAccount(bytesToHex(key(0))),
      policy: { level: 'signature', maxPrice: opg('0.01') },
      stores: [store.url],
      upload: store,
      // Blocks are made faster here than a second apart, so the chain's time runs ahead of the clock.
      now: () => Math.max(Date.now() / 1000, blockTime()),
      ...options,
    })

  const og = await connect()
  const { modelId } = await og.publish(await model())
  await og.wallet.wrap(opg('10'))
  const node = await startInferenceNode(
    {
      network: net.network,
      dataDir: join(dir, 'node'),
      accountKey: key(1),
      receiptKey: key(4),
      stores: [store.url],
      serve: 'all',
      price,
      bond: opg('10000'),
      port: 0,
      publicUrl: liar.url,
      batchSeconds: 0.2,
      maxClockSkew: 600,
      ...(settleFirstAbove !== undefined && { settleFirstAbove }),
    },
    { log: silent, ...(platform ? { attester: async () => developmentAttester({ platform, seed: SEED, now: blockTime }) } : {}) },
  )
  liar.target = `http://127.0.0.1:${node.port}`
  return {
    net,
    liar,
    modelId,
    node: node.address,
    receiptKey: key(4),
    store,
    connect,
    async close() {
      await node.close(2000)
      await liar.close()
      await store.close()
      await net.close()
      await rm(dir, { recursive: true, force: true })
    },
  }
}

/** Polls until `ready` gives something. */
export async function eventually<T>(ready: () => Promise<T | undefined | false>, what: string, timeoutMs = 120_000): Promise<T> {
  const giveUpAt = performance.now() + timeoutMs
  for (;;) {
    const found = await ready()
    if (found) return found
    if (performance.now() > giveUpAt) throw new Error(`not within ${timeoutMs} ms: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/**
 * For a whole test file: lets time pass at once for all who measure it with `performance.now`, instead of waiting until the time of a call is
 * over. It never goes back before the file is done.
 */
export function passingTime(): (ms: number) => void {
  let passed = 0
  const real = performance.now.bind(performance)
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => real() + passed)
  afterAll(() => clock.mockRestore())
  return (ms) => {
    passed += ms
  }
}
