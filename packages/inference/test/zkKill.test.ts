import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { challengeDeposit, heldPaymentCalls } from '@opengradient/client'
import { ADDRESSES, heldPaymentsAbi, tillOf } from '@opengradient/contracts'
import { decodeHeld, heldSlot } from '@opengradient/contracts/slots'
import { DEV_ACCOUNTS, type Hex } from '@opengradient/protocol'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { InferenceNodeConfig } from '../src/config.ts'
import { type Ask, ask, handPayment, newAsk } from './caller.testkit.ts'
import { eventually, OPG, startTestNetwork, type TestNetwork, VOLATILITY } from './network.testkit.ts'
import { removePacked, startNodeProcess } from './nodeProcess.testkit.ts'

// Nodes start, are killed and start again: a loaded machine takes a minute for that.
vi.setConfig({ testTimeout: 600_000 })

let net: TestNetwork
const NAME = 'og/provable'
const PRICE = OPG / 1000n
const USER = DEV_ACCOUNTS.user
let round = 0

beforeAll(async () => {
  net = await startTestNetwork()
  await net.publishZk(VOLATILITY, NAME)
  await net.writer(USER).wrap(10n * OPG)
})

afterAll(async () => {
  await net?.close()
  await removePacked()
})

/** A node of its own operator and folder for each test; it may be started again and again. */
function operator() {
  const number = 5 + round++
  const config = net.nodeConfig({
    dataDir: join(net.dir, `node${number}`),
    accountKey: net.account(number).privateKey,
    receiptKey: net.account(100 + number).privateKey,
    price: PRICE,
  })
  const payment = () => handPayment(net, net.account(USER), tillOf(net.account(number).address), PRICE)
  return { config, payment }
}

const start = (config: InferenceNodeConfig, killAt?: string) => startNodeProcess(net.dir, config, killAt)
const askDying = (url: string, asked: Ask, header: string) =>
  ask(url, NAME, asked, { 'og-level': 'zk', 'payment-signature': header }).catch(() => undefined)
const proof = async (url: string, { requestId, secret }: Ask) =>
  fetch(`${url}/v1/receipts/${requestId}/proof`, { headers: { 'og-request-secret': secret } })
const proved = (url: string, asked: Ask) => eventually(async () => (await proof(url, asked)).status === 200, 'proved')
const filesOf = (config: InferenceNodeConfig) => readdirSync(join(config.dataDir, 'proofs')).sort()
const stateOf = async (url: string, { requestId }: Ask) =>
  ((await (await fetch(`${url}/v1/receipts/${requestId}`)).json()) as { state: string }).state

async function heldOn(paymentId: Hex) {
  const word = await net.client.rpc.viem.getStorageAt({ address: ADDRESSES.heldPayments, slot: heldSlot(paymentId) })
  return decodeHeld(BigInt(word ?? 0)).status
}

async function events(eventName: 'Held' | 'Proved' | 'Released', paymentId: Hex): Promise<number> {
  const filter = { address: ADDRESSES.heldPayments, abi: heldPaymentsAbi, eventName, args: { paymentId }, fromBlock: 0n } as const
  return (await net.client.rpc.viem.getContractEvents(filter)).length
}

test.each(['reserved', 'executed'])('killed at %s: no proof is owed, and what lay on the shelf is gone', async (state) => {
  const { config, payment } = operator()
  const first = await start(config, state)
  const asked = newAsk()
  expect(await askDying(first.url, asked, payment().header)).toBeUndefined()
  await first.gone
  const second = await start(config)
  expect(filesOf(config)).toEqual([])
  expect((await proof(second.url, asked)).status).toBe(404)
})

// The proof may be there before the answer is: until then it is owed to nobody.
test.each(['queued', 'queued+proof:proved', 'submitted', 'held'])(
  'killed at %s: the proof is there after the next start, and the payment is held once',
  async (state) => {
    const { config, payment } = operator()
    const first = await start(config, state)
    const asked = newAsk()
    const paid = payment()
    await askDying(first.url, asked, paid.header)
    await first.gone
    const second = await start(config)
    await proved(second.url, asked)
    expect(filesOf(config)).toEqual([`${asked.requestId.slice(2)}.job`, `${asked.requestId.slice(2)}.proof`])
    await eventually(async () => (await stateOf(second.url, asked)) === 'held', 'held')
    expect([await heldOn(paid.paymentId), await events('Held', paid.paymentId)]).toEqual(['held', 1])
  },
)

test.each(['challenged', 'proved'])('killed at %s: the demanded proof is on chain once', async (state) => {
  const { config, payment } = operator()
  const first = await start(config, state)
  const asked = newAsk()
  const paid = payment()
  const told = await askDying(first.url, asked, paid.header)
  await eventually(async () => (await heldOn(paid.paymentId)) === 'held', 'held')
  await net.writer(USER).send(heldPaymentCalls.challenge(told!.receipt!, challengeDeposit((await net.client.head()).header)))
  await first.gone
  const second = await start(config)
  await eventually(async () => (await stateOf(second.url, asked)) === 'proved', 'proved')
  expect([await heldOn(paid.paymentId), await events('Proved', paid.paymentId)]).toEqual(['released', 1])
})

test('challenged while the node is away: it finds out, and proves what it had not even begun to prove', async () => {
  const { config, payment } = operator()
  const first = await start(config)
  const asked = newAsk()
  const paid = payment()
  const told = await askDying(first.url, asked, paid.header)
  await eventually(async () => (await heldOn(paid.paymentId)) === 'held', 'held')
  first.child.kill('SIGKILL')
  await first.gone
  await net.writer(USER).send(heldPaymentCalls.challenge(told!.receipt!, challengeDeposit((await net.client.head()).header)))
  const { rmSync } = await import('node:fs')
  rmSync(join(config.dataDir, 'proofs', `${asked.requestId.slice(2)}.proof`), { force: true })
  const second = await start(config)
  await eventually(async () => (await stateOf(second.url, asked)) === 'proved', 'proved')
  expect(await events('Proved', paid.paymentId)).toBe(1)
  expect(second.states.filter((word) => word === 'proof:proved')).toHaveLength(1)
})

test('accepted by its payer: the payment is final, and a challenge of it is refused', async () => {
  const { config, payment } = operator()
  const node = await start(config)
  const asked = newAsk()
  const paid = payment()
  const told = await askDying(node.url, asked, paid.header)
  await eventually(async () => (await stateOf(node.url, asked)) === 'held', 'held')
  await net.writer(USER).send(heldPaymentCalls.accept(told!.receipt!))
  await eventually(async () => (await stateOf(node.url, asked)) === 'released', 'released')
  const deposit = challengeDeposit((await net.client.head()).header)
  await expect(net.writer(USER).send(heldPaymentCalls.challenge(told!.receipt!, deposit))).rejects.toThrow(/NotHeld/)
})
