import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { challengeDeposit, heldPaymentCalls } from '@opengradient/client'
import { ADDRESSES, tillOf } from '@opengradient/contracts'
import { decodeHeld, heldSlot } from '@opengradient/contracts/slots'
import {
  DEV_ACCOUNTS,
  fromBase64,
  type Hex,
  hexToBytes,
  parseBundle,
  parseExecution,
  presets,
  type Receipt,
  trustOf,
  zkContext,
  zkStatementHash,
} from '@opengradient/protocol'
import { verify } from '@opengradient/verifier'
import { bytesOfInts, decodeIr, encodeZkir, Kernels, ZkVerifier } from '@opengradient/zkml'
import { decodePaymentRequiredHeader } from '@x402/core/http'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { InferenceNode, InferenceNodeConfig } from '../src/config.ts'
import type { ZkSample } from '../src/engine/zk.testkit.ts'
import { readZkir } from '../src/engine/zk.ts'
import { type InferenceNodeDeps, startInferenceNode } from '../src/node.ts'
import { zkWeightsDir } from '../src/proving/start.ts'
import { quantised } from '../src/zk/input.ts'
import { type Ask, ask, earnCredit, handPayment, newAsk, type Told } from './caller.testkit.ts'
import { eventually, OPG, startTestNetwork, type TestNetwork, VOLATILITY } from './network.testkit.ts'

let net: TestNetwork
let node: InferenceNode
let modelId: Hex
let sample: ZkSample
const NAME = 'og/provable'
const PRICE = OPG / 1000n
const USER = DEV_ACCOUNTS.user
const ZK = { 'og-level': 'zk' }

beforeAll(async () => {
  net = await startTestNetwork()
  const published = await net.publishZk(VOLATILITY, NAME)
  modelId = published.modelId
  sample = published.sample
  await net.writer(USER).wrap(10n * OPG)
  node = await startInferenceNode(net.nodeConfig())
  await earnCredit(node.url, NAME, () => paying().payment, 32)
})

afterAll(async () => {
  await node?.close()
  await net?.close()
})

async function another(number: number, over: Partial<InferenceNodeConfig> = {}, deps: InferenceNodeDeps = {}) {
  const started = await startInferenceNode(
    net.nodeConfig({
      dataDir: join(net.dir, `node${number}`),
      accountKey: net.account(number).privateKey,
      receiptKey: net.account(100 + number).privateKey,
      ...over,
    }),
    deps,
  )
  onTestFinished(() => started.close(2000))
  return started
}

const paying = (address: Hex = node.address) => {
  const payment = handPayment(net, net.account(USER), tillOf(address), PRICE)
  return { payment, headers: { ...ZK, 'payment-signature': payment.header } }
}
const bodyOf = (values: number[]) => JSON.stringify({ inputs: [{ name: 'input', shape: [1, 16], datatype: 'FP32', data: values }] })
const askWith = (values: number[]): Ask => ({ ...newAsk(), body: bodyOf(values) })
const secretly = (url: string, { requestId, secret }: Ask, part: string) =>
  fetch(`${url}/v1/receipts/${requestId}/${part}`, { headers: { 'og-request-secret': secret } })
const stateOf = async (url: string, { requestId }: Ask) =>
  ((await (await fetch(`${url}/v1/receipts/${requestId}`)).json()) as { state: string }).state
const heldOn = async (paymentId: Hex) => {
  const word = await net.client.rpc.viem.getStorageAt({ address: ADDRESSES.heldPayments, slot: heldSlot(paymentId) })
  return decodeHeld(BigInt(word ?? 0)).status
}

interface ZkJson {
  outputs: { name: string; datatype: string; shape: number[]; data: number[] }[]
  parameters: { og_zk: { mode: string; statement: Hex; float_max_error?: number; proof?: string; proof_ready: boolean } }
}
const jsonOf = (told: Told) => told.json as unknown as ZkJson

async function proofOf(url: string, asked: Ask): Promise<Uint8Array> {
  let proof: Uint8Array | undefined
  await eventually(async () => {
    const reply = await secretly(url, asked, 'proof')
    if (reply.status === 200) proof = new Uint8Array(await reply.arrayBuffer())
    else expect(reply.status).toBe(202)
    return reply.status === 200
  }, 'proved')
  return proof!
}

/** Checks a proof as somebody would who has the published file, the request, the answer and its execution record. */
async function verifies(url: string, asked: Ask, told: Told, proof: Uint8Array, of = sample, model = modelId) {
  const receipt = told.receipt as Receipt
  const file = readZkir(of.published)
  const { salt } = parseExecution(new Uint8Array(await (await secretly(url, asked, 'execution')).arrayBuffer()))
  const data = (JSON.parse(asked.body) as { inputs: { data: number[] }[] }).inputs[0]!.data
  const input = { name: 'input', datatype: 'FP32' as const, shape: [1, 16], data: new Uint8Array(Float32Array.from(data).buffer) }
  const ir = decodeIr(file.ir)
  const { x } = quantised(ir, file.io, [input])
  const integers = jsonOf(told).outputs.find(({ name }) => name === 'zk:0')!.data
  const { dt } = ir.tensors[ir.outputs[0]!]!
  const y = bytesOfInts(
    dt === 'i64' ? BigInt64Array.from(integers, BigInt) : dt === 'i32' ? Int32Array.from(integers) : Int16Array.from(integers),
  )
  const ctx = zkContext({ chainId: BigInt(net.network.chainId), requestId: receipt.requestId, salt })
  expect(receipt.level).toBe(2)
  expect(receipt.proofRef).toBe(zkStatementHash({ modelId: model, zkModelId: of.zkModelId, x, y, ctx }))
  return new ZkVerifier(Kernels.loadSync()).verify(file, { zkModelId: hexToBytes(of.zkModelId), x, y, ctx }, proof)
}

describe('an answer at level zk', () => {
  test('has the numbers, the integers that are proved, the float answer beside them, and a proof that verifies', async () => {
    const asked = newAsk()
    const { payment, headers } = paying()
    const told = await ask(node.url, NAME, asked, headers)
    expect([told.status, told.text.slice(0, 200)]).toEqual([200, expect.any(String)])
    const { outputs, parameters } = jsonOf(told)
    expect(outputs.map(({ name, datatype }) => [name, datatype])).toEqual([
      ['output', 'FP32'],
      ['zk:0', 'INT64'],
      ['float:output', 'FP32'],
    ])
    const [number, , float] = outputs.map(({ data }) => data[0]!)
    expect(Math.abs(number! - float!)).toBeLessThan(0.01)
    const { og_zk } = parameters
    expect(og_zk).toMatchObject({ mode: 'succinct, not zero-knowledge', statement: told.receipt!.proofRef })
    expect(og_zk.float_max_error).toBeCloseTo(Math.abs(number! - float!), 6)
    const proof = await proofOf(node.url, asked)
    expect(await verifies(node.url, asked, told, proof)).toMatchObject({ ok: true })
    const execution = parseExecution(new Uint8Array(await (await secretly(node.url, asked, 'execution')).arrayBuffer()))
    expect(execution).toMatchObject({ engine: { name: 'zk' }, class: 'exact', parameters: { outputs: 3 } })
    await eventually(async () => (await stateOf(node.url, asked)) === 'held', 'held')
    expect(await heldOn(payment.paymentId)).toBe('held')
  })

  test('has a bundle whose verdict reaches level zk, and does not with another proof', async () => {
    const asked = newAsk(3)
    await ask(node.url, modelId, asked, paying().headers)
    await proofOf(node.url, asked)
    await eventually(async () => (await stateOf(node.url, asked)) === 'held', 'held')
    const bundle = parseBundle(new Uint8Array(await (await secretly(node.url, asked, 'bundle')).arrayBuffer()))
    const request = { method: 'POST', path: `/v2/models/${modelId}/infer`, contentType: 'application/json', body: Buffer.from(asked.body) }
    const verdictOf = (over: object) =>
      verify({ ...bundle, request, ...over }, presets.answer, trustOf(net.network), Math.floor(Date.now() / 1000))
    const verdict = await verdictOf({})
    expect(verdict.checks.filter(({ status }) => status === 'fail')).toEqual([])
    expect(verdict).toMatchObject({ ok: true, level: 'zk' })
    const proof = bundle.zk!.proof.slice()
    proof[proof.length - 1]! ^= 1
    expect((await verdictOf({ zk: { ...bundle.zk, proof } })).level).not.toBe('zk')
  })

  test('carries its proof when that takes little time, and has the same one for who asks later', async () => {
    let told: Told | undefined
    let asked = newAsk()
    await eventually(async () => {
      asked = newAsk(5)
      told = await ask(node.url, NAME, asked, paying().headers)
      return told.status === 200 && jsonOf(told).parameters.og_zk.proof_ready
    }, 'inline')
    const proof = fromBase64(jsonOf(told!).parameters.og_zk.proof!)
    expect(await verifies(node.url, asked, told!, proof)).toMatchObject({ ok: true })
    expect(await proofOf(node.url, asked)).toEqual(proof)
  })

  test('is given again to the same secret, and refused at another level', async () => {
    const asked = newAsk(6)
    const told = await ask(node.url, NAME, asked, paying().headers)
    const again = await ask(node.url, NAME, asked, ZK)
    expect([again.status, again.text, again.headers.get('og-receipt')]).toEqual([200, told.text, told.headers.get('og-receipt')])
    const other = await ask(node.url, NAME, asked, { 'og-level': 'signature' })
    expect([other.status, other.json.code]).toEqual([409, 'NODE_REQUEST_CONFLICT'])
  })

  test('is one answer to two requests of one secret at once', async () => {
    const asked = newAsk(7)
    const { headers } = paying()
    const [one, two] = await Promise.all([ask(node.url, NAME, asked, headers), ask(node.url, NAME, asked, headers)])
    expect([one.status, two.status]).toEqual([200, 200])
    expect(one.headers.get('og-receipt')).toBe(two.headers.get('og-receipt'))
  })

  test('keeps its proof from who has no secret', async () => {
    const asked = newAsk(8)
    await ask(node.url, NAME, asked, paying().headers)
    await proofOf(node.url, asked)
    expect((await secretly(node.url, { ...asked, secret: newAsk().secret }, 'proof')).status).toBe(404)
    expect((await fetch(`${node.url}/v1/receipts/${asked.requestId}/proof`)).status).toBe(404)
    const plain = newAsk(9)
    await ask(node.url, NAME, plain, { 'payment-signature': paying().payment.header })
    const none = await secretly(node.url, plain, 'proof')
    expect([none.status, ((await none.json()) as { code: string }).code]).toEqual([404, 'ZK_PROOF_UNKNOWN'])
  })
})

describe('before anything is paid, it refuses', () => {
  test.each<[string, () => Ask, Record<string, string>, number, string]>([
    ['inputs out of range', () => askWith(Array(16).fill(1e9)), ZK, 400, 'ZK_INPUT_OUT_OF_RANGE'],
    ['one input out of range', () => askWith([...Array(15).fill(0), -1e6]), ZK, 400, 'ZK_INPUT_OUT_OF_RANGE'],
    ['level tee', () => newAsk(), { 'og-level': 'tee' }, 400, 'NODE_LEVEL_NOT_OFFERED'],
    ['a level that there is not', () => newAsk(), { 'og-level': 'ZK' }, 400, 'NODE_LEVEL_NOT_OFFERED'],
    [
      'two samples',
      () => ({
        ...newAsk(),
        body: JSON.stringify({ inputs: [{ name: 'input', shape: [2, 16], datatype: 'FP32', data: Array(32).fill(0) }] }),
      }),
      ZK,
      400,
      'INPUT_SHAPE',
    ],
  ])('%s', async (_, makeAsk, level, status, code) => {
    const asked = makeAsk()
    const { payment } = paying()
    const told = await ask(node.url, NAME, asked, { ...level, 'payment-signature': payment.header })
    expect([told.status, told.json.code]).toEqual([status, code])
    // The payment is free for another request.
    const next = await ask(node.url, NAME, newAsk(20), { ...ZK, 'payment-signature': payment.header })
    expect(next.status).toBe(200)
  })

  test('what has not been paid, and says which levels there are', async () => {
    const told = await ask(node.url, NAME, newAsk(), ZK)
    expect(told.status).toBe(402)
    const { extensions } = decodePaymentRequiredHeader(told.headers.get('payment-required')!)
    expect(extensions).toMatchObject({ 'verifiable-inference': { info: { levels: ['signature', 'zk'] } } })
    const metadata = (await (await fetch(`${node.url}/v2/models/${modelId}`)).json()) as { parameters: object }
    expect(metadata.parameters).toMatchObject({ levels: ['signature', 'zk'], zk_model: sample.zkModelId })
  })
})

describe('a model is offered at level zk only', () => {
  test.each<[string, string, Parameters<TestNetwork['publishZk']>[2]]>([
    ['if its author committed it on chain', 'none', { onChain: 'none' }],
    ['if chain and manifest name one integer model', 'other', { onChain: `0x${'12'.repeat(32)}` }],
    ['if the file is that integer model', 'wrong', { commitment: `0x${'34'.repeat(32)}` }],
    ['if its file can be read', 'damaged', { damage: (file) => file.subarray(0, 900) }],
  ])('%s; at level signature it is offered all the same', async (_, label, options) => {
    const name = `og/${label}`
    await net.publishZk(VOLATILITY, name, options)
    await node.refresh()
    const zk = await ask(node.url, name, newAsk(), ZK)
    expect([zk.status, zk.json.code]).toEqual([400, 'NODE_LEVEL_NOT_OFFERED'])
    const { payment } = paying()
    expect((await ask(node.url, name, newAsk(), { 'payment-signature': payment.header })).status).toBe(200)
  })

  test('if the file does not lie about its weights: found out by the first proof, before anybody paid', async () => {
    const damage = (file: Uint8Array) => {
      const { manifest, ir, io, weights } = readZkir(file)
      const others = weights!.slice()
      others[500]! ^= 1
      return encodeZkir({ manifest, ir, io, weights: others })
    }
    await net.publishZk(VOLATILITY, 'og/liar', { damage })
    await node.refresh()
    const { payment } = paying()
    const zk = await ask(node.url, 'og/liar', newAsk(), { ...ZK, 'payment-signature': payment.header })
    expect([zk.status, zk.json.code]).toEqual([400, 'NODE_LEVEL_NOT_OFFERED'])
    expect((await ask(node.url, NAME, newAsk(30), { ...ZK, 'payment-signature': payment.header })).status).toBe(200)
  })

  test('with committed weights if this node has them; then at level zk alone', async () => {
    const { modelId: id, sample: secret } = await net.publishZk(VOLATILITY, 'og/committed', { format: 'zkir' })
    await node.refresh()
    const refused = await ask(node.url, 'og/committed', newAsk(), ZK)
    expect([refused.status, refused.json.code]).toEqual([404, 'MODEL_NOT_SERVED'])

    const dataDir = join(net.dir, 'node8')
    mkdirSync(zkWeightsDir(dataDir), { recursive: true })
    writeFileSync(join(zkWeightsDir(dataDir), `${secret.zkModelId.slice(2)}.zkir`), secret.bytes)
    const owner = await another(8, { dataDir, serve: [id], price: 0n })
    const asked = newAsk()
    const told = await ask(owner.url, 'og/committed', asked)
    expect([told.status, told.receipt?.level]).toEqual([200, 2])
    expect(jsonOf(told).outputs.map(({ name }) => name)).toEqual(['output', 'zk:0'])
    expect(await verifies(owner.url, asked, told, await proofOf(owner.url, asked), secret, id)).toMatchObject({ ok: true })
    const signature = await ask(owner.url, 'og/committed', newAsk(), { 'og-level': 'signature' })
    expect(signature.json.code).toBe('NODE_LEVEL_NOT_OFFERED')
  })
})

test('a challenge is met with the proof on chain, and the node is paid', async () => {
  const asked = newAsk(40)
  const { payment, headers } = paying()
  const told = await ask(node.url, NAME, asked, headers)
  expect(told.status).toBe(200)
  await eventually(async () => (await heldOn(payment.paymentId)) === 'held', 'held')
  const head = await net.client.head()
  await net.writer(USER).send(heldPaymentCalls.challenge(told.receipt!, challengeDeposit(head.header)))
  await eventually(async () => (await heldOn(payment.paymentId)) === 'released', 'proved on chain')
  await eventually(async () => (await stateOf(node.url, asked)) === 'proved', 'proved in the journal')
})
