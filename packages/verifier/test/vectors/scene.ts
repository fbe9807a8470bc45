import { tillOf } from '@opengradient/contracts'
import { ADDRESSES } from '@opengradient/contracts/addresses'
import { batchSlots, keySlot, modelSlots, nodeSlots, priceSlots, settledSlot } from '@opengradient/contracts/slots'
import {
  type Batch,
  BILLING_UNITS,
  type BillingUnit,
  type Bundle,
  type BundlePayment,
  type BundleRequest,
  type BundleResponse,
  batchHash,
  compileTypedStruct,
  type Domain,
  domainSeparator,
  type ExecutionRecord,
  encodeExecution,
  encodeManifest,
  executionHashOf,
  type Hex,
  inclusionPath,
  keccak256Hex,
  leafOf,
  type Manifest,
  manifestHashOf,
  merkleRoot,
  modelIdFromHash,
  type Policy,
  paymentIdOf,
  presets,
  type Receipt,
  receiptHash,
  requestHashOf,
  requestIdOf,
  responseHashOf,
  sha256Hex,
  signCommit,
  signDigest,
  type Trust,
  typedDataDigest,
  utf8,
  validatorsHashOf,
  ZERO_ADDRESS,
  ZERO_HASH,
} from '@opengradient/protocol'
import { type Actor, actor, CHAIN_ID, DAY, GENESIS, HOUR, ISSUED, OPG, SETTLEMENT } from './cast.ts'
import { type Block, Ledger, type Wanted } from './ledger.ts'
import { type TeeScene, teeWanted, writeTee } from './teeState.ts'
import { writeBatch, writeKey, writeModel, writeNode, writePrice, writeSettled } from './words.ts'
import type { ZkScene } from './zkScene.ts'

/** One answer from its request to the verdict, as a story that can be told differently at any stage. */
export interface Scene {
  domain: Domain
  author: Actor
  operator: Actor
  receiptKey: Actor
  payer: Actor
  validator: Actor

  // offer
  manifest: Manifest
  /** What the node has published: amounts in OPG wei, times in unix seconds. */
  prices: Partial<Record<BillingUnit, { amount: bigint; since: bigint; previous: bigint }>>
  manifestBytes: Uint8Array
  modelId: Hex

  // call
  secret: Uint8Array
  request: BundleRequest
  free: boolean

  // answer
  issuedAt: number
  response: BundleResponse
  execution: ExecutionRecord
  executionBytes: Uint8Array

  // charge
  payment: BundlePayment

  // receipt
  receipt: Receipt
  signature: Hex

  // record
  published: boolean
  node: { bond: bigint; registeredAt: bigint; unbondingAt: bigint }
  key: { from: bigint; until: bigint }
  /** The receipt that Settlement recorded for the payment, if any. */
  settled: Hex | undefined
  /** The receipt hashes of the batch that holds the receipt, if it is in one. */
  batched: Hex[] | undefined
  sequence: bigint
  batch: Batch
  anchoredAt: number
  /** The batch is signed by the node, but the chain has not seen it. */
  unrecorded: boolean
  /** What Settlement recorded of the batch, where it differs from `batch`. */
  recorded: Partial<{ root: Hex; count: number; total: bigint; anchoredAt: bigint }>

  // level zk only: what is proved
  zk?: ZkScene
  // levels tee and development only: the enclave that answered
  tee?: TeeScene

  // chain
  /** Times of the blocks after genesis; the evidence is from the last. */
  blockTimes: number[]
  /** Blocks after that, for `history`. */
  laterTimes: number[]
  ledger: Ledger
  block: Block
  /** Prove by History from the last of the later blocks. */
  history: boolean

  bundle: Bundle
  trust: Trust
  policy: Policy
  now: number
}

/** The stages in their order. What a stage computes follows from the stages before it, so a change at one is consistent after it. */
const STAGES = {
  cast,
  offer,
  publish,
  call,
  answer,
  record: recordExecution,
  charge,
  claim,
  sign,
  anchor,
  commit,
  chain,
  bundle,
  judge,
} as const

export type Stage = keyof typeof STAGES

/** Changes to the story: each runs right after its stage. */
export type Edits = Partial<Record<Stage, (scene: Scene) => void | Promise<void>>>

/** Plays the scene from cast to verdict; what is not edited is honest. */
export async function play(edits: Edits = {}): Promise<Scene> {
  const scene = {} as Scene
  for (const [stage, run] of Object.entries(STAGES) as [Stage, (scene: Scene) => void | Promise<void>][]) {
    await run(scene)
    await edits[stage]?.(scene)
  }
  return scene
}

/** Both edits, the first one first. */
export function both(first: Edits, second: Edits): Edits {
  const stages = [...new Set([...Object.keys(first), ...Object.keys(second)])] as Stage[]
  return Object.fromEntries(
    stages.map((stage) => [
      stage,
      async (scene: Scene) => {
        await first[stage]?.(scene)
        await second[stage]?.(scene)
      },
    ]),
  )
}

/** The receipt's hash as it stands. */
export const hashOf = (scene: Scene): Hex => receiptHash(scene.receipt, scene.domain)

function cast(scene: Scene): void {
  scene.domain = { chainId: BigInt(CHAIN_ID), settlement: SETTLEMENT }
  scene.author = actor('author')
  scene.operator = actor('operator')
  scene.receiptKey = actor('receipt key')
  scene.payer = actor('payer')
  scene.validator = actor('validator')
  scene.free = false
  scene.issuedAt = ISSUED
  scene.prices = { request: { amount: OPG / 1000n, since: BigInt(GENESIS + 60), previous: 0n } }
  scene.secret = utf8('the 32 bytes that a client keeps.').subarray(0, 32)
}

function offer(scene: Scene): void {
  const file = (path: string, size: number): Manifest['files'][number] => {
    const sha256 = sha256Hex(utf8(`test vectors: content of ${path}`))
    return { path, size, sha256, chunks: [sha256] }
  }
  scene.manifest = {
    v: 1,
    task: 'tabular-regression',
    format: 'onnx',
    files: [file('model.onnx', 7_231), file('scaler.json', 412)],
    inputs: [{ name: 'features', datatype: 'FP32', shape: ['n', 4], doc: 'log returns of the last four days, per cent' }],
    outputs: [{ name: 'volatility', datatype: 'FP32', shape: ['n', 1], doc: 'annualised volatility of the next day, per cent' }],
    class: 'exact-env',
    batch: { invariant: true, max: 32 },
    golden: [],
    licence: 'Apache-2.0',
    card: sha256Hex(utf8('test vectors: the card')),
  }
}

function publish(scene: Scene): void {
  scene.manifestBytes = encodeManifest(scene.manifest)
  scene.modelId = modelIdFromHash(scene.author.address, manifestHashOf(scene.manifestBytes))
}

function call(scene: Scene): void {
  const body = {
    id: 'vector',
    parameters: { seed: 7, precise: true, note: 'close' },
    inputs: [{ name: 'features', datatype: 'FP32', shape: [1, 4], data: [0.4, -1.1, 0.2, 0.9] }],
  }
  scene.request = {
    method: 'POST',
    path: `/v2/models/${encodeURIComponent('alice/volatility')}/versions/${scene.modelId}/infer`,
    contentType: 'application/json',
    body: utf8(JSON.stringify(body)),
  }
}

function answer(scene: Scene): void {
  const body = {
    model_name: 'alice/volatility',
    model_version: scene.modelId,
    outputs: [{ name: 'volatility', datatype: 'FP32', shape: [1, 1], data: [14.25] }],
  }
  scene.response = { contentType: 'application/json', body: utf8(JSON.stringify(body)) }
  const quoted = Object.entries(scene.prices) as [BillingUnit, { amount: bigint }][]
  const used: Partial<Record<BillingUnit, number>> = { request: 1, byte: scene.request.body.length, token_in: 11, token_out: 5 }
  scene.execution = {
    v: 1,
    endpoint: scene.request.path,
    contentType: scene.response.contentType,
    model: { modelId: scene.modelId, files: scene.manifest.files.map(({ path, sha256 }) => ({ path, sha256 })) },
    engine: { name: 'onnx', version: '1.30.0', digest: sha256Hex(utf8('test vectors: the engine')) },
    environment: { device: 'cpu', fingerprint: 'x64 avx512' },
    class: 'exact-env',
    parameters: { seed: 7, precise: true, note: 'close', threads: 1 },
    added: [],
    dropped: [],
    usage: quoted.map(([unit]) => ({ unit, units: `${used[unit]}` })),
    quote: quoted.map(([unit, { amount }]) =>
      scene.free ? { unit, rate: '0', source: 'free' } : { unit, rate: `${amount}`, source: 'chain' },
    ),
    finish: 'stop',
    data: [],
    salt: sha256Hex(utf8('test vectors: salt')),
    startedAt: `${scene.issuedAt * 1000 - 40}`,
    durationUs: 1_742,
  }
}

function recordExecution(scene: Scene): void {
  scene.executionBytes = encodeExecution(scene.execution)
}

function charge(scene: Scene): void {
  scene.payment = {
    scheme: 'exact',
    asset: ADDRESSES.wopg,
    payer: scene.payer.address,
    nonce: keccak256Hex(utf8('test vectors: nonce')),
    value: priceOf(scene.execution),
    validAfter: 0n,
    validBefore: BigInt(scene.issuedAt + HOUR),
    signature: '0x',
  }
  authorise(scene)
}

/** Signs the payment as it stands: by default the payer, to the till of the operator, as EIP-3009. */
export function authorise(scene: Scene, by: Actor = scene.payer, to = tillOf(scene.operator.address)): void {
  const { asset, payer, value, validAfter, validBefore, nonce } = scene.payment
  const separator = domainSeparator({ name: 'Wrapped OPG', version: '1', chainId: scene.domain.chainId, verifyingContract: asset })
  scene.payment.signature = signDigest(
    typedDataDigest(separator, TRANSFER, { from: payer, to, value, validAfter, validBefore, nonce }),
    by.key,
  )
}

function claim(scene: Scene): void {
  const price = scene.free ? 0n : priceOf(scene.execution)
  scene.receipt = {
    requestId: requestIdOf(scene.secret),
    paymentId: scene.free ? ZERO_HASH : paymentIdOf(scene.payment),
    modelId: scene.modelId,
    requestHash: requestHashOf(scene.request),
    responseHash: responseHashOf(scene.response.body),
    executionHash: executionHashOf(scene.executionBytes),
    proofRef: ZERO_HASH,
    level: 0,
    node: scene.operator.address,
    payer: scene.free ? ZERO_ADDRESS : scene.payer.address,
    price,
    issuedAt: BigInt(scene.issuedAt),
  }
}

function sign(scene: Scene): void {
  scene.signature = signDigest(hashOf(scene), scene.receiptKey.key)
}

function anchor(scene: Scene): void {
  scene.published = true
  scene.node = { bond: 12_500n * OPG, registeredAt: BigInt(GENESIS + 60), unbondingAt: 0n }
  scene.key = { from: BigInt(GENESIS + 60), until: 0n }
  scene.settled = scene.free ? undefined : hashOf(scene)
  scene.anchoredAt = scene.issuedAt + 20
  scene.batched = [hashOf(scene), ...Array.from({ length: 6 }, (_, i) => keccak256Hex(utf8(`test vectors: another receipt ${i}`)))]
  scene.sequence = 3n
  scene.unrecorded = false
  scene.recorded = {}
}

function commit(scene: Scene): void {
  const leaves = (scene.batched ?? []).map(leafOf)
  if (leaves.length === 0) return
  scene.batch = {
    node: scene.operator.address,
    root: merkleRoot(leaves),
    count: leaves.length,
    total: 7n * scene.receipt.price,
    sequence: scene.sequence,
  }
}

async function chain(scene: Scene): Promise<void> {
  scene.ledger = new Ledger()
  const { ledger } = scene
  scene.blockTimes ??= [GENESIS + 60, GENESIS + DAY, scene.anchoredAt]
  scene.laterTimes ??= []
  scene.history ??= false
  await ledger.seal(GENESIS)
  for (const time of scene.blockTimes.slice(0, -1)) await ledger.seal(time)
  const operator = scene.operator.address
  writeNode(ledger, operator, { ...scene.node, receiptKey: scene.receiptKey.address })
  writeKey(ledger, operator, scene.receiptKey.address, scene.key)
  for (const [unit, price] of Object.entries(scene.prices)) writePrice(ledger, operator, scene.modelId, unit as BillingUnit, price)
  if (scene.published) writeModel(ledger, scene.author.address, manifestHashOf(scene.manifestBytes), BigInt(GENESIS + 60))
  if (scene.settled) writeSettled(ledger, scene.receipt.paymentId, scene.settled)
  if (scene.batched && !scene.unrecorded) {
    const { root, count, total } = scene.batch
    writeBatch(ledger, operator, scene.sequence, { root, count, total, anchoredAt: BigInt(scene.anchoredAt), ...scene.recorded })
  }
  if (scene.tee) writeTee(ledger, operator, scene.tee)
  scene.block = await ledger.seal(scene.blockTimes.at(-1)!)
  for (const time of scene.laterTimes) await ledger.seal(time)
}

/** What a client asks a chain for to prove an answer. */
export function wanted(scene: Scene): Wanted[] {
  const operator = scene.operator.address
  const { node, modelId, paymentId } = scene.receipt
  const prices = scene.execution.quote.flatMap(({ unit }) => priceSlots(node, modelId, BILLING_UNITS.indexOf(unit)))
  return [
    [ADDRESSES.models, modelSlots(modelId)],
    [ADDRESSES.nodes, [...nodeSlots(operator).slice(0, 2), keySlot(operator, scene.receiptKey.address), ...prices]],
    [ADDRESSES.settlement, [settledSlot(paymentId), ...batchSlots(operator, scene.sequence)]],
    ...(scene.tee ? [teeWanted(operator, scene.receipt.proofRef, scene.tee)] : []),
  ]
}

async function bundle(scene: Scene): Promise<void> {
  const { ledger, block, receipt, signature, validator } = scene
  const chainId = Number(scene.domain.chainId)
  const leaves = (scene.batched ?? []).map(leafOf)
  const leaf = leafOf(hashOf(scene))
  const newest = ledger.blocks.at(-1)!
  scene.bundle = {
    version: 1,
    network: { chainId, settlement: scene.domain.settlement },
    receipt,
    signature,
    signer: scene.receiptKey.address,
    execution: scene.executionBytes,
    manifest: scene.manifestBytes,
    author: scene.author.address,
    request: scene.request,
    response: scene.response,
    ...(scene.free ? {} : { payment: scene.payment }),
    ...(leaves.length > 0
      ? {
          inclusion: {
            leaf,
            path: inclusionPath(leaves, Math.max(0, leaves.indexOf(leaf))),
            batch: scene.batch,
            signature: signDigest(batchHash(scene.batch, scene.domain), scene.receiptKey.key),
          },
        }
      : {}),
    chain: {
      header: block.rlp,
      commit: signCommit(chainId, { height: block.number, blockHash: block.hash }, validator.key),
      accounts: await ledger.prove(block, wanted(scene)),
      ...(scene.history ? { history: await ledger.proveHistory(block, newest, validator, chainId) } : {}),
    },
  }
}

function judge(scene: Scene): void {
  const { ledger, block } = scene
  const genesisHash = ledger.blocks[0]!.hash
  scene.trust = {
    chainId: CHAIN_ID,
    genesisHash,
    anchors: [
      { height: 0, blockHash: genesisHash },
      { height: 0, validatorsHash: validatorsHashOf([actor('validator').address]), time: GENESIS, trustingPeriod: 365 * DAY },
    ],
  }
  scene.policy = presets.settled
  scene.now = Math.max(block.time, ...scene.laterTimes) + 40
}

/** Σ rate × units. */
function priceOf({ quote, usage }: ExecutionRecord): bigint {
  return quote.reduce((sum, { unit, rate }) => sum + BigInt(rate) * BigInt(usage.find((line) => line.unit === unit)?.units ?? 0), 0n)
}

const TRANSFER = compileTypedStruct(
  {
    TransferWithAuthorization: [
      { name: 'from', type: 'address' },
      { name: 'to', type: 'address' },
      { name: 'value', type: 'uint256' },
      { name: 'validAfter', type: 'uint256' },
      { name: 'validBefore', type: 'uint256' },
      { name: 'nonce', type: 'bytes32' },
    ],
  },
  'TransferWithAuthorization',
)
