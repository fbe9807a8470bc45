import { join } from 'node:path'
import { ADDRESSES, settlementAbi, tillOf } from '@opengradient/contracts'
import { DEV_ACCOUNTS, receiptHash } from '@opengradient/protocol'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { InferenceNodeConfig } from '../src/config.ts'
import { type Ask, ask, cancelPayment, type HandPayment, handPayment, newAsk } from './caller.testkit.ts'
import { eventually, OPG, startTestNetwork, type TestNetwork, VOLATILITY } from './network.testkit.ts'
import { startNodeProcess } from './nodeProcess.testkit.ts'
import { type RpcProxy, startRpcProxy } from './rpcProxy.testkit.ts'

// Nodes start, are killed and start again: a loaded machine takes a minute for that.
const LONG = 600_000
vi.setConfig({ testTimeout: LONG, hookTimeout: LONG })

let net: TestNetwork
let proxy: RpcProxy
const NAME = 'og/volatility'
const PRICE = OPG / 1000n
const USER = DEV_ACCOUNTS.user
let round = 0

beforeAll(async () => {
  net = await startTestNetwork()
  await net.publish(VOLATILITY, NAME)
  await net.writer(USER).wrap(10n * OPG)
  proxy = await startRpcProxy(net.rpcUrl)
})

afterAll(async () => {
  await proxy?.close()
  await net?.close()
})

const start = (config: InferenceNodeConfig) => startNodeProcess(net.dir, config)

/** A node that settles every payment first, with a folder of its own: it may be started again and again. */
function operator() {
  const number = 5 + round++
  const config = net.nodeConfig({
    dataDir: join(net.dir, `node${number}`),
    accountKey: net.account(number).privateKey,
    receiptKey: net.account(100 + number).privateKey,
    price: PRICE,
    rpcUrl: proxy.url,
    // The same at each start, or the start would send a transaction to say so.
    publicUrl: `http://localhost:${20_000 + number}`,
  })
  const payment = handPayment(net, net.account(USER), tillOf(net.account(number).address), PRICE)
  return { config, payment, first: { ...config, settleFirstAbove: 0n } }
}

const settlements = (way: 'open' | 'blocked') => {
  proxy.fate = (methods) => (way === 'blocked' && methods.includes('eth_sendRawTransaction') ? 'drop' : 'pass')
}
const askDying = (url: string, asked: Ask, { header }: HandPayment) =>
  ask(url, NAME, asked, { 'payment-signature': header }).catch(() => undefined)

async function settledEvents({ paymentId }: HandPayment): Promise<number> {
  const filter = { address: ADDRESSES.settlement, abi: settlementAbi, eventName: 'Settled', args: { paymentId }, fromBlock: 0n } as const
  return (await net.client.rpc.viem.getContractEvents(filter)).length
}

test.each(['reserved', 'executed'])('killed at %s: nothing is charged, and nothing is given out', async (state) => {
  const { config, payment, first } = operator()
  const node = await start(first)
  const asked = newAsk()
  await node.dieAt(state, asked.requestId)
  expect(await askDying(node.url, asked, payment)).toBeUndefined()
  await node.gone
  const again = await ask((await start(config)).url, NAME, asked)
  expect([again.status, again.json.code]).toEqual([410, 'NODE_REQUEST_ABORTED'])
  expect(await settledEvents(payment)).toBe(0)
})

test.each(['queued', 'submitted'])(
  'killed at %s: whatever its configuration says now, the node gives the answer out when it is settled, and settles it once',
  async (state) => {
    const { config, payment, first } = operator()
    const node = await start(first)
    const asked = newAsk()
    await node.dieAt(state, asked.requestId)
    expect(await askDying(node.url, asked, payment)).toBeUndefined()
    await node.gone
    settlements('blocked')
    const second = await start(config)
    const early = await ask(second.url, NAME, asked)
    expect([early.status, early.json.code, early.receipt]).toEqual([409, 'NODE_REQUEST_PENDING', undefined])
    expect(await settledEvents(payment)).toBe(0)
    await second.kill()
    settlements('open')
    const third = await start(config)
    await eventually(async () => (await ask(third.url, NAME, asked)).status === 200, 'given out', LONG)
    const { receipt } = await ask(third.url, NAME, asked)
    expect(await net.client.settled(payment.paymentId)).toBe(receiptHash(receipt!, net.client.domain))
    expect(await settledEvents(payment)).toBe(1)
    expect([second, third].flatMap(({ statesOf }) => statesOf(asked.requestId))).not.toContain('executed')
  },
)

test('killed at settled, with nobody told: the answer is given out by the next start', async () => {
  const { config, payment, first } = operator()
  const node = await start(first)
  const asked = newAsk()
  await node.dieAt('settled', asked.requestId)
  expect(await askDying(node.url, asked, payment)).toBeUndefined()
  await node.gone
  const again = await ask((await start(config)).url, NAME, asked)
  expect([again.status, again.receipt?.paymentId]).toEqual([200, payment.paymentId])
  expect(await settledEvents(payment)).toBe(1)
})

test('killed before its settlement was sent, and the payment cancelled meanwhile: the answer is never given out', async () => {
  const { config, payment, first } = operator()
  const node = await start(first)
  const asked = newAsk()
  await node.dieAt('queued', asked.requestId)
  expect(await askDying(node.url, asked, payment)).toBeUndefined()
  await node.gone
  await cancelPayment(net, USER, payment.authorization.nonce)
  const second = await start(config)
  await eventually(async () => (await ask(second.url, NAME, asked)).status !== 409, 'the settlement was tried', LONG)
  const again = await ask(second.url, NAME, asked)
  expect([again.status, again.json.code, again.receipt]).toEqual([410, 'SETTLEMENT_REVERTED', undefined])
  expect(await settledEvents(payment)).toBe(0)
})

test('killed when its payment was refused for want of money: when that is there, it is settled once and the answer given out', async () => {
  const { config, first } = operator()
  const payer = 20
  const payment = handPayment(net, net.account(payer), tillOf(net.account(4 + round).address), PRICE)
  await net.writer(payer).wrap(PRICE)
  const node = await start(first)
  settlements('blocked')
  const asked = newAsk()
  const told = askDying(node.url, asked, payment)
  await eventually(() => node.statesOf(asked.requestId).includes('submitted'), 'kept, and on its way', LONG)
  await net.writer(payer).unwrap(PRICE)
  await node.dieAt('queued', asked.requestId)
  settlements('open')
  await node.gone
  expect(await told).toBeUndefined()
  const second = await start(config)
  const early = await ask(second.url, NAME, asked)
  expect([early.status, early.json.code, early.receipt]).toEqual([409, 'NODE_REQUEST_PENDING', undefined])
  expect(early.json.error).toContain('too little WOPG')
  await second.kill()
  await net.writer(payer).wrap(PRICE)
  for (let blocks = 0; blocks < 16; blocks++) await net.chain.mine!()
  const third = await start(config)
  await eventually(async () => (await ask(third.url, NAME, asked)).status === 200, 'given out', LONG)
  expect(await settledEvents(payment)).toBe(1)
  expect([second, third].flatMap(({ statesOf }) => statesOf(asked.requestId))).not.toContain('executed')
})
