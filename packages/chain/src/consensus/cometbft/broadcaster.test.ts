import { once } from 'node:events'
import { createServer } from 'node:http'
import { bytesToHex } from '@opengradient/protocol'
import { afterEach, describe, expect, it } from 'vitest'
import { signer, testHost, transfer } from '../../pool/host.testkit.ts'
import { createPool } from '../../pool/index.ts'
import { Broadcaster } from './broadcaster.ts'
import { BUNDLE_BYTES, readBundle } from './bundle.ts'
import { broadcastOver } from './engineRpc.ts'
import { Outbox } from './outbox.ts'

const alice = signer(1)
const cleanups: (() => Promise<unknown> | unknown)[] = []

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

interface Call {
  readonly id: number
  readonly method: string
  readonly params: { readonly tx: string }
}

/** An HTTP server in the place of CometBFT's RPC, which answers each batch as the test says. */
async function engineAnswering(respond: (calls: readonly Call[]) => { status?: number; body: string } | 'hang up') {
  const batches: (readonly Call[])[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const calls = JSON.parse(Buffer.concat(chunks).toString()) as Call[]
    batches.push(calls)
    const answer = respond(calls)
    if (answer === 'hang up') return response.destroy()
    response.writeHead(answer.status ?? 200, { 'content-type': 'application/json' }).end(answer.body)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanups.push(() => new Promise((resolve) => server.close(resolve).closeAllConnections()))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return { rpc: `http://127.0.0.1:${address.port}`, batches }
}

/** As CometBFT answers: one alone without a list. */
function answers(calls: readonly Call[], error?: (call: Call) => { code: number; message: string; data?: string } | undefined) {
  const list = calls.map((call) => {
    const failed = error?.(call)
    return { jsonrpc: '2.0', id: call.id, ...(failed ? { error: failed } : { result: { code: 0, hash: 'AB' } }) }
  })
  return { body: JSON.stringify(list.length === 1 ? list[0] : list) }
}

function setUp(rpc: string) {
  const chain = testHost()
  chain.fund(alice.address, 10n ** 20n)
  const pool = createPool(chain.host)
  const outbox = new Outbox(pool)
  const failings: string[] = []
  const broadcaster = new Broadcaster({ outbox, broadcast: broadcastOver(rpc), height: () => 1n, onFailing: (why) => failings.push(why) })
  cleanups.push(() => broadcaster.stop())
  const send = async (count: number, more: Parameters<typeof transfer>[3] = {}, from = 0) => {
    for (let nonce = from; nonce < from + count; nonce++) await pool.add(await transfer(alice, nonce, {}, more))
  }
  return { outbox, pool, failings, broadcaster, send }
}

const refused = { code: -32603, message: 'Internal error', data: 'mempool is full: number of txs 20000' }

describe('the broadcaster', () => {
  it('gives CometBFT every transaction once, in order, at most ten bundles at a time', async () => {
    const { rpc, batches } = await engineAnswering((calls) => answers(calls))
    const { outbox, pool, send, failings } = setUp(rpc)
    const data = bytesToHex(new Uint8Array(BUNDLE_BYTES / 2 + 1))
    await send(25, { data, gas: 5_000_000n })
    await send(25, {}, 25)
    await expect.poll(() => outbox.empty).toBe(true)
    expect(Math.max(...batches.map(({ length }) => length))).toBeLessThanOrEqual(10)
    const sent = batches.flat().flatMap(({ params }) => readBundle(Buffer.from(params.tx, 'base64')))
    expect(sent.map(bytesToHex)).toEqual(pool.content().pending.map(({ raw }) => bytesToHex(raw)))
    expect(batches.flat().length).toBeLessThan(40)
    expect(new Set(batches.flat().map(({ method }) => method))).toEqual(new Set(['broadcast_tx_async']))
    expect(failings).toEqual([])
  })

  it('keeps what CometBFT refuses and tries again, saying so once, until it has it', async () => {
    let full = true
    const { rpc, batches } = await engineAnswering((calls) => answers(calls, () => (full ? refused : undefined)))
    const { outbox, send, failings } = setUp(rpc)
    await send(3)
    await expect.poll(() => batches.length).toBeGreaterThan(2)
    expect(outbox.empty).toBe(false)
    expect(failings).toEqual([expect.stringMatching(/mempool is full/)])
    full = false
    await expect.poll(() => outbox.empty).toBe(true)
  })

  it('keeps only the bundles that were refused', async () => {
    let refuse = true
    const { rpc, batches } = await engineAnswering((calls) => answers(calls, ({ id }) => (refuse && id === 1 ? refused : undefined)))
    const { outbox, pool, send } = setUp(rpc)
    await send(3, { data: bytesToHex(new Uint8Array(BUNDLE_BYTES / 2 + 1)), gas: 5_000_000n })
    await expect.poll(() => batches.flat().length).toBeGreaterThanOrEqual(3)
    refuse = false
    await expect.poll(() => outbox.empty).toBe(true)
    const given = new Map(pool.content().pending.map(({ raw }) => [Buffer.from(raw).toString('base64'), 0]))
    for (const { params } of batches.flat()) given.set(params.tx, given.get(params.tx)! + 1)
    expect([...given.values()].filter((times) => times === 1).length).toBeGreaterThanOrEqual(2)
  })

  it('takes for delivered what CometBFT has already', async () => {
    const seen = { code: -32603, message: 'Internal error', data: 'tx already exists in cache' }
    const { rpc } = await engineAnswering((calls) => answers(calls, () => seen))
    const { outbox, send, failings } = setUp(rpc)
    await send(2)
    await expect.poll(() => outbox.empty).toBe(true)
    expect(failings).toEqual([])
  })

  it.each([
    ['hangs up', () => 'hang up' as const],
    ['answers with no JSON', () => ({ body: '<html>' })],
    ['answers with something else', () => ({ body: '{"hello":1}' })],
    ['answers with fewer than asked', () => ({ body: '[]' })],
    ['answers with too much', () => ({ body: `[${' '.repeat(2 << 20)}]` })],
    ['answers with numbers nobody asked', () => ({ body: '[{"id":999},{"id":-1}]' })],
  ])('loses nothing when CometBFT %s', async (_, respond) => {
    let well = false
    const { rpc, batches } = await engineAnswering((calls) => (well ? answers(calls) : respond()))
    const { outbox, send, failings } = setUp(rpc)
    await send(2)
    await expect.poll(() => batches.length).toBeGreaterThan(1)
    expect(failings).toHaveLength(1)
    well = true
    await expect.poll(() => outbox.empty).toBe(true)
  })

  it('stops at once, also in the middle of a pause', async () => {
    const { send, broadcaster, failings } = setUp('http://127.0.0.1:1')
    await send(1)
    await expect.poll(() => failings.length).toBe(1)
    expect(failings[0]).toMatch(/CometBFT does not answer at http:\/\/127.0.0.1:1/)
    await broadcaster.stop()
  })
})
