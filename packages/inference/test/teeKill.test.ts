import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { ADDRESSES, attestationsAbi, tillOf } from '@opengradient/contracts'
import { DEV_ACCOUNTS, decodeReceiptHeader, type Hex } from '@opengradient/protocol'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import type { InferenceNodeConfig } from '../src/config.ts'
import { type Ask, type HandPayment, handPayment, newAsk } from './caller.testkit.ts'
import { eventually, OPG, startTestNetwork, type TestNetwork, VOLATILITY } from './network.testkit.ts'
import { MortalNode, startNodeProcess } from './nodeProcess.testkit.ts'
import { startRpcProxy } from './rpcProxy.testkit.ts'
import { opened, type ShownKeyset, sealAsk, shownKeyset, TEST_SEED, tell, testAttestation } from './tee.testkit.ts'

let net: TestNetwork
let modelId: Hex
const PRICE = OPG / 1000n
const USER = DEV_ACCOUNTS.user
const LONG = 600_000
let round = 0
/** Of the tests that kill at a state: which request dies is said. */
let mortal: { node: MortalNode; payment: () => HandPayment } | undefined

beforeAll(async () => {
  net = await startTestNetwork(undefined, testAttestation())
  modelId = await net.publish(VOLATILITY, 'og/volatility')
  await net.writer(USER).wrap(10n * OPG)
})

afterAll(async () => {
  await mortal?.node.end()
  await net?.close()
})

/** A node of its own operator and folder; it may be started again and again. */
function operator(over: Partial<InferenceNodeConfig> = {}) {
  const number = 5 + round++
  const dataDir = join(net.dir, `node${number}`)
  const accountKey = net.account(number).privateKey
  const receiptKey = net.account(100 + number).privateKey
  const config = net.nodeConfig({ dataDir, accountKey, receiptKey, price: PRICE, ...over })
  const payment = () => handPayment(net, net.account(USER), tillOf(net.account(number).address), PRICE)
  return { config, payment, address: net.account(number).address }
}

function mortalNode() {
  if (mortal === undefined) {
    const { config, payment } = operator()
    mortal = { node: new MortalNode(net.dir, config, TEST_SEED), payment }
  }
  return mortal
}

const start = (config: InferenceNodeConfig) => startNodeProcess(net.dir, config, { seed: TEST_SEED })
const envelopes = ({ dataDir }: InferenceNodeConfig) => {
  const folder = join(dataDir, 'attestation')
  return existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.cmw')) : []
}

async function keysetOf(url: string): Promise<ShownKeyset> {
  let shown: ShownKeyset | undefined
  const isThere = async () => {
    shown = await shownKeyset(url)
    return shown !== undefined
  }
  await eventually(isThere, 'a keyset is registered', LONG)
  return shown!
}

const known = async (url: string, { requestId }: Ask) => {
  const reply = await fetch(`${url}/v1/receipts/${requestId}`)
  return (await reply.json()) as { state?: string; code?: string; settlement?: object }
}

async function registeredNow(node: Hex): Promise<Hex> {
  const [digest] = await net.client.rpc.viem.readContract({
    address: ADDRESSES.attestations,
    abi: attestationsAbi,
    functionName: 'current',
    args: [node],
  })
  return digest
}

test.each(['reserved', 'executed'])(
  'killed at %s: nothing was signed, and the request is given up uncharged',
  { timeout: LONG },
  async (state) => {
    const { node, payment } = mortalNode()
    const first = await node.now()
    const asked = newAsk()
    const sent = await sealAsk(await keysetOf(first.url), modelId, asked, payment())
    await first.dieAt(state, asked.requestId)
    await expect(tell(first.url, sent)).rejects.toThrow()
    const second = await node.again()
    expect(await known(second.url, asked)).toMatchObject({ code: 'NODE_REQUEST_UNKNOWN' })
    const again = await tell(second.url, sent)
    expect([again.status, JSON.parse(Buffer.from(again.bytes).toString()).code]).toEqual([410, 'NODE_REQUEST_ABORTED'])
  },
)

test.each(['queued', 'submitted', 'settled'])(
  'killed at %s: the sealed answer is there after the next start, though its keyset is gone, signed and charged once',
  { timeout: LONG },
  async (state) => {
    const { node, payment } = mortalNode()
    const first = await node.now()
    const asked = newAsk()
    const shown = await keysetOf(first.url)
    const sent = await sealAsk(shown, modelId, asked, payment())
    await first.dieAt(state, asked.requestId)
    const before = await tell(first.url, sent).catch(() => undefined)
    const second = await node.again()
    const after = await tell(second.url, sent)
    expect([after.status, after.headers.get('og-seal')]).toEqual([200, 'v1'])
    if (before) expect(Buffer.from(after.bytes)).toEqual(Buffer.from(before.bytes))
    expect(JSON.parse((await opened(sent, after.bytes)).body.toString()).outputs).toHaveLength(1)
    expect(decodeReceiptHeader(after.headers.get('og-receipt')!).receipt.proofRef).toBe(shown.digest)
    await eventually(async () => (await known(second.url, asked)).state === 'settled', 'settled', LONG)
    expect((await keysetOf(second.url)).digest).not.toBe(shown.digest)
    // The keys of the first run are gone: a request that was sealed to them and never answered cannot be opened.
    const late = await tell(second.url, await sealAsk(shown, modelId, newAsk(1), payment()))
    expect([late.status, JSON.parse(Buffer.from(late.bytes).toString()).code]).toEqual([409, 'CHANNEL_KEYSET_UNKNOWN'])
  },
)

test.each(['before the chain', 'after the chain'])(
  'killed when the registration is sent, %s hears of it: another keyset is registered, and the folder is known as the newest',
  { timeout: LONG },
  async (when) => {
    const proxy = await startRpcProxy(net.rpcUrl)
    onTestFinished(() => proxy.close())
    const { config, address } = operator({ rpcUrl: proxy.url })
    let sending: () => void = () => {}
    const sends = new Promise<void>((resolve) => {
      sending = resolve
    })
    // The envelope is in the folder before the chain hears of it; what a new node sends earlier is its registration and a price.
    const isSending = (methods: string[]) => methods.includes('eth_sendRawTransaction') && envelopes(config).length > 0
    proxy.fate = (methods) => {
      if (!isSending(methods) || when === 'after the chain') return 'pass'
      sending()
      return 'drop'
    }
    proxy.after = (methods) => {
      if (isSending(methods)) sending()
    }
    const first = await start(config)
    await sends
    await first.kill()
    proxy.fate = () => 'pass'
    proxy.after = () => {}
    expect(envelopes(config)).toHaveLength(1)
    const second = await start(config)
    const { digest } = await keysetOf(second.url)
    expect(await registeredNow(address)).toBe(digest)
    expect(envelopes(config)).toHaveLength(2)
  },
)

test('a copy of the folder that was made before the newest keyset registers none, and signs at level signature only', {
  timeout: LONG,
}, async () => {
  const { config } = operator()
  const first = await start(config)
  await keysetOf(first.url)
  await first.kill()
  const copy = { ...config, dataDir: `${config.dataDir}-older` }
  const second = await start(copy)
  let error = ''
  const isRefused = async () => {
    error = ((await (await fetch(`${second.url}/v1/attestation`)).json()) as { error: string }).error
    return error.includes('NODE_ROLLBACK')
  }
  await eventually(isRefused, 'refused', LONG)
  expect(error).toMatch(/Start the node with that folder, or wait until that keyset is over, at 20/)
  const offers = async () => ((await (await fetch(`${second.url}/v2/repository/index`)).json()) as unknown[]).length === 1
  await eventually(offers, 'the model is offered', LONG)
})
