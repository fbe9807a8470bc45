import {
  assembleBundle,
  type Batch,
  type Bundle,
  batchHash,
  bytesToHex,
  type Domain,
  devAccount,
  type ExecutionRecord,
  encodeExecution,
  encodeManifest,
  executionHashOf,
  type Hex,
  keccak256Hex,
  leafOf,
  type Manifest,
  merkleTree,
  modelIdOf,
  paymentIdOf,
  type Receipt,
  type RequestParts,
  receiptHash,
  requestHashOf,
  requestIdOf,
  responseHashOf,
  sha256Hex,
  signCommit,
  signDigest,
  utf8,
} from '../index.ts'

export const CHAIN_ID = 4_611_686_018_427
export const DOMAIN: Domain = { chainId: BigInt(CHAIN_ID), settlement: `0x4f47${'0'.repeat(35)}4` }
export const ISSUED_AT = 1_790_000_000n

const user = devAccount(CHAIN_ID, 0)
const operator = devAccount(CHAIN_ID, 1)
const validator = devAccount(CHAIN_ID, 3)
export const receiptKey = devAccount(CHAIN_ID, 4)

export const hashOf = (text: string): Hex => sha256Hex(utf8(text))

/** A manifest with a symbol in its shapes, one file and one golden example. */
export function aManifest(): Manifest {
  const file = utf8('model bytes')
  return {
    v: 1,
    task: 'tabular-regression',
    format: 'onnx',
    files: [{ path: 'model.onnx', size: file.length, sha256: sha256Hex(file), chunks: [sha256Hex(file)] }],
    inputs: [{ name: 'x', datatype: 'FP32', shape: ['batch', 2], doc: 'two returns; percent' }],
    outputs: [{ name: 'y', datatype: 'FP32', shape: ['batch', 1], doc: 'volatility; percent' }],
    class: 'tolerance',
    tolerance: { atol: 1e-5, rtol: 1e-4 },
    batch: { invariant: true, max: 32 },
    golden: [
      {
        input: [{ name: 'x', datatype: 'FP32', shape: [1, 2], data: [0.5, -1.25] }],
        output: [{ name: 'y', datatype: 'FP32', shape: [1, 1], data: [0.75] }],
      },
    ],
    licence: 'Apache-2.0',
    card: hashOf('card'),
  }
}

export function anExecution(modelId: Hex = hashOf('model')): ExecutionRecord {
  return {
    v: 1,
    endpoint: '/v2/models/volatility/infer',
    contentType: 'application/json',
    model: { modelId, files: [{ path: 'model.onnx', sha256: hashOf('model bytes') }] },
    engine: { name: 'onnx', version: '1.30.0', digest: hashOf('engine') },
    environment: { device: 'cpu', fingerprint: 'linux-x64 avx2' },
    class: 'tolerance',
    parameters: { threads: 1, precision: 'fp32', deterministic: true },
    added: ['threads'],
    dropped: [],
    usage: [{ unit: 'request', units: '1' }],
    quote: [{ unit: 'request', rate: '2000000000000000', source: 'chain' }],
    finish: 'stop',
    data: [],
    salt: hashOf('salt'),
    startedAt: '1790000000123',
    durationUs: 480,
  }
}

export function aRequest(): RequestParts {
  return { method: 'POST', path: '/v2/models/volatility/infer', contentType: 'application/json', body: utf8('{"inputs":[]}') }
}

export function aReceipt(changes: Partial<Receipt> = {}): Receipt {
  return {
    requestId: requestIdOf(new Uint8Array(32).fill(1)),
    paymentId: hashOf('payment'),
    modelId: hashOf('model'),
    requestHash: hashOf('request'),
    responseHash: hashOf('response'),
    executionHash: hashOf('execution'),
    proofRef: `0x${'0'.repeat(64)}`,
    level: 0,
    node: operator.address,
    payer: user.address,
    price: 2_000_000_000_000_000n,
    issuedAt: ISSUED_AT,
    ...changes,
  }
}

/** A bundle with every optional part, its hashes and signatures right; the state proofs are of the right form only. */
export function aBundle(): Bundle {
  const manifest = encodeManifest(aManifest())
  const modelId = modelIdOf(user.address, manifest)
  const execution = encodeExecution(anExecution(modelId))
  const request = aRequest()
  const response = { contentType: 'application/json', body: utf8('{"outputs":[]}') }
  const payment = { scheme: 'exact', asset: operator.address, payer: user.address, nonce: hashOf('nonce') } as const
  const receipt = aReceipt({
    modelId,
    paymentId: paymentIdOf(payment),
    requestHash: requestHashOf(request),
    responseHash: responseHashOf(response.body),
    executionHash: executionHashOf(execution),
  })
  const hash = receiptHash(receipt, DOMAIN)
  const tree = merkleTree([leafOf(hashOf('other receipt')), leafOf(hash), leafOf(hashOf('third receipt'))])
  const batch: Batch = { node: operator.address, root: tree.root, count: 3, total: receipt.price * 3n, sequence: 0n }
  const slot = { slot: hashOf('slot'), proof: [bytesToHex(utf8('node'))] }
  const commit = signCommit(CHAIN_ID, { height: 9, blockHash: keccak256Hex(utf8('block')) }, validator.privateKey)
  return assembleBundle({
    network: { chainId: CHAIN_ID, settlement: DOMAIN.settlement },
    receipt,
    signature: signDigest(hash, receiptKey.privateKey),
    execution,
    manifest,
    author: user.address,
    request,
    response,
    payment: {
      ...payment,
      value: receipt.price,
      validAfter: 0n,
      validBefore: ISSUED_AT + 600n,
      signature: signDigest(hash, user.privateKey),
    },
    inclusion: { leaf: leafOf(hash), path: tree.path(1), batch, signature: signDigest(batchHash(batch, DOMAIN), receiptKey.privateKey) },
    chain: {
      header: bytesToHex(utf8('header')),
      commit,
      accounts: [{ address: operator.address, proof: [bytesToHex(utf8('account'))], storage: [slot] }],
      history: { header: bytesToHex(utf8('newer')), commit, account: [], count: slot, peak: slot, path: [hashOf('sibling')] },
    },
  })
}
