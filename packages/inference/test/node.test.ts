import { createHash, randomBytes } from 'node:crypto'
import { ADDRESSES, tillOf } from '@opengradient/contracts'
import {
  bytesToHex,
  DEV_ACCOUNTS,
  decodeReceiptHeader,
  type Hex,
  leafOf,
  merkleRoot,
  parseBundle,
  parseExecution,
  presets,
  receiptHash,
  trustOf,
} from '@opengradient/protocol'
import { verify } from '@opengradient/verifier'
import { decodePaymentRequiredHeader, decodePaymentResponseHeader } from '@x402/core/http'
import { wrapFetchWithPayment } from '@x402/fetch'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { InferenceNode, InferenceNodeConfig } from '../src/config.ts'
import { type NodeLog, silentLog } from '../src/log.ts'
import { type InferenceNodeDeps, startInferenceNode } from '../src/node.ts'
import { ask, cancelPayment, earnCredit, handPayment, newAsk } from './caller.testkit.ts'
import { eventually, OPG, startTestNetwork, stockClient, type TestNetwork, VOLATILITY, volatilityBody } from './network.testkit.ts'
import { startRpcProxy } from './rpcProxy.testkit.ts'

let net: TestNetwork
let node: InferenceNode
let modelId: Hex
const NAME = 'og/volatility'
const PRICE = OPG / 1000n
const USER = DEV_ACCOUNTS.user
const JSON_TYPE = { 'content-type': 'application/json' }

beforeAll(async () => {
  net = await startTestNetwork()
  modelId = await net.publish(VOLATILITY, NAME, { royaltyBps: 500, minRoyalty: OPG / 10_000n })
  await Promise.all([USER, 6, 7, 8, 9].map((index) => net.writer(index).wrap(10n * OPG)))
  node = await startInferenceNode(net.nodeConfig())
})

afterAll(async () => {
  await node?.close()
  await net?.close()
})

/** A further node, of the operator with this number, closed with the test. */
async function another(number: number, over: Partial<InferenceNodeConfig> = {}, deps: InferenceNodeDeps = {}) {
  const config = net.nodeConfig({
    dataDir: `${net.dir}/node${number}`,
    accountKey: net.account(number).privateKey,
    receiptKey: net.account(100 + number).privateKey,
    ...over,
  })
  const started = await startInferenceNode(config, deps)
  onTestFinished(() => started.close(2000))
  return { node: started, config }
}

const payFrom = (index: number, price = PRICE, to = node.till) => handPayment(net, net.account(index), to, price)
const paying = (payment: { header: string }) => ({ 'payment-signature': payment.header })
const stateOf = async (url: string, id: Hex) => ((await (await fetch(`${url}/v1/receipts/${id}`)).json()) as { state: string }).state
const secretly = (url: string, id: Hex, part: string, secret: Hex) =>
  fetch(`${url}/v1/receipts/${id}/${part}`, { headers: { 'og-request-secret': secret } })

describe('a paid answer', () => {
  test('to the unmodified x402 client settles, is anchored, and its bundle passes every check of the preset "settled"', async () => {
    const before = await net.client.balance(net.account(USER).address)
    const pay = wrapFetchWithPayment(fetch, stockClient(net, USER))
    const { secret, requestId, body } = newAsk()
    const url = `${node.url}/v2/models/${encodeURIComponent(NAME)}/infer`
    const reply = await pay(url, { method: 'POST', headers: { ...JSON_TYPE, 'og-request-secret': secret }, body })
    expect(reply.status).toBe(200)
    const { receipt } = decodeReceiptHeader(reply.headers.get('og-receipt')!)
    expect(receipt).toMatchObject({ requestId, modelId, price: PRICE, node: node.address })
    const paid = decodePaymentResponseHeader(reply.headers.get('payment-response')!)
    expect(paid).toMatchObject({ success: true, transaction: '', network: `eip155:${net.network.chainId}`, payer: receipt.payer })

    await eventually(async () => (await stateOf(node.url, requestId)) === 'settled', 'settled')
    await eventually(async () => (await fetch(`${node.url}/v1/receipts/${requestId}/inclusion`)).ok, 'anchored')
    expect(await net.client.settled(receipt.paymentId)).toBe(receiptHash(receipt, net.client.domain))
    expect(before.wopg - (await net.client.balance(net.account(USER).address)).wopg).toBe(PRICE)

    const bundle = parseBundle(new Uint8Array(await (await secretly(node.url, requestId, 'bundle', secret)).arrayBuffer()))
    const request = { method: 'POST', path: new URL(url).pathname, contentType: 'application/json', body: Buffer.from(body) }
    const verdict = await verify({ ...bundle, request }, presets.settled, trustOf(net.network), Math.floor(Date.now() / 1000))
    expect(verdict.checks.filter(({ id, status }) => presets.settled.require.includes(id) && status !== 'pass')).toEqual([])
    expect(verdict).toMatchObject({ ok: true, level: 'signature' })
  })

  test('with Prefer: wait=settled comes when it is settled, and names the transaction', async () => {
    const told = await ask(node.url, NAME, newAsk(), { ...paying(payFrom(6)), prefer: 'wait=settled' })
    const response = decodePaymentResponseHeader(told.headers.get('payment-response')!)
    expect(response.transaction).toMatch(/^0x[0-9a-f]{64}$/)
    expect(response.extensions).toMatchObject({
      'verifiable-inference': { info: { status: 'settled', receiptHash: receiptHash(told.receipt!, net.client.domain) } },
    })
    expect(await net.client.settled(told.receipt!.paymentId)).toBeDefined()
  })

  test('pays the author, the protocol and the node, to the wei', async () => {
    const author = net.account(USER).address
    const credits = () =>
      Promise.all([author, node.address, ADDRESSES.treasury, ADDRESSES.rewards].map((account) => net.client.credit(account)))
    const before = await credits()
    await ask(node.url, NAME, newAsk(), { ...paying(payFrom(6)), prefer: 'wait=settled' })
    const gained = (await credits()).map((amount, i) => amount - before[i]!)
    const [royalty, half] = [OPG / 10_000n, (PRICE * 200n) / 20_000n]
    expect(gained).toEqual([royalty, PRICE - royalty - 2n * half, half, half])
  })

  test('many at once from a payer who is known: all settle, none twice', async () => {
    await earnCredit(node.url, NAME, () => payFrom(7), 60)
    const before = await net.client.balance(net.account(7).address)
    const asks = Array.from({ length: 60 }, (_, n) => newAsk(n))
    const answers = await Promise.all(asks.map((asked) => ask(node.url, NAME, asked, paying(payFrom(7)))))
    expect(answers.map(({ status }) => status)).toEqual(asks.map(() => 200))
    await eventually(() => node.pending().queued + node.pending().submitted === 0, 'all settled')
    expect(before.wopg - (await net.client.balance(net.account(7).address)).wopg).toBe(60n * PRICE)
  })
})

describe('a payment', () => {
  test('whose nonce the payer cancelled on chain is refused', async () => {
    const payment = payFrom(8)
    await cancelPayment(net, 8, payment.authorization.nonce)
    const told = await ask(node.url, NAME, newAsk(), paying(payment))
    expect([told.status, told.json.code]).toEqual([402, 'PAYMENT_NONCE_USED'])
  })

  test('of an account without WOPG is refused, and the offer says insufficient_funds', async () => {
    const told = await ask(node.url, NAME, newAsk(), paying(payFrom(11)))
    expect([told.status, told.json.code]).toEqual([402, 'PAYMENT_INSUFFICIENT_BALANCE'])
    expect(decodePaymentRequiredHeader(told.headers.get('payment-required')!).error).toBe('insufficient_funds')
  })

  test('to the till of another node is refused: it could not be taken', async () => {
    const told = await ask(node.url, NAME, newAsk(), paying(payFrom(6, PRICE, tillOf(net.account(9).address))))
    expect([told.status, told.json.code]).toEqual([402, 'PAYMENT_WRONG_PAYEE'])
  })

  test.each<[string, string, () => string]>([
    ['too small', 'PAYMENT_TOO_SMALL', () => payFrom(6, PRICE - 1n).header],
    ['in another token', 'PAYMENT_WRONG_TOKEN', () => accepting({ asset: `0x${'12'.repeat(20)}` })],
    ['for another network', 'PAYMENT_WRONG_NETWORK', () => accepting({ network: 'eip155:1' })],
    ['for another payee', 'PAYMENT_WRONG_PAYEE', () => accepting({ payTo: node.address })],
    ['that is over', 'PAYMENT_EXPIRED', () => handPayment(net, net.account(6), node.till, PRICE, { validBefore: 1n }).header],
    ['of another account', 'PAYMENT_SIGNATURE_INVALID', () => accepting({}, { from: net.account(7).address })],
  ])('%s is refused, and nothing runs', async (_, code, header) => {
    const asked = newAsk()
    const told = await ask(node.url, NAME, asked, { 'payment-signature': header() })
    expect([told.status, told.json.code, told.receipt]).toEqual([402, code, undefined])
    expect((await fetch(`${node.url}/v1/receipts/${asked.requestId}`)).status).toBe(404)
  })

  test('is not taken by a request that cannot run', async () => {
    const payment = payFrom(6)
    const deep = `{"inputs":${'['.repeat(5000)}${']'.repeat(5000)}}`
    const tensor = (over: object) =>
      JSON.stringify({ inputs: [{ name: 'input', shape: [1, 16], datatype: 'FP32', data: Array(16).fill(1), ...over }] })
    const bodies: [string, string][] = [
      [deep, 'JSON_TOO_DEEP'],
      [tensor({ datatype: 'FP64' }), 'INPUT_DATATYPE'],
      [tensor({ shape: [16] }), 'INPUT_SHAPE'],
      [tensor({ data: Array(15).fill(1) }), 'INPUT_SIZE'],
      [tensor({ data: ['NaN', ...Array(15).fill(1)] }), 'INPUT_MALFORMED'],
      [tensor({ data: [1e39, ...Array(15).fill(1)] }), 'INPUT_OUT_OF_RANGE'],
    ]
    const codes: unknown[] = []
    for (const [body] of bodies) codes.push((await ask(node.url, NAME, { ...newAsk(), body }, paying(payment))).json.code)
    expect(codes).toEqual(bodies.map(([, code]) => code))
    expect((await ask(node.url, 'nobody/nothing', newAsk(), paying(payment))).json.code).toBe('MODEL_NOT_FOUND')
    expect((await ask(node.url, NAME, newAsk(), paying(payment))).status).toBe(200)
  })

  test('sent for many requests at once pays for one', async () => {
    const payment = payFrom(6)
    const answers = await Promise.all(Array.from({ length: 12 }, (_, n) => ask(node.url, NAME, newAsk(n), paying(payment))))
    expect(answers.filter(({ status }) => status === 200).length).toBe(1)
    expect(new Set(answers.filter(({ status }) => status !== 200).map(({ json }) => json.code))).toEqual(new Set(['PAYMENT_REPLAYED']))
  })

  test('in an oversized header is refused', async () => {
    const told = await ask(node.url, NAME, newAsk(), { 'payment-signature': 'A'.repeat(10_000) })
    expect([told.status, told.json.code]).toEqual([402, 'PAYMENT_HEADER_TOO_LARGE'])
  })

  test('that is cancelled after the answer reverts: nothing is charged, and that payer pays before the next answer', async () => {
    const { url: rpcUrl, release } = await holding('eth_sendRawTransaction')
    const { node: slow } = await another(10, { rpcUrl })
    const payment = handPayment(net, net.account(9), slow.till, PRICE)
    const asked = newAsk()
    expect((await ask(slow.url, NAME, asked, paying(payment))).status).toBe(200)
    await cancelPayment(net, 9, payment.authorization.nonce)
    release()
    await eventually(async () => (await stateOf(slow.url, asked.requestId)) === 'reverted', 'reverted')
    expect(await net.client.settled(payment.paymentId)).toBeUndefined()
    const more = await ask(slow.url, NAME, newAsk(), paying(handPayment(net, net.account(9), slow.till, PRICE)))
    expect(more.status).toBe(200)
    expect(await net.client.settled(more.receipt!.paymentId)).toBe(receiptHash(more.receipt!, net.client.domain))
  })

  test('that two nodes have answered for, though the money was for one: the other is paid once it is there, and nobody is blocked', async () => {
    const gates = [await holding('eth_sendRawTransaction'), await holding('eth_sendRawTransaction')]
    const nodes = await Promise.all(
      gates.map(async ({ url }, n) => (await another([3, 5][n]!, { rpcUrl: url, batchSeconds: 3600 }, { now: net.now })).node),
    )
    await net.writer(2).wrap(PRICE)
    const payments = nodes.map(({ till }) => handPayment(net, net.account(2), till, PRICE))
    const asked = nodes.map(() => newAsk())
    const told = await Promise.all(nodes.map(({ url }, n) => ask(url, NAME, asked[n]!, paying(payments[n]!))))
    expect(told.map(({ status }) => status)).toEqual([200, 200])
    gates[0]!.release()
    await eventually(async () => (await stateOf(nodes[0]!.url, asked[0]!.requestId)) === 'settled', 'one is paid')
    gates[1]!.release()
    const [, unpaid] = nodes
    await eventually(() => unpaid!.pending().refused === 1, 'the other is not')
    await net.writer(2).wrap(3n * PRICE)
    const promised = await ask(unpaid!.url, NAME, newAsk(1), paying(handPayment(net, net.account(2), unpaid!.till, PRICE)))
    expect([promised.status, promised.json.code]).toEqual([402, 'PAYMENT_CREDIT_EXHAUSTED'])
    for (let blocks = 0; blocks < 16; blocks++) await net.chain.mine!()
    // Somebody else's payment has the node look.
    await ask(unpaid!.url, NAME, newAsk(2), paying(handPayment(net, net.account(7), unpaid!.till, PRICE)))
    await eventually(async () => (await stateOf(unpaid!.url, asked[1]!.requestId)) === 'settled', 'both are paid')
    const next = await ask(unpaid!.url, NAME, newAsk(3), paying(handPayment(net, net.account(2), unpaid!.till, PRICE)))
    expect(next.status).toBe(200)
  })

  test('of a payer new to the node is one at a time', async () => {
    const { url: rpcUrl, release } = await holding('eth_sendRawTransaction')
    const { node: slow } = await another(12, { rpcUrl })
    const pay = () => paying(handPayment(net, net.account(7), slow.till, PRICE))
    expect((await ask(slow.url, NAME, newAsk(), pay())).status).toBe(200)
    const second = await ask(slow.url, NAME, newAsk(1), pay())
    expect([second.status, second.json.code]).toEqual([402, 'PAYMENT_CREDIT_EXHAUSTED'])
    release()
    await eventually(() => slow.pending().queued + slow.pending().submitted === 0, 'settled')
    expect((await ask(slow.url, NAME, newAsk(2), pay())).status).toBe(200)
  })
})

test('when the answer to a settlement transaction is lost, it is looked up and not sent again', async () => {
  const proxy = await startRpcProxy(net.rpcUrl)
  onTestFinished(() => proxy.close())
  const { node: unlucky } = await another(14, { rpcUrl: proxy.url })
  let sends = 0
  proxy.fate = (methods) => (methods.includes('eth_sendRawTransaction') && sends++ === 0 ? 'swallow' : 'pass')
  const asked = newAsk()
  const payment = handPayment(net, net.account(7), unlucky.till, PRICE)
  const before = await net.client.balance(net.account(7).address)
  await ask(unlucky.url, NAME, asked, paying(payment))
  await eventually(async () => (await stateOf(unlucky.url, asked.requestId)) === 'settled', 'settled')
  expect(before.wopg - (await net.client.balance(net.account(7).address)).wopg).toBe(PRICE)
})

test('a settlement transaction whose nonce another one of the same account took is found lost, and its payments settle in the next', async () => {
  const proxy = await startRpcProxy(net.rpcUrl)
  onTestFinished(() => proxy.close())
  const { node: unlucky } = await another(22, { rpcUrl: proxy.url, batchSeconds: 3600 })
  let lose = true
  proxy.fate = (methods) => (lose && methods.includes('eth_sendRawTransaction') ? 'drop' : 'pass')
  const asked = newAsk()
  await ask(unlucky.url, NAME, asked, paying(handPayment(net, net.account(7), unlucky.till, PRICE)))
  await eventually(() => unlucky.pending().submitted === 1, 'kept, and lost on the way')
  await net.writer(22).transfer(net.account(0).address, 1n)
  lose = false
  await eventually(async () => (await stateOf(unlucky.url, asked.requestId)) === 'settled', 'settled')
})

describe('the same request', () => {
  test('again has the same answer and is charged once; with another body it is refused', async () => {
    const asked = newAsk()
    const first = await ask(node.url, NAME, asked, paying(payFrom(7)))
    const [again, paidAgain] = [await ask(node.url, NAME, asked), await ask(node.url, NAME, asked, paying(payFrom(7)))]
    for (const told of [again, paidAgain]) {
      expect([told.status, told.text, told.headers.get('og-receipt')]).toEqual([200, first.text, first.headers.get('og-receipt')])
    }
    const other = await ask(node.url, NAME, { ...asked, body: volatilityBody(5) })
    expect([other.status, other.json.code]).toEqual([409, 'NODE_REQUEST_CONFLICT'])
  })

  test('sent many times at once runs once', async () => {
    const asked = newAsk(3)
    const payments = Array.from({ length: 8 }, () => payFrom(7))
    const answers = await Promise.all(payments.map((payment) => ask(node.url, NAME, asked, paying(payment))))
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
    const taken = await Promise.all(payments.map(async (p) => (await ask(node.url, NAME, newAsk(), paying(p))).status))
    expect(taken.filter((status) => status === 402).length).toBe(1)
  })
})

describe('receipts', () => {
  test('are public, bodies and records are for who holds the secret', async () => {
    const asked = newAsk()
    const told = await ask(node.url, NAME, asked, paying(payFrom(7)))
    const { requestId, secret } = asked
    const receipt = (await (await fetch(`${node.url}/v1/receipts/${requestId}`)).json()) as { receipt: { price: string }; receiptHash: Hex }
    expect(receipt.receipt.price).toBe(PRICE.toString())
    expect(receipt.receiptHash).toBe(receiptHash(told.receipt!, net.client.domain))
    for (const part of ['execution', 'response', 'bundle']) {
      expect((await fetch(`${node.url}/v1/receipts/${requestId}/${part}`)).status).toBe(404)
      expect((await secretly(node.url, requestId, part, bytesToHex(randomBytes(32)))).status).toBe(404)
      expect((await secretly(node.url, requestId, part, '0x12')).status).toBe(400)
    }
    const execution = Buffer.from(await (await secretly(node.url, requestId, 'execution', secret)).arrayBuffer())
    expect(`0x${createHash('sha256').update(execution).digest('hex')}`).toBe(told.receipt!.executionHash)
    expect(parseExecution(execution)).toMatchObject({
      quote: [{ unit: 'request', rate: PRICE.toString(), source: 'chain' }],
      finish: 'stop',
    })
    const response = await secretly(node.url, requestId, 'response', secret)
    expect([await response.text(), response.headers.get('content-type')]).toEqual([told.text, told.headers.get('content-type')])
    const bare = parseBundle(new Uint8Array(await (await secretly(node.url, requestId, 'bundle?chain=no', secret)).arrayBuffer()))
    expect(bare.chain).toBeUndefined()
    expect(parseExecution(bare.execution).salt).not.toBe(`0x${'00'.repeat(32)}`)
  })

  test('that nobody has are 404, and ids that are none are 400', async () => {
    expect((await fetch(`${node.url}/v1/receipts/0x${'ab'.repeat(32)}`)).status).toBe(404)
    expect((await fetch(`${node.url}/v1/receipts/abc`)).status).toBe(400)
    expect((await fetch(`${node.url}/v1/batches/99999`)).status).toBe(404)
    expect((await fetch(`${node.url}/v1/batches/x`)).status).toBe(400)
  })

  test('of a batch give its root on chain', async () => {
    const asked = newAsk()
    await ask(node.url, NAME, asked, paying(payFrom(7)))
    const inclusion = () => fetch(`${node.url}/v1/receipts/${asked.requestId}/inclusion`)
    await eventually(async () => (await inclusion()).ok, 'anchored')
    const { batch } = (await (await inclusion()).json()) as { batch: { sequence: string; root: Hex } }
    const told = (await (await fetch(`${node.url}/v1/batches/${batch.sequence}`)).json()) as { receiptHashes: Hex[] }
    expect(merkleRoot(told.receiptHashes.map(leafOf))).toBe(batch.root)
    expect((await net.client.batch(node.address, BigInt(batch.sequence)))?.root).toBe(batch.root)
  })
})

describe('the node', () => {
  test('offers what is published while it runs, at a price that covers the royalty, and stops offering what is withdrawn', async () => {
    const late = await net.publish('credit_logistic_12', 'og/late', { minRoyalty: OPG })
    await eventually(async () => (await node.offered()).some((model) => model.modelId === late), 'offered')
    const price = await net.client.price(node.address, late, 0)
    expect(price.active).toBe(true)
    expect(price.amount).toBeGreaterThan(OPG)
    await net.writer(USER).withdrawModel('og/late', 1)
    await eventually(async () => !(await node.offered()).some((model) => model.modelId === late), 'withdrawn')
  })

  test('starts again as it was: registered, priced, with its answers', async () => {
    const { node: first, config } = await another(15, { price: 0n })
    const asked = newAsk()
    const told = await ask(first.url, NAME, asked)
    expect(told.receipt).toMatchObject({ price: 0n })
    await first.close()
    const said: { facts: object; message: string }[] = []
    const keep = (facts: object, message: string) => void said.push({ facts, message })
    const second = await startInferenceNode({ ...config, price: PRICE }, { log: { info: keep, warn: keep, error: keep } })
    onTestFinished(() => second.close())
    expect(said.filter(({ message }) => message.includes('keeps the price'))).toEqual([
      { facts: { modelId, price: '0', startedWith: `${PRICE}` }, message: expect.stringContaining('og node price') },
    ])
    expect((await ask(second.url, NAME, asked)).text).toBe(told.text)
    expect((await net.client.node(second.address))?.endpoint).toBe(second.url)
  })

  test('whose journal is lost takes no payment that it may have taken before, also after the next start', async () => {
    const { node: first, config } = await another(23)
    expect((await ask(first.url, NAME, newAsk(), paying(handPayment(net, net.account(8), first.till, PRICE)))).status).toBe(200)
    await first.close()
    for (let life = 0; life < 2; life++) {
      const forgetful = await startInferenceNode({ ...config, dataDir: `${net.dir}/node23lost` })
      onTestFinished(() => forgetful.close())
      const payment = handPayment(net, net.account(8), forgetful.till, PRICE)
      const told = await ask(forgetful.url, NAME, newAsk(), paying(payment))
      expect([told.status, told.json.code]).toEqual([503, 'JOURNAL_BEHIND'])
      await forgetful.close()
    }
  })

  test('takes a new receipt key: it is rotated on chain, and old and new receipts are anchored', async () => {
    const { node: first, config } = await another(16, { price: 0n, batchSeconds: 3600 })
    const asked = newAsk()
    await ask(first.url, NAME, asked)
    await first.close(0)
    const second = await startInferenceNode({ ...config, receiptKey: net.account(216).privateKey, batchSeconds: 0.1 })
    onTestFinished(() => second.close())
    const fresh = newAsk(1)
    await ask(second.url, NAME, fresh)
    for (const { requestId } of [asked, fresh])
      await eventually(async () => (await fetch(`${second.url}/v1/receipts/${requestId}/inclusion`)).ok, 'anchored')
  })

  test('does not wait for a chain that is gone before it stops: what is open waits on disk', async () => {
    const proxy = await startRpcProxy(net.rpcUrl)
    onTestFinished(() => proxy.close())
    const { node: cut, config } = await another(11, { rpcUrl: proxy.url, batchSeconds: 3600 })
    let gone = false
    proxy.fate = (methods) => (gone || methods.includes('eth_sendRawTransaction') ? 'drop' : 'pass')
    const payment = handPayment(net, net.account(8), cut.till, PRICE)
    await ask(cut.url, NAME, newAsk(), paying(payment))
    gone = true
    // For as long as the test has at most.
    await cut.close(600_000)
    const second = await startInferenceNode({ ...config, rpcUrl: net.rpcUrl })
    onTestFinished(() => second.close())
    await eventually(async () => (await net.client.settled(payment.paymentId)) !== undefined, 'settled')
  })

  test('settles and anchors what is open before it stops', async () => {
    const { node: brief } = await another(17, { batchSeconds: 3600 })
    const payment = handPayment(net, net.account(8), brief.till, PRICE)
    await ask(brief.url, NAME, newAsk(), paying(payment))
    await brief.close()
    expect(await net.client.settled(payment.paymentId)).toBeDefined()
    expect(await net.client.nextSequence(brief.address)).toBe(1n)
  })

  test('whose clock is off signs nothing and says so', async () => {
    let off = 0
    const { node: late } = await another(18, {}, { now: () => Date.now() + off })
    off = 300_000
    const told = await ask(late.url, modelId, newAsk())
    expect([told.status, told.json.code]).toEqual([503, 'NODE_CLOCK_SKEW'])
    off = 0
    expect((await ask(late.url, modelId, newAsk())).status).toBe(402)
  })

  test('does not start against a chain that stands still', async () => {
    await expect(another(21, {}, { now: () => Date.now() + 300_000 })).rejects.toMatchObject({ code: 'CHAIN_STALE' })
  })

  test('with a full disk refuses new requests and still serves old answers', async () => {
    const asked = newAsk()
    const { node: roomy, config } = await another(19, { price: 0n })
    await ask(roomy.url, NAME, asked)
    await roomy.close()
    const full = await startInferenceNode({ ...config, minFreeBytes: 2 ** 60 })
    onTestFinished(() => full.close())
    const told = await ask(full.url, NAME, newAsk(1))
    expect([told.status, told.json.code]).toEqual([507, 'DISK_FULL'])
    expect((await ask(full.url, NAME, asked)).status).toBe(200)
  })

  test('without OPG for gas takes no payment, tells what it has, and goes on when it is sent some', async () => {
    const said: string[] = []
    const log: NodeLog = { ...silentLog, warn: (_, message) => void said.push(message), info: (_, message) => void said.push(message) }
    await net.writer(USER).transfer(net.account(24).address, 10_001n * OPG)
    const { node: poor } = await another(24, {}, { log })
    const money = async () => Number(/og_node_gas_balance_opg (\d\S*)/.exec(await (await fetch(`${poor.url}/metrics`)).text())?.[1])
    const call = async () => {
      const { status, json } = await ask(poor.url, NAME, newAsk(), paying(payFrom(9, PRICE, poor.till)))
      return { status, code: (json as { code?: string }).code }
    }
    expect(await money()).toBeGreaterThan(0.9)
    const { opg } = await net.client.at(await net.client.head()).balance(poor.address)
    await net.writer(24).transfer(net.account(USER).address, opg - OPG / 10_000n)
    await eventually(async () => (await money()) < 0.0001, 'seen')
    expect(await call()).toEqual({ status: 503, code: 'NODE_BACKLOG' })
    await net.writer(USER).transfer(poor.address, OPG)
    await eventually(async () => (await money()) > 0.9, 'seen')
    expect(await call()).toMatchObject({ status: 200 })
    expect(said.filter((message) => message.includes('gas of settlements'))).toEqual([
      'the account runs out of OPG for the gas of settlements: send it some',
      'the account has OPG for the gas of settlements again',
    ])
  })

  test('does not start with the account key as receipt key, nor unregistered without a bond, nor on a taken port', async () => {
    const accountKey = net.account(20).privateKey
    const config = net.nodeConfig({ dataDir: `${net.dir}/node20`, accountKey })
    await expect(startInferenceNode({ ...config, receiptKey: accountKey })).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
    const { bond: _, ...bondless } = config
    await expect(startInferenceNode(bondless)).rejects.toMatchObject({ code: 'NODE_NOT_ACTIVE' })
    await expect(startInferenceNode({ ...config, port: node.port })).rejects.toMatchObject({ code: 'PORT_IN_USE' })
  })
})

// Behind all others: it brings the chain a minute ahead of the clock, of which nodes bear two.
test('a payment that cannot be settled before it ends expires: no charge', async () => {
  const { url: rpcUrl, release } = await holding('eth_sendRawTransaction', 'drop')
  release()
  const { node: deaf } = await another(13, { rpcUrl })
  const validBefore = BigInt(Math.max(Math.floor(Date.now() / 1000), Number(net.chain.head().block.header.timestamp)) + 60)
  const payment = handPayment(net, net.account(6), deaf.till, PRICE, { validBefore })
  const asked = newAsk()
  expect((await ask(deaf.url, NAME, asked, paying(payment))).status).toBe(200)
  // Each block is dated a second later than the one before, or more.
  while (BigInt(net.chain.head().block.header.timestamp) < validBefore) await net.chain.mine!()
  await eventually(async () => (await stateOf(deaf.url, asked.requestId)) === 'expired', 'expired')
  expect(await net.client.settled(payment.paymentId)).toBeUndefined()
  expect(await net.client.nonceUsed(payment.authorization.from, payment.authorization.nonce)).toBe(false)
})

/** A proxy that holds calls of one method back until it is told to pass, or lose, them; from the `from`-th on. */
async function holding(method: string, fate: 'pass' | 'drop' = 'pass', from = 3): Promise<{ url: string; release: () => void }> {
  const proxy = await startRpcProxy(net.rpcUrl)
  onTestFinished(() => proxy.close())
  let release = () => {}
  const released = new Promise<void>((resolve) => {
    release = resolve
  })
  let calls = 0
  proxy.fate = async (methods) => {
    if (!methods.includes(method) || ++calls < from) return 'pass'
    await released
    return fate
  }
  return { url: proxy.url, release }
}

/** A fresh payment whose header accepts other terms, or authorises other things, than what was signed. */
function accepting(terms: object, authorization: object = {}): string {
  const sent = JSON.parse(Buffer.from(payFrom(6).header, 'base64').toString()) as { accepted: object; payload: { authorization: object } }
  const payload = { ...sent.payload, authorization: { ...sent.payload.authorization, ...authorization } }
  return Buffer.from(JSON.stringify({ ...sent, accepted: { ...sent.accepted, ...terms }, payload })).toString('base64')
}
