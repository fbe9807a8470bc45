import { randomBytes } from 'node:crypto'
import { bytesToHex, decodeReceiptHeader, DEV_ACCOUNTS, parseBundle, receiptHash, requestIdOf } from '@opengradient/protocol'
import { decodePaymentResponseHeader, wrapFetchWithPayment } from '@x402/fetch'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { InferenceNode } from '../src/config.ts'
import { startInferenceNode } from '../src/node.ts'
import { eventually, OPG, startTestNetwork, stockClient, type TestNetwork, VOLATILITY, volatilityBody } from './network.testkit.ts'

let net: TestNetwork
let node: InferenceNode
const NAME = 'og/volatility'
const USER = DEV_ACCOUNTS.user
const JSON_TYPE = { 'content-type': 'application/json' }

beforeAll(async () => {
  net = await startTestNetwork()
  await net.publish(VOLATILITY, NAME, { royaltyBps: 500, minRoyalty: OPG / 10_000n })
  await net.writer(USER).wrap(10n * OPG)
  node = await startInferenceNode(net.nodeConfig())
})

afterAll(async () => {
  await node?.close()
  await net?.close()
})

const inferUrl = () => `${node.url}/v2/models/${encodeURIComponent(NAME)}/infer`

test('the unmodified x402 client pays, and what it gets settles and is anchored', async () => {
  const before = await net.client.balance(net.account(USER).address)
  const pay = wrapFetchWithPayment(fetch, stockClient(net, USER))
  const secret = bytesToHex(randomBytes(32))
  const reply = await pay(inferUrl(), { method: 'POST', headers: { ...JSON_TYPE, 'og-request-secret': secret }, body: volatilityBody() })
  expect(reply.status).toBe(200)
  const body = (await reply.json()) as { outputs: { data: number[] }[] }
  expect(body.outputs[0]?.data.length).toBe(1)
  const { receipt, signature } = decodeReceiptHeader(reply.headers.get('og-receipt')!)
  const paid = decodePaymentResponseHeader(reply.headers.get('payment-response')!)
  expect(paid).toMatchObject({ success: true, transaction: '', network: `eip155:${net.network.chainId}`, payer: net.account(USER).address })
  const { requestId } = receipt
  const get = async (path: string) => fetch(`${node.url}/v1/receipts/${requestId}${path}`, { headers: { 'og-request-secret': secret } })
  await eventually(async () => ((await (await get('')).json()) as { state: string }).state === 'settled', 'settled')
  await eventually(async () => (await get('/inclusion')).ok, 'anchored')
  expect(await net.client.settled(receipt.paymentId)).toBe(receiptHash(receipt, net.client.domain))
  const after = await net.client.balance(net.account(USER).address)
  expect(before.wopg - after.wopg).toBe(receipt.price)
  const bundle = parseBundle(new Uint8Array(await (await get('/bundle')).arrayBuffer()))
  expect(bundle).toMatchObject({ receipt, signature, payment: { payer: receipt.payer } })
  expect(bundle.chain).toBeDefined()
  expect(bundle.inclusion?.batch.node).toBe(node.address)
  expect(requestIdOf(Buffer.from(secret.slice(2), 'hex'))).toBe(requestId)
})
