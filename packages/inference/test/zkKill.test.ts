import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { challengeDeposit, heldPaymentCalls } from '@opengradient/client'
import { ADDRESSES, heldPaymentsAbi, tillOf } from '@opengradient/contracts'
import { decodeHeld, heldSlot } from '@opengradient/contracts/slots'
import { DEV_ACCOUNTS, type Hex } from '@opengradient/protocol'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type Ask, ask, type HandPayment, handPayment, newAsk } from './caller.testkit.ts'
import { eventually, OPG, startTestNetwork, type TestNetwork, VOLATILITY } from './network.testkit.ts'
import { MortalNode } from './nodeProcess.testkit.ts'

// Nodes start, are killed and start again: a loaded machine takes a minute for that.
vi.setConfig({ testTimeout: 600_000 })

let net: TestNetwork
const NAME = 'og/provable'
const PRICE = OPG / 1000n
const USER = DEV_ACCOUNTS.user
/** The account of the node. */
const OPERATOR = 5

/** One node for all tests: which request dies is said. */
let node: MortalNode
/** Where it keeps proofs. */
let shelf: string

beforeAll(async () => {
  net = await startTestNetwork()
  await net.publishZk(VOLATILITY, NAME)
  await net.writer(USER).wrap(10n * OPG)
  const config = net.nodeConfig({
    dataDir: join(net.dir, 'mortal'),
    accountKey: net.account(OPERATOR).privateKey,
    receiptKey: net.account(100 + OPERATOR).privateKey,
    price: PRICE,
  })
  node = new MortalNode(net.dir, config)
  shelf = join(config.dataDir, 'proofs')
})

afterAll(async () => {
  await node?.end()
  await net?.close()
})

const payment = (): HandPayment => handPayment(net, net.account(USER), tillOf(net.account(OPERATOR).address), PRICE)
const askDying = (url: string, asked: Ask, header: string) =>
  ask(url, NAME, asked, { 'og-level': 'zk', 'payment-signature': header }).catch(() => undefined)
const proof = async (url: string, { requestId, secret }: Ask) =>
  fetch(`${url}/v1/receipts/${requestId}/proof`, { headers: { 'og-request-secret': secret } })
const proved = (url: string, asked: Ask) => eventually(async () => (await proof(url, asked)).status === 200, 'proved')
const filesOf = ({ requestId }: Ask) =>
  readdirSync(shelf)
    .filter((name) => name.startsWith(requestId.slice(2)))
    .sort()
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
  const first = await node.now()
  const asked = newAsk()
  await first.dieAt(state, asked.requestId)
  expect(await askDying(first.url, asked, payment().header)).toBeUndefined()
  const second = await node.again()
  expect(readdirSync(shelf)).toEqual([])
  expect((await proof(second.url, asked)).status).toBe(404)
})

// The proof may be there before the answer is: until then it is owed to nobody.
test.each(['queued', 'queued+proof:proved', 'submitted', 'held'])(
  'killed at %s: the proof is there after the next start, and the payment is held once',
  async (state) => {
    const first = await node.now()
    const asked = newAsk()
    const paid = payment()
    await first.dieAt(state, asked.requestId)
    await askDying(first.url, asked, paid.header)
    const second = await node.again()
    await proved(second.url, asked)
    expect(filesOf(asked)).toEqual([`${asked.requestId.slice(2)}.job`, `${asked.requestId.slice(2)}.proof`])
    await eventually(async () => (await stateOf(second.url, asked)) === 'held', 'held')
    expect([await heldOn(paid.paymentId), await events('Held', paid.paymentId)]).toEqual(['held', 1])
  },
)

test.each(['challenged', 'proved'])('killed at %s: the demanded proof is on chain once', async (state) => {
  const first = await node.now()
  const asked = newAsk()
  const paid = payment()
  await first.dieAt(state, asked.requestId)
  const told = await askDying(first.url, asked, paid.header)
  await eventually(async () => (await heldOn(paid.paymentId)) === 'held', 'held')
  await net.writer(USER).send(heldPaymentCalls.challenge(told!.receipt!, challengeDeposit((await net.client.head()).header)))
  const second = await node.again()
  await eventually(async () => (await stateOf(second.url, asked)) === 'proved', 'proved')
  expect([await heldOn(paid.paymentId), await events('Proved', paid.paymentId)]).toEqual(['released', 1])
})

test('challenged while the node is away: it finds out, and proves what it had not even begun to prove', async () => {
  const first = await node.now()
  const asked = newAsk()
  const paid = payment()
  const told = await askDying(first.url, asked, paid.header)
  await eventually(async () => (await heldOn(paid.paymentId)) === 'held', 'held')
  await first.kill()
  await net.writer(USER).send(heldPaymentCalls.challenge(told!.receipt!, challengeDeposit((await net.client.head()).header)))
  rmSync(join(shelf, `${asked.requestId.slice(2)}.proof`), { force: true })
  const second = await node.again()
  await eventually(async () => (await stateOf(second.url, asked)) === 'proved', 'proved')
  expect(await events('Proved', paid.paymentId)).toBe(1)
  expect(second.statesOf(asked.requestId).filter((word) => word === 'proof:proved')).toHaveLength(1)
})

test('accepted by its payer: the payment is final, and a challenge of it is refused', async () => {
  const { url } = await node.now()
  const asked = newAsk()
  const paid = payment()
  const told = await askDying(url, asked, paid.header)
  await eventually(async () => (await stateOf(url, asked)) === 'held', 'held')
  await net.writer(USER).send(heldPaymentCalls.accept(told!.receipt!))
  await eventually(async () => (await stateOf(url, asked)) === 'released', 'released')
  const deposit = challengeDeposit((await net.client.head()).header)
  await expect(net.writer(USER).send(heldPaymentCalls.challenge(told!.receipt!, deposit))).rejects.toThrow(/NotHeld/)
})
