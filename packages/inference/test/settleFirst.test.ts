import { ADDRESSES, settlementAbi, tillOf } from '@opengradient/contracts'
import { decodeReceiptHeader, type Hex, receiptHash } from '@opengradient/protocol'
import { decodePaymentResponseHeader } from '@x402/core/http'
import { wrapFetchWithPayment } from '@x402/fetch'
import { encodeAbiParameters, encodeEventTopics, getAbiItem, keccak256, parseTransaction, toFunctionSelector } from 'viem'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { InferenceNode } from '../src/config.ts'
import { startInferenceNode } from '../src/node.ts'
import { type Ask, ask, cancelPayment, handPayment, newAsk } from './caller.testkit.ts'
import { eventually, OPG, startTestNetwork, stockClient, type TestNetwork, VOLATILITY } from './network.testkit.ts'
import { type RpcProxy, startRpcProxy } from './rpcProxy.testkit.ts'
import { opened, sealAsk, shownKeyset, tell, testAttestation, testAttester } from './tee.testkit.ts'

// A loaded machine takes a minute for what takes seconds.
const LONG = 300_000
vi.setConfig({ testTimeout: 2 * LONG, hookTimeout: LONG })

let net: TestNetwork
let proxy: RpcProxy
let node: InferenceNode
let modelId: Hex
const NAME = 'og/provable'
const PRICE = OPG / 1000n

/** A node that gives no credit for its price, at the levels signature, zk and development. Its way to the chain can be blocked. */
beforeAll(async () => {
  net = await startTestNetwork(undefined, testAttestation())
  modelId = (await net.publishZk(VOLATILITY, NAME)).modelId
  await Promise.all([6, 7, 8, 9, 10].map((index) => net.writer(index).wrap(OPG)))
  proxy = await startRpcProxy(net.rpcUrl)
  const config = net.nodeConfig({ price: PRICE, creditMax: PRICE - 1n, rpcUrl: proxy.url })
  node = await startInferenceNode(config, { attester: async () => testAttester() })
  // Later the way to the chain is blocked: a registration that is lost there is waited for longer than any test.
  await eventually(async () => (await shownKeyset(node.url)) !== undefined, 'a keyset is registered', LONG)
})

afterAll(async () => {
  await node?.close()
  await proxy?.close()
  await net?.close()
})

const pay = (index: number) => handPayment(net, net.account(index), tillOf(node.address), PRICE)
const paying = ({ header }: { header: string }) => ({ 'payment-signature': header })
const settlements = (way: 'open' | 'blocked') => {
  proxy.fate = (methods) => (way === 'blocked' && methods.includes('eth_sendRawTransaction') ? 'drop' : 'pass')
}
const codeOf = async (reply: Response) => (reply.ok ? undefined : ((await reply.json()) as { code?: string }).code)
/** What everybody, and the holder of the secret, is told about an answer. */
const told = ({ requestId, secret }: Ask) =>
  Promise.all(
    ['', '/inclusion', '/response', '/execution', '/bundle?chain=no', '/proof'].map(async (part) => {
      return codeOf(await fetch(`${node.url}/v1/receipts/${requestId}${part}`, { headers: { 'og-request-secret': secret } }))
    }),
  )
const everywhere = (code: string) => Array(6).fill(code)
const withheld = () => eventually(() => node.pending().withheld === 1, 'an answer is kept, and not given out', LONG)
const waiting = async () => /og_requests_waiting\{for="withheld"\} (\d+)/.exec(await (await fetch(`${node.url}/metrics`)).text())?.[1]

test('the unmodified x402 client is answered when its payment is settled, though the price is above any credit', async () => {
  const paidFetch = wrapFetchWithPayment(fetch, stockClient(net, 6))
  const { secret, requestId, body } = newAsk()
  const headers = { 'content-type': 'application/json', 'og-request-secret': secret }
  const reply = await paidFetch(`${node.url}/v2/models/${encodeURIComponent(NAME)}/infer`, { method: 'POST', headers, body })
  expect(reply.status).toBe(200)
  const { receipt } = decodeReceiptHeader(reply.headers.get('og-receipt')!)
  expect(receipt).toMatchObject({ requestId, price: PRICE })
  const paid = decodePaymentResponseHeader(reply.headers.get('payment-response')!)
  expect(paid).toMatchObject({ success: true, extensions: { 'verifiable-inference': { info: { status: 'settled' } } } })
  expect(paid.transaction).toMatch(/^0x[0-9a-f]{64}$/)
  expect(await net.client.settled(receipt.paymentId)).toBe(receiptHash(receipt, net.client.domain))
})

test.each(['signature', 'zk'])(
  'at level %s nothing of an answer is given out while its settlement does not reach the chain',
  async (level) => {
    settlements('blocked')
    const asked = newAsk()
    const payment = pay(7)
    const first = ask(node.url, NAME, asked, { 'og-level': level, ...paying(payment) })
    await withheld()
    for (const headers of [{}, paying(payment), paying(pay(7))]) {
      const again = await ask(node.url, NAME, asked, { 'og-level': level, connection: 'close', ...headers })
      expect([again.status, again.json.code, again.receipt, again.json.outputs]).toEqual([
        409,
        'NODE_REQUEST_PENDING',
        undefined,
        undefined,
      ])
      expect(again.headers.get('retry-after')).toBe('1')
    }
    expect(await told(asked)).toEqual(everywhere('NODE_REQUEST_PENDING'))
    expect(await waiting()).toBe('1')
    const other = await ask(node.url, NAME, newAsk(1), paying(pay(7)))
    expect([other.status, other.json.code]).toEqual([402, 'PAYMENT_CREDIT_EXHAUSTED'])
    expect(await net.client.settled(payment.paymentId)).toBeUndefined()

    settlements('open')
    await eventually(async () => (await net.client.settled(payment.paymentId)) !== undefined, 'settled', LONG)
    await eventually(async () => (await ask(node.url, NAME, asked, { 'og-level': level })).status === 200, 'given out', LONG)
    const again = await ask(node.url, NAME, asked, { 'og-level': level })
    expect(again.receipt).toMatchObject({ paymentId: payment.paymentId, level: level === 'zk' ? 2 : 0 })
    // It was answered too, unless its own time was over before.
    const { status, text } = await first
    if (status === 200) expect(text).toBe(again.text)
    else expect(status).toBe(409)
    expect((await told(asked)).includes('NODE_REQUEST_PENDING')).toBe(false)
    expect(await waiting()).toBe('0')
  },
)

test('an answer whose payment is cancelled meanwhile is never given out, and its payer is served again after a while', async () => {
  settlements('blocked')
  const asked = newAsk()
  const payment = pay(8)
  const first = ask(node.url, NAME, asked, paying(payment))
  await withheld()
  await cancelPayment(net, 8, payment.authorization.nonce)
  settlements('open')
  const over = async () => (await ask(node.url, NAME, asked)).status !== 409
  await eventually(over, 'the settlement was tried', LONG)
  const { status, json, receipt } = await first
  expect([
    [410, 'SETTLEMENT_REVERTED'],
    [409, 'NODE_REQUEST_PENDING'],
  ]).toContainEqual([status, json.code])
  expect([receipt, json.outputs]).toEqual([undefined, undefined])
  const again = await ask(node.url, NAME, asked, paying(pay(8)))
  expect([again.status, again.json.code]).toEqual([410, 'SETTLEMENT_REVERTED'])
  expect(await told(asked)).toEqual(everywhere('SETTLEMENT_REVERTED'))
  expect(await net.client.settled(payment.paymentId)).toBeUndefined()
  for (let blocks = 0; blocks < 31; blocks++) await net.chain.mine!()
  const served = async () => (await ask(node.url, NAME, newAsk(1), paying(pay(8)))).status === 200
  await eventually(served, 'served again', LONG)
})

test('a sealed answer is given out when it is settled, and not recalled before', async () => {
  const shown = await shownKeyset(node.url)
  settlements('blocked')
  const asked = newAsk()
  const payment = pay(9)
  const sent = await sealAsk(shown!, modelId, asked, payment)
  const first = tell(node.url, sent)
  await withheld()
  for (let times = 0; times < 2; times++) {
    const { status, headers, bytes } = await tell(node.url, sent)
    expect([status, headers.get('og-receipt'), headers.get('og-seal')]).toEqual([409, null, null])
    expect(JSON.parse(Buffer.from(bytes).toString()).code).toBe('NODE_REQUEST_PENDING')
  }
  expect(await told(asked)).toEqual(everywhere('NODE_REQUEST_PENDING'))
  settlements('open')
  await eventually(async () => (await tell(node.url, sent)).status === 200, 'given out', LONG)
  expect(await net.client.settled(payment.paymentId)).toBeDefined()
  const again = await tell(node.url, sent)
  expect(JSON.parse((await opened(sent, again.bytes)).body.toString()).outputs).toHaveLength(1)
  const { status, bytes } = await first
  if (status === 200) expect(Buffer.from(bytes)).toEqual(Buffer.from(again.bytes))
  else expect(JSON.parse((await opened(sent, bytes)).body.toString()).code).toBe('NODE_REQUEST_PENDING')
})

test('a payment of less than the balance, and one request at a time, are asked for still', async () => {
  const poor = await ask(node.url, NAME, newAsk(), paying(pay(11)))
  expect([poor.status, poor.json.code]).toEqual([402, 'PAYMENT_INSUFFICIENT_BALANCE'])
  const many = await Promise.all(Array.from({ length: 6 }, (_, n) => ask(node.url, NAME, newAsk(n), paying(pay(10)))))
  const served = many.filter(({ status }) => status === 200).length
  expect(served).toBeGreaterThan(0)
  expect(many.filter(({ json }) => json.code === 'PAYMENT_CREDIT_EXHAUSTED')).toHaveLength(6 - served)
})

test('an RPC that says of a settlement that it was done does not get the answer for it', async () => {
  const asked = newAsk(2)
  const payment = pay(7)
  const { header } = await net.client.head()
  const topics = encodeEventTopics({
    abi: settlementAbi,
    eventName: 'Settled',
    args: { paymentId: payment.paymentId, receiptHash: `0x${'11'.repeat(32)}`, node: node.address },
  })
  const data = encodeAbiParameters([{ type: 'address' }, { type: 'bytes32' }, { type: 'uint256' }], [node.address, modelId, PRICE])
  const receipt = {
    ...{ blockNumber: `0x${header.number.toString(16)}`, status: '0x1', gasUsed: '0x30d40' },
    logs: [{ address: ADDRESSES.settlement, topics, data }],
  }
  const settling = toFunctionSelector(getAbiItem({ abi: settlementAbi, name: 'settleMany' }))
  const kept = new Set<Hex>()
  let lies = 0
  proxy.lie = ({ method, params: [given] }) => {
    if (method === 'eth_sendRawTransaction' && parseTransaction(given as `0x02${string}`).data?.startsWith(settling)) {
      kept.add(keccak256(given as Hex))
      return keccak256(given as Hex)
    }
    if (method !== 'eth_getTransactionReceipt' || !kept.has(given as Hex)) return undefined
    lies++
    return receipt
  }
  const first = ask(node.url, NAME, asked, paying(payment))
  await eventually(() => lies > 1, 'it was told of the settlement, and told again', LONG)
  expect(await net.client.settled(payment.paymentId)).toBeUndefined()
  expect(await told(asked)).toEqual(everywhere('NODE_REQUEST_PENDING'))

  proxy.lie = () => undefined
  await eventually(async () => (await ask(node.url, NAME, asked)).status === 200, 'given out', LONG)
  expect(await net.client.settled(payment.paymentId)).toBeDefined()
  expect([200, 409]).toContain((await first).status)
})
