import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { tillOf } from '@opengradient/contracts'
import { DEV_ACCOUNTS, type Hex } from '@opengradient/protocol'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import type { InferenceNode } from '../src/config.ts'
import { startInferenceNode } from '../src/node.ts'
import { type Ask, ask, handPayment, newAsk } from './caller.testkit.ts'
import { eventually, OPG, startTestNetwork, type TestNetwork, VOLATILITY, volatilityBody } from './network.testkit.ts'
import { filesBelow, formsIn, type Recorder, startRecorder } from './recorder.testkit.ts'
import { opened, type ShownKeyset, sealAsk, shownKeyset, tell, testAttestation, testAttester } from './tee.testkit.ts'

let net: TestNetwork
let node: InferenceNode
let modelId: Hex
let shown: ShownKeyset
/** Between callers and the node, and between the node and its full node. */
let wire: Recorder
let rpc: Recorder
const said: string[] = []
const dataDir = () => join(net.dir, 'node')
const PRICE = OPG / 1000n
const USER = DEV_ACCOUNTS.user
const MARKER = 'CONFIDENTIAL-0xC0FFEE'

beforeAll(async () => {
  net = await startTestNetwork(undefined, testAttestation())
  modelId = await net.publish(VOLATILITY, 'og/volatility')
  await net.writer(USER).wrap(10n * OPG)
  rpc = await startRecorder(() => net.rpcUrl)
  const tell = (facts: object, message: string) =>
    void said.push(
      message,
      JSON.stringify(facts, (_, value) => (typeof value === 'bigint' ? `${value}` : value)),
    )
  const log = { info: tell, warn: tell, error: tell }
  node = await startInferenceNode(net.nodeConfig({ price: PRICE, rpcUrl: rpc.url }), {
    attester: async () => testAttester(),
    log,
  })
  wire = await startRecorder(() => node.url)
  await eventually(async () => (await shownKeyset(wire.url)) !== undefined, 'a keyset is registered')
  shown = (await shownKeyset(wire.url))!
})

afterAll(async () => {
  await wire?.close()
  await node?.close()
  await rpc?.close()
  await net?.close()
})

const pay = () => handPayment(net, net.account(USER), tillOf(node.address), PRICE)

/** The engine processes below this one. */
function engines(): number[] {
  const read = (pid: number, file: string): string => {
    try {
      return readFileSync(`/proc/${pid}/${file}`, 'latin1')
    } catch {
      return ''
    }
  }
  const parentOf = (pid: number): number => Number(/^PPid:\s+(\d+)/m.exec(read(pid, 'status'))?.[1] ?? 0)
  const isBelow = (pid: number): boolean => pid > 1 && (pid === process.pid || isBelow(parentOf(pid)))
  const pids = readdirSync('/proc').map(Number).filter(Number.isInteger)
  const found = pids.filter((pid) => /engine[/-]child[/-]main\.m?js/.test(read(pid, 'cmdline')) && isBelow(pid))
  return found
}

/** The marker as the request's id, which the answer repeats, and as the name of a parameter, which the execution record lists. */
function marked(over: object = {}): Ask {
  const body = { ...JSON.parse(volatilityBody()), id: MARKER, parameters: { [MARKER]: 1 }, ...over }
  return { ...newAsk(), body: JSON.stringify(body) }
}

/** Everything that the machine around the enclave, its operator and the chain get to see. */
async function seen(): Promise<Record<string, Uint8Array>> {
  const blocks: string[] = []
  for (let height = Number(net.chain.head().height); height >= 0; height--) {
    const block = await net.client.rpc.viem.getBlock({ blockNumber: BigInt(height), includeTransactions: true })
    blocks.push(JSON.stringify(block, (_, value) => (typeof value === 'bigint' ? `${value}` : value)))
  }
  const metrics = await (await fetch(`${node.url}/metrics`)).text()
  return {
    wire: wire.bytes(),
    rpc: rpc.bytes(),
    log: Buffer.from(said.join('\n')),
    files: filesBelow(dataDir()),
    chain: Buffer.from(blocks.join('\n')),
    metrics: Buffer.from(metrics),
  }
}

const whereIs = async (text: string) =>
  Object.entries(await seen())
    .filter(([, bytes]) => formsIn(bytes, text).length > 0)
    .map(([place]) => place)

const stateOf = async ({ requestId }: Ask) =>
  ((await (await fetch(`${node.url}/v1/receipts/${requestId}`)).json()) as { state: string }).state

test('what is asked and answered at level development is nowhere but at its caller', async () => {
  const asked = marked()
  const sent = await sealAsk(shown, modelId, asked, pay())
  const told = await tell(wire.url, sent)
  expect(told.status).toBe(200)
  const { body, execution } = await opened(sent, told.bytes)
  expect([formsIn(body, MARKER), formsIn(execution, MARKER)]).toEqual([['plain'], ['plain']])
  // Asked for again, by everybody who may: the answer stays sealed.
  const again = await fetch(`${wire.url}/v1/receipts/${asked.requestId}/response`, { headers: { 'og-request-secret': asked.secret } })
  expect(Buffer.from(await again.arrayBuffer())).toEqual(Buffer.from(told.bytes))
  expect(again.headers.get('og-seal')).toBe('v1')
  for (const part of ['execution', 'bundle']) {
    const reply = await fetch(`${wire.url}/v1/receipts/${asked.requestId}/${part}`, { headers: { 'og-request-secret': asked.secret } })
    expect([reply.status, ((await reply.json()) as { code: string }).code], part).toEqual([409, 'NODE_REQUEST_SEALED'])
  }
  await eventually(async () => (await stateOf(asked)) === 'settled', 'settled')
  expect(await whereIs(MARKER)).toEqual([])
})

test.each<[string, object, string]>([
  ['refused for its content', { [MARKER]: 1 }, 'INPUT_MALFORMED'],
  [
    'refused for an input that the model does not have',
    { inputs: [{ name: MARKER, shape: [1], datatype: 'FP32', data: [1] }] },
    'INPUT_UNKNOWN',
  ],
  ['given up after its payment was taken', { parameters: { timeout: 20_000, [MARKER]: 1 } }, 'ENGINE_DEADLINE'],
])('a request that is %s: the reason is sealed, too', async (_, over, code) => {
  // Engines that were stopped answer nothing, however quick they are otherwise.
  const stopped = code === 'ENGINE_DEADLINE' ? engines() : []
  for (const pid of stopped) process.kill(pid, 'SIGSTOP')
  onTestFinished(() => {
    // One of them is ended by the node; the others go on.
    for (const pid of engines().filter((one) => stopped.includes(one))) process.kill(pid, 'SIGCONT')
  })
  const asked = marked(over)
  const sent = await sealAsk(shown, modelId, asked, pay())
  const told = await tell(wire.url, sent)
  expect(told.status).toBeGreaterThanOrEqual(400)
  expect(told.headers.get('og-seal')).toBe('v1')
  const { body, execution } = await opened(sent, told.bytes)
  expect([JSON.parse(body.toString()).code, execution.length]).toEqual([code, 0])
  expect(await whereIs(MARKER)).toEqual([])
})

test('a marker at level signature is found on the wire and in the files of the node: the search would find it', async () => {
  const open = 'OPEN-0xC0FFEE-EVERYWHERE'
  const body = JSON.stringify({ ...JSON.parse(volatilityBody()), id: open, parameters: { [open]: 1 } })
  const asked = { ...newAsk(), body }
  expect((await ask(wire.url, modelId, asked, { 'payment-signature': pay().header })).status).toBe(200)
  await eventually(async () => (await whereIs(open)).includes('files'), 'the journal is written')
  expect(await whereIs(open)).toEqual(['wire', 'files'])
})
