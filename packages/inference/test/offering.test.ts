import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { connect, webHttp } from '@opengradient/client'
import { DEV_ACCOUNTS, encodeManifest, type Hex, manifestHashOf } from '@opengradient/protocol'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { nodeAccount } from '../src/chain/account.ts'
import { httpRpc } from '../src/chain/rpc.ts'
import { Sender } from '../src/chain/sender.ts'
import { ChainView } from '../src/chain/view.ts'
import { type Downloads, downloads } from '../src/models/download.ts'
import { Offering } from '../src/models/offering.ts'
import { sampleFolder } from '../src/server/folderSource.testkit.ts'
import { startTestNetwork, type TestNetwork, upload, VOLATILITY } from './network.testkit.ts'

let net: TestNetwork
beforeAll(async () => {
  net = await startTestNetwork()
})
afterAll(() => net?.close())

const anyHash = (): Hex => `0x${randomBytes(32).toString('hex')}`
const publisher = () => net.writer(DEV_ACCOUNTS.user)
const height = () => Number(net.chain.head().height)

/** How many slots a question to the RPC wants proven. */
function provenSlots(body: string): number {
  const asked = JSON.parse(body) as { method: string; params: [unknown, unknown[]] } | { method: string; params: [unknown, unknown[]] }[]
  return [asked].flat().reduce((sum, { method, params }) => sum + (method === 'eth_getProof' ? params[1].length : 0), 0)
}

/** The offer of an account that is no node, so that no price that it sets is taken; with the manifests that were asked of stores. */
function offering() {
  const rpc = httpRpc(net.rpcUrl, 120_000)
  onTestFinished(() => rpc.close())
  const account = nodeAccount(net.account(9).privateKey)
  const clock = { ms: 0 }
  const asked: Hex[] = []
  const slots = { asked: 0 }
  const client = connect({
    network: net.network,
    headSeconds: 0,
    fetch: (url, init) => {
      slots.asked += provenSlots(String(init?.body))
      return fetch(url, init)
    },
  })
  const warned: object[] = []
  const view = new ChainView({ rpc, node: account.address, receiptKey: account.address, now: () => 0, maxSkew: 0 })
  const store = downloads({ http: webHttp(fetch), stores: [net.store.url], dir: join(net.dir, 'models'), maxFileBytes: 1e9 })
  const counted: Downloads = {
    ...store,
    manifest: (hash) => {
      asked.push(hash)
      return store.manifest(hash)
    },
  }
  const warn = (facts: object) => void warned.push(facts)
  const offer = new Offering({
    client,
    view,
    sender: new Sender({ rpc, account, chainId: BigInt(net.network.chainId), log: { warn } }),
    downloads: counted,
    node: account.address,
    serve: 'all',
    price: 1n,
    formats: ['onnx'],
    now: () => clock.ms,
    log: { info: () => {}, warn, error: warn },
  })
  return { offer, view, clock, asked, warned, slots }
}

test('a model whose manifest no store has is asked for less and less often, and one that cannot be served once', async () => {
  const { offer, clock, asked, warned } = offering()
  await publisher().publish('mallory/nowhere', anyHash())
  const { manifest } = sampleFolder(VOLATILITY)
  const foreign = encodeManifest({ ...manifest, format: 'gguf' })
  await upload(net.store, foreign)
  await publisher().publish('mallory/foreign', manifestHashOf(foreign))
  const counts: number[] = []
  for (const ms of [0, 500, 1_000, 2_500, 3_000, 7_000, 100_000, 130_000, 160_000]) {
    clock.ms = ms
    expect(await offer.refresh(height())).toBeGreaterThan(0)
    counts.push(asked.length)
  }
  expect(counts).toEqual([2, 2, 3, 3, 4, 5, 6, 7, 7])
  // Whoever asks for all of it gets that.
  await offer.refresh(height(), true)
  expect([asked.length, warned.length]).toEqual([8, 2])
})

test('a name that nobody published is not looked for on chain', async () => {
  const { offer, slots } = offering()
  await offer.refresh(height())
  const before = slots.asked
  await expect(offer.resolve('nobody/knows')).rejects.toMatchObject({ code: 'MODEL_NOT_FOUND' })
  await expect(offer.resolve('No Name')).rejects.toMatchObject({ code: 'MODEL_NAME_INVALID' })
  expect(slots.asked).toBe(before)
  expect(await offer.resolve('mallory/nowhere')).toMatch(/^0x/)
})

test('a model that gets no price keeps the node from nothing else', async () => {
  const { offer, view, warned } = offering()
  await net.publish(VOLATILITY, 'mallory/priceless')
  expect(await offer.refresh(height())).toBeGreaterThan(0)
  expect(view.standing).toEqual({ bond: 0n, unbondingAt: 0n, keyFrom: 0n, keyUntil: 0n })
  expect(warned).toContainEqual(expect.objectContaining({ name: 'mallory/priceless', reason: expect.stringContaining('revert') }))
  expect(await offer.list()).toEqual([])
})

test('prices of more models are read than fit into one call', async () => {
  const { view } = offering()
  view.watch(new Map(Array.from({ length: 3_000 }, () => [anyHash(), 0n])))
  await view.refreshOffers()
  expect(view.standing?.bond).toBe(0n)
})

test('a name with many versions is read once, and then its newest alone', async () => {
  const { offer, slots } = offering()
  for (let i = 0; i < 40; i++) await publisher().publish('mallory/many', anyHash())
  const first = await asking(() => offer.refresh(height()))
  const second = await asking(() => offer.refresh(height()))
  expect(first - second).toBeGreaterThan(39)
  await publisher().publish('mallory/many', anyHash())
  expect((await asking(() => offer.refresh(height()))) - second).toBeLessThan(40)

  async function asking(work: () => Promise<unknown>): Promise<number> {
    const before = slots.asked
    await work()
    return slots.asked - before
  }
})
