import { join } from 'node:path'
import { ADDRESSES, settlementAbi, tillOf } from '@opengradient/contracts'
import { type Address, DEV_ACCOUNTS, receiptHash } from '@opengradient/protocol'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { InferenceNodeConfig } from '../src/config.ts'
import { type Ask, ask, type HandPayment, handPayment, newAsk } from './caller.testkit.ts'
import { eventually, OPG, startTestNetwork, type TestNetwork, VOLATILITY } from './network.testkit.ts'
import { MortalNode, startNodeProcess } from './nodeProcess.testkit.ts'
import { type RpcProxy, startRpcProxy } from './rpcProxy.testkit.ts'

// Nodes start, are killed and start again: a loaded machine takes a minute for that.
vi.setConfig({ testTimeout: 600_000 })

let net: TestNetwork
let proxy: RpcProxy
const NAME = 'og/volatility'
const PRICE = OPG / 1000n
let round = 0
/** Of the tests that kill at a state: which request dies is said. */
let mortal: { node: MortalNode; address: Address } | undefined

beforeAll(async () => {
  net = await startTestNetwork()
  await net.publish(VOLATILITY, NAME)
  await net.writer(DEV_ACCOUNTS.user).wrap(10n * OPG)
  proxy = await startRpcProxy(net.rpcUrl)
})

afterAll(async () => {
  await mortal?.node.end()
  await proxy?.close()
  await net?.close()
})

const start = (config: InferenceNodeConfig) => startNodeProcess(net.dir, config)

/** A node of its own operator and folder; it may be started again and again. */
function operator() {
  const number = 5 + round++
  const config = net.nodeConfig({
    dataDir: join(net.dir, `node${number}`),
    accountKey: net.account(number).privateKey,
    receiptKey: net.account(100 + number).privateKey,
    price: PRICE,
    rpcUrl: proxy.url,
  })
  return { config, address: net.account(number).address }
}

function mortalNode() {
  if (mortal === undefined) {
    const { config, address } = operator()
    mortal = { node: new MortalNode(net.dir, config), address }
  }
  return mortal
}

/** How the chain stands with one payment. */
async function onChain(payment: HandPayment) {
  const settled = await net.client.settled(payment.paymentId)
  const nonceUsed = await net.client.nonceUsed(payment.authorization.from, payment.authorization.nonce)
  return { settled, nonceUsed }
}

/** `Settled` events of a payment: more than one would be money taken twice. */
async function settledEvents(payment: HandPayment): Promise<number> {
  const logs = await net.client.rpc.viem.getContractEvents({
    address: ADDRESSES.settlement,
    abi: settlementAbi,
    eventName: 'Settled',
    args: { paymentId: payment.paymentId },
    fromBlock: 0n,
  })
  return logs.length
}

function pay(node: Address): HandPayment {
  return handPayment(net, net.account(DEV_ACCOUNTS.user), tillOf(node), PRICE)
}

/** Sends a paid request to a node that is going to die; the answer may or may not arrive. */
async function askDying(url: string, asked: Ask, payment: HandPayment) {
  return ask(url, NAME, asked, { 'payment-signature': payment.header }).catch(() => undefined)
}

/** Where the node stands with a request. */
const stateAt = async (url: string, { requestId }: Ask) =>
  ((await (await fetch(`${url}/v1/receipts/${requestId}`)).json()) as { state?: string }).state

test.each(['reserved', 'executed'])('killed at %s: nothing was signed, nothing is charged, and it is never run again', async (state) => {
  const { node, address } = mortalNode()
  const first = await node.now()
  const asked = newAsk()
  const payment = pay(address)
  await first.dieAt(state, asked.requestId)
  expect(await askDying(first.url, asked, payment)).toBeUndefined()

  const second = await node.again()
  expect(second.statesOf(asked.requestId)).toEqual(['aborted'])
  const again = await ask(second.url, NAME, asked, { 'payment-signature': payment.header })
  expect([again.status, again.json.code]).toEqual([410, 'NODE_REQUEST_ABORTED'])
  const other = await ask(second.url, NAME, newAsk(1), { 'payment-signature': payment.header })
  expect([other.status, other.json.code]).toEqual([402, 'PAYMENT_REPLAYED'])
  const later = newAsk(2)
  const fresh = await ask(second.url, NAME, later, { 'payment-signature': pay(address).header })
  expect(fresh.status).toBe(200)
  expect(await onChain(payment)).toEqual({ settled: undefined, nonceUsed: false })
  // Until this one is settled, so new a payer may have no other one open.
  await eventually(async () => (await stateAt(second.url, later)) === 'settled', 'settled')
})

test.each(['queued', 'submitted', 'settled'])('killed at %s: the one signed receipt is settled once and served again', async (state) => {
  const { node, address } = mortalNode()
  const first = await node.now()
  const asked = newAsk()
  const payment = pay(address)
  await first.dieAt(state, asked.requestId)
  const told = await askDying(first.url, asked, payment)

  const second = await node.again()
  const again = await ask(second.url, NAME, asked)
  expect(again.status).toBe(200)
  expect(again.receipt).toMatchObject({ requestId: asked.requestId, paymentId: payment.paymentId, price: PRICE })
  if (told) expect([told.text, told.headers.get('og-receipt')]).toEqual([again.text, again.headers.get('og-receipt')])
  expect(second.statesOf(asked.requestId)).not.toContain('executed')
  await eventually(async () => (await onChain(payment)).settled !== undefined, 'settled')
  expect((await onChain(payment)).settled).toBe(receiptHash(again.receipt!, net.client.domain))
  await eventually(async () => (await stateAt(second.url, asked)) === 'settled', 'told')
  expect(await settledEvents(payment)).toBe(1)
})

test.each([
  ['before the transaction arrives', 'before'],
  ['after the transaction arrived', 'after'],
])('killed %s at the full node: it is looked up, and settled once', async (_, when) => {
  const { config, address } = operator()
  const first = await start(config)
  const asked = newAsk()
  const payment = pay(address)
  const isSend = (methods: string[]) => methods.includes('eth_sendRawTransaction')
  proxy.fate = (methods) => {
    if (when !== 'before' || !isSend(methods)) return 'pass'
    void first.kill()
    return 'drop'
  }
  proxy.after = (methods) => {
    if (when === 'after' && isSend(methods)) void first.kill()
  }
  const told = await askDying(first.url, asked, payment)
  await first.gone
  proxy.fate = () => 'pass'
  proxy.after = () => {}
  const second = await start(config)
  await eventually(async () => (await onChain(payment)).settled !== undefined, 'settled')
  const again = await ask(second.url, NAME, asked)
  if (told) expect(again.headers.get('og-receipt')).toBe(told.headers.get('og-receipt'))
  expect((await onChain(payment)).settled).toBe(receiptHash(again.receipt!, net.client.domain))
  expect(await settledEvents(payment)).toBe(1)
  expect(second.statesOf(asked.requestId)).not.toContain('executed')
})

test('killed again and again while receipts are anchored: batches have no gap, no receipt is in two, all are in one', async () => {
  const { config, address } = operator()
  const free = { ...config, price: 0n, batchSeconds: 0.02 }
  const ids: string[] = []
  const seed = Date.now() % 1000
  console.log(`seed ${seed}`)
  for (let run = 0; run < 4; run++) {
    const node = await start(free)
    // The clock runs from the second answer: how long a model takes to load is the machine's business.
    let killed: Promise<void> | undefined
    const killSoon = async () => {
      await new Promise((resolve) => setTimeout(resolve, 60 + ((seed * (run + 3)) % 250)))
      await node.kill()
    }
    for (let n = 0; n < 200; n++) {
      const told = await ask(node.url, NAME, newAsk(n)).catch(() => undefined)
      if (!told) break
      ids.push(told.receipt!.requestId)
      if (n > 0) killed ??= killSoon()
    }
    await killed
    await node.gone
  }
  const last = await start(free)
  const receiptOf = async (id: string) =>
    (await (await fetch(`${last.url}/v1/receipts/${id}`)).json()) as { receiptHash: string; batch?: string }
  const inBatch = async (id: string) => (await fetch(`${last.url}/v1/receipts/${id}/inclusion`)).ok
  await eventually(async () => (await Promise.all(ids.map(inBatch))).every(Boolean), 'all anchored')
  const next = Number(await net.client.nextSequence(address))
  const leaves: string[] = []
  for (let sequence = 0; sequence < next; sequence++) {
    const told = (await (await fetch(`${last.url}/v1/batches/${sequence}`)).json()) as { receiptHashes: string[]; batch: { root: string } }
    expect((await net.client.batch(address, BigInt(sequence)))?.root).toBe(told.batch.root)
    leaves.push(...told.receiptHashes)
  }
  expect(new Set(leaves).size).toBe(leaves.length)
  for (const id of ids) expect(leaves).toContain((await receiptOf(id)).receiptHash)
  expect(ids.length).toBeGreaterThan(4)
})

test('killed again and again while payments settle: what was answered is charged once, what was not answered is charged once or never', async () => {
  const { config, address } = operator()
  const payer = net.account(DEV_ACCOUNTS.user)
  const seed = Date.now() % 1000
  console.log(`seed ${seed}`)
  const sent: { payment: HandPayment; asked: Ask; answered: boolean }[] = []
  const before = (await net.client.balance(payer.address)).wopg
  for (let run = 0; run < 5; run++) {
    const node = await start(config)
    const one = async () => {
      const entry = { payment: pay(address), asked: newAsk(sent.length), answered: false }
      const told = await askDying(node.url, entry.asked, entry.payment)
      if (told?.status === 402) return true
      sent.push(entry)
      entry.answered = told?.status === 200
      return entry.answered
    }
    // A payer who has paid before may have several payments open; the first answer also starts the clock.
    while (!(await one())) await new Promise((resolve) => setTimeout(resolve, 20))
    const killed = new Promise<void>((resolve) =>
      setTimeout(
        () => {
          void node.kill()
          resolve()
        },
        40 + ((seed * (run + 3)) % 400),
      ),
    )
    await Promise.all(
      Array.from({ length: 4 }, async () => {
        while (!node.isGone() && (await one()));
      }),
    )
    await killed
    await node.gone
  }
  const last = await start(config)
  const stateOf = ({ asked }: (typeof sent)[number]) => stateAt(last.url, asked)
  const answered = sent.filter((entry) => entry.answered)
  await eventually(async () => (await Promise.all(answered.map(stateOf))).every((state) => state === 'settled'), 'all settled')
  await eventually(
    async () => !(await Promise.all(sent.map(stateOf))).some((state) => state === 'queued' || state === 'submitted'),
    'none open',
  )
  const events = await Promise.all(sent.map(({ payment }) => settledEvents(payment)))
  for (const [i, entry] of sent.entries()) expect(entry.answered ? [1] : [0, 1]).toContain(events[i])
  const charged = events.reduce((sum, count) => sum + count, 0)
  expect(before - (await net.client.balance(payer.address)).wopg).toBe(BigInt(charged) * PRICE)
  // One a run at least: how many more depends on the machine.
  expect(answered.length).toBeGreaterThan(4)
})
