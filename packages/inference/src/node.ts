import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { connect, createWriter, keyAccount, webHttp } from '@opengradient/client'
import { ADDRESSES, tillOf } from '@opengradient/contracts'
import { addressOf, type Hex, OgError } from '@opengradient/protocol'
import { installFastCrypto } from '@opengradient/protocol/node'
import { nodeAccount } from './chain/account.ts'
import { Follower } from './chain/follower.ts'
import { GasMoney } from './chain/gasMoney.ts'
import { httpRpc } from './chain/rpc.ts'
import { Sender } from './chain/sender.ts'
import { tryProofOnChain } from './chain/tryProof.ts'
import { ChainView } from './chain/view.ts'
import type { InferenceNode, InferenceNodeConfig } from './config.ts'
import type { Engine } from './engine/engine.ts'
import { isolationPlan, unfenced } from './engine/isolation.ts'
import { onnxEngine, onnxExactEngine } from './engine/onnx.ts'
import { zkEngine } from './engine/zk.ts'
import type { ProverEngine } from './engine/zkProver.ts'
import type { State } from './journal/entry.ts'
import { Journal } from './journal/journal.ts'
import { type NodeLog, silentLog } from './log.ts'
import { paymentMetrics, StateCounts } from './metrics/payments.ts'
import { provingMetrics } from './metrics/proving.ts'
import { teeMetrics } from './metrics/tee.ts'
import { downloads } from './models/download.ts'
import { Offering } from './models/offering.ts'
import { BondGuard } from './payment/bond.ts'
import { DEFAULT_CREDIT } from './payment/credit.ts'
import { PaymentGate } from './payment/gate.ts'
import { verifierFiles } from './proving/level.ts'
import type { ProofState } from './proving/queue.ts'
import { startProving, zkWeightsDir } from './proving/start.ts'
import { Records } from './receipts/records.ts'
import { receiptRoutes } from './receipts/routes.ts'
import { ReceiptSigner } from './receipts/signer.ts'
import { register } from './registration.ts'
import { type InferenceServer, startInferenceServer } from './server/server.ts'
import { Committer } from './settlement/committer.ts'
import { touchedPayments } from './settlement/heldLogs.ts'
import { HeldSettler } from './settlement/heldSettler.ts'
import { Loop } from './settlement/loop.ts'
import { batchProver, heldProver, paymentProver, spentProver } from './settlement/proven.ts'
import { Settlements } from './settlement/settlements.ts'
import { Settler } from './settlement/settler.ts'
import type { Attester } from './tee/attester.ts'
import { recentBlocks } from './tee/recent.ts'
import { chainRegistry } from './tee/registry.ts'
import { attestationRoutes } from './tee/routes.ts'
import { startTee } from './tee/start.ts'

/** What a node takes from outside. */
export interface InferenceNodeDeps {
  log?: NodeLog
  /** Unix milliseconds. */
  now?: () => number
  random?: (length: number) => Uint8Array
  fetch?: typeof globalThis.fetch
  /** Default: ONNX Runtime, native and as WebAssembly. */
  engines?: readonly Engine[]
  /** What starts proving processes. Default: zkml. */
  prover?: ProverEngine
  /**
   * Gives what makes evidence about the enclave that this process runs in, in the background after the start; without it the node is in none.
   * The node closes it. It may fail, and is called again then; `INTERRUPTED` says that the node stops.
   */
  attester?: () => Promise<Attester>
  /** Told each change of a proof's state. */
  onProof?: (state: ProofState, requestId: Hex) => void
  /** Told each change of a request's state, once it is as durable as it will be. */
  onState?: (state: State, requestId: Hex) => void
}

/** Seconds for which answers are kept after they are anchored. */
const RETENTION = 86_400
/** Receipts of a batch, at most. */
const MAX_BATCH = 4_096
const FORMATS = ['onnx', 'zkir']
/** Clients make their authorisations valid for so many seconds. */
const PAYMENT_SECONDS = 300
/** How long a request waits for its settlement, where it does. */
const SETTLED_WAIT_MS = 20_000
const PRUNE_MS = 10 * 60_000
/** Held payments are looked at this often: blocks come a second apart, and a demanded proof has hours. */
const HELD_MS = 2_000

/**
 * Starts an inference node: opens its journal, listens, registers the account if it is no node yet, offers models, settles.
 *
 * @throws OgError `JOURNAL_*`, `CHAIN_*`, `NODE_NOT_ACTIVE` (not registered, and no bond given), `NODE_BOND_TOO_SMALL`, `PORT_IN_USE`
 */
export async function startInferenceNode(config: InferenceNodeConfig, deps: InferenceNodeDeps = {}): Promise<InferenceNode> {
  const undo: (() => unknown)[] = []
  try {
    return await assemble(config, deps, undo)
  } catch (error) {
    for (const action of undo.reverse()) await action()
    throw error
  }
}

async function assemble(config: InferenceNodeConfig, deps: InferenceNodeDeps, undo: (() => unknown)[]): Promise<InferenceNode> {
  const { network, dataDir, host = '127.0.0.1' } = config
  const { log = silentLog, now = Date.now, random = randomBytes, fetch = globalThis.fetch } = deps
  const rpcUrl = config.rpcUrl ?? network.rpcUrls[0]
  if (rpcUrl === undefined) throw new OgError('CONFIG_MISSING', `network ${network.name} names no RPC; give rpcUrl`)
  const { secp256k1 } = await installFastCrypto()
  if (addressOf(config.receiptKey) === addressOf(config.accountKey)) {
    throw new OgError('CONFIG_INVALID', 'receiptKey: it must be another key than the account, so that each can be changed alone')
  }
  isolationPlan().then(
    ({ isolation }) => {
      const open = unfenced(isolation)
      if (open.length > 0) log.warn({ open }, 'a model that takes over its process can do this here; `og doctor` says what helps')
    },
    // Engines ask the same before they load anything, and fail with it.
    (err: Error) => log.error({ err }, 'what keeps models from this machine could not be found out'),
  )
  if (secp256k1 === 'javascript') log.warn({}, 'no native secp256k1 for this machine: each receipt costs ten times as much')

  const client = connect({ network, rpcUrl, fetch, now: () => now() / 1000 })
  const account = nodeAccount(config.accountKey)
  const node = account.address
  const signer = new ReceiptSigner(config.receiptKey, client.domain)
  const rpc = httpRpc(rpcUrl)
  undo.push(() => rpc.close())
  const seconds = () => Math.floor(now() / 1000)
  const view = new ChainView({ rpc, node, receiptKey: signer.address, now: seconds, maxSkew: config.maxClockSkew ?? 120 })
  const sender = new Sender({ rpc, account, chainId: BigInt(network.chainId), log })

  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  let settlements: Settlements | undefined
  let holding: Loop | undefined
  const states = new StateCounts()
  const journal = await Journal.open({
    dir: join(dataDir, 'journal'),
    identity: { ...client.domain, node },
    ...(config.minFreeBytes !== undefined && { minFreeBytes: config.minFreeBytes }),
    onState(state, requestId) {
      states.note(state)
      settlements?.noted(state, requestId)
      if (state === 'held' || state === 'challenged') holding?.kick()
      deps.onState?.(state, requestId)
    },
  })
  undo.push(() => journal.shut())

  const http = webHttp(fetch)
  const store = downloads({ http, stores: config.stores, dir: join(dataDir, 'models'), maxFileBytes: config.maxModelBytes ?? 2 ** 31 })
  const { serve, price } = config
  const { enabled: proves = true } = config.proving ?? {}
  const weightsDir = zkWeightsDir(dataDir)
  const offered = { client, view, sender, downloads: store, node, serve, price, formats: FORMATS, log, ...(proves && { weightsDir }) }
  const offering = new Offering(offered)
  const settler = new Settler({ journal, view, sender, prove: paymentProver(client, node), spent: spentProver(client), log })
  const money = new GasMoney({ view, node, least: (blockGasLimit) => settler.leastGas(blockGasLimit), log })
  const committer = new Committer({
    ...{ journal, sender, signer, view, node, log },
    prove: batchProver(client),
    maxReceipts: MAX_BATCH,
    now: seconds,
    time: async () => Number((await client.head()).header.timestamp),
  })
  const proving = await startProving({
    dataDir,
    config: config.proving ?? {},
    journal,
    modelOf: (modelId) => offering.provable(modelId),
    tryOnChain: (input) => tryProofOnChain(rpc, view, input),
    ...(deps.prover && { engine: deps.prover }),
    now,
    log,
    onChange(requestId, state) {
      holding?.kick()
      deps.onProof?.(state, requestId)
    },
  })
  undo.push(() => proving.stop())
  const heldSettler = new HeldSettler({
    journal,
    view,
    prove: heldProver(client),
    sender,
    proofs: proving.queue,
    touched: (from, to) => touchedPayments(rpc, node, from, to),
    filesOf: async ({ modelId }) => verifierFiles(await (await offering.provable(modelId)).published()),
    now,
    log,
  })
  holding = new Loop({ name: 'held payments', work: () => heldSettler.work(), idleMs: HELD_MS, retryMs: HELD_MS, log })
  const heldLoop = holding
  settlements = new Settlements({ journal, settler, committer, batchMs: (config.batchSeconds ?? 3) * 1000, log })
  const anchors = settlements

  const records = new Records({
    journal,
    chainId: network.chainId,
    manifestOf: (modelId) => offering.open(modelId),
    zkOf: async (requestId, modelId) => {
      const proof = await proving.queue.proof(requestId)
      return proof && { model: await (await offering.provable(modelId)).published(), proof }
    },
    evidence: (need, height) => client.evidence(need, height === undefined ? {} : { height }),
  })

  const engines = deps.engines ?? [onnxEngine(), onnxExactEngine(), zkEngine()]
  const { attester } = deps
  const tee =
    attester &&
    (await startTee({
      dataDir,
      attester,
      registry: chainRegistry({ rpc, sender, node, head: () => view.head }),
      domain: client.domain,
      node,
      engines,
      models: () => offering.runnable(),
      recent: () => recentBlocks(rpc),
      random,
      now: seconds,
      chainTime: () => view.head?.timestamp,
      checkClock: () => view.checkClock(),
      log,
    }))
  undo.push(() => tee?.stop())

  let server: InferenceServer | undefined
  const url = () => config.publicUrl ?? `http://${host}:${server?.port ?? config.port}`
  const gate = new PaymentGate({
    journal,
    view,
    signer,
    bond: new BondGuard({ view, journal }),
    money,
    node,
    terms: { chainId: BigInt(network.chainId), wopg: ADDRESSES.wopg, payTo: tillOf(node), maxTimeoutSeconds: PAYMENT_SECONDS },
    credit: {
      max: config.creditMax ?? DEFAULT_CREDIT.max,
      ...(config.settleFirstAbove !== undefined && { settleFirstAbove: config.settleFirstAbove }),
    },
    publicUrl: url,
    random,
    now,
    settledSoon: (requestId, ms) => anchors.settledSoon(requestId, Math.min(ms, SETTLED_WAIT_MS)),
  })
  server = await startInferenceServer({
    source: offering,
    engines,
    ...(proves && { proving: proving.level }),
    ...(tee && { tee: tee.door }),
    gate,
    names: [...new Set([host, 'localhost', '127.0.0.1', '[::1]', new URL(url()).hostname])],
    host,
    port: config.port ?? 8410,
    extend: (app, metrics) => {
      receiptRoutes(app, records, proving.queue)
      paymentMetrics(metrics, { journal, states, view })
      provingMetrics(metrics, proving.queue, proving.shelf)
      attestationRoutes(app, tee)
      if (tee) teeMetrics(metrics, tee, seconds)
    },
    log: (message, details) => log.info(details, message),
  }).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'EADDRINUSE') throw cause
    throw new OgError('PORT_IN_USE', `port ${config.port} of ${host} is taken; stop the program that uses it, or choose another`, { cause })
  })
  const listening = server
  undo.push(() => listening.drain(0))

  const writer = createWriter({ client, account: keyAccount(config.accountKey) })
  await register({ client, writer, receiptKey: signer.address, bond: config.bond, endpoint: url(), log })
  undo.push(
    () => anchors.stop(),
    () => heldLoop.stop(),
    () => sender.stop(),
  )
  await anchors.start()
  const follower = new Follower({ rpc, view, money, log, changed: (height, full) => offering.refresh(height, full) })
  undo.push(() => follower.stop())
  await follower.look(true)
  follower.start()
  proving.begin()
  tee?.begin()
  heldLoop.start()
  const prune = async () => {
    await journal.prune({ now: seconds(), head: view.head?.timestamp }, RETENTION)
    await proving.prune()
    return false
  }
  const pruning = new Loop({ name: 'pruning', work: prune, idleMs: PRUNE_MS, retryMs: PRUNE_MS, log })
  undo.push(() => pruning.stop())
  pruning.start()

  let closed: Promise<void> | undefined
  const close = async (timeoutMs: number) => {
    await listening.drain(timeoutMs)
    await anchors.flush(timeoutMs)
    for (const action of undo.reverse()) await action()
    log.info(journal.counts(), 'stopped')
  }
  log.info({ node, url: url(), receiptKey: signer.address }, 'inference node is up')
  return {
    address: node,
    till: tillOf(node),
    host: listening.host,
    port: listening.port,
    url: url(),
    offered: () => offering.list(),
    refresh: async () => {
      await follower.look(true)
    },
    pending: () => journal.counts(),
    close: (timeoutMs = 15_000) => {
      closed ??= close(timeoutMs)
      return closed
    },
  }
}
