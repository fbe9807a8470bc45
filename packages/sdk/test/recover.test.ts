import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  base64,
  fromBase64,
  type Hex,
  type OgError,
  parseReceipt,
  receiptHash,
  receiptToJson,
  responseHashOf,
  signDigest,
} from '@opengradient/protocol'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { memoryBook } from '../src/node/index.ts'
import type { Lie, Reply } from './lyingNode.testkit.ts'
import { eventually, INPUT, NAME, type Scene, startScene } from './scene.testkit.ts'

/** Milliseconds that have passed for chain, node and callers at once. */
let passed = 0
const real = Date.now.bind(Date)
const clock = vi.spyOn(Date, 'now').mockImplementation(() => real() + passed)

let paid: Scene
let free: Scene
beforeAll(async () => {
  paid = await startScene()
  free = await startScene({ price: 0n })
})
afterEach(() => {
  paid.liar.lie = undefined
  free.liar.lie = undefined
})
afterAll(async () => {
  await paid?.close()
  await free?.close()
  clock.mockRestore()
})

const isInfer = (path: string) => path.endsWith('/infer')
const refusal = expect.objectContaining({ code: 'VERIFICATION_FAILED' })

/** A request whose answer got lost. */
async function lost(scene: Scene, options: Parameters<Scene['connect']>[0] = { book: memoryBook() }) {
  const og = await scene.connect(options)
  scene.liar.lie = ({ request }) => (isInfer(request.path) ? 'hang up' : undefined)
  const { details } = (await og.infer(NAME, { input: INPUT }).catch((reason: unknown) => reason)) as OgError
  scene.liar.lie = undefined
  return { og, requestId: details.requestId as Hex }
}
const stateOf = async ({ og, requestId }: Awaited<ReturnType<typeof lost>>) => (await og.receipts.get(requestId))?.state

/** The bundle of the node, changed on its way. */
const bundleWith =
  (change: (bundle: { request?: object; response: { body: string }; receipt: object }) => unknown): Lie =>
  ({ request, reply }) => {
    if (!request.path.endsWith('/bundle')) return
    const bundle = JSON.parse(reply.body.toString())
    change(bundle)
    reply.body = Buffer.from(JSON.stringify(bundle))
  }
const ALTERED = bundleWith((bundle) => {
  const body = fromBase64(bundle.response.body, 'body')
  body[body.length - 1] = (body.at(-1) as number) ^ 1
  bundle.response.body = base64(body)
  bundle.request = { method: 'POST', path: '/v2/models/other/infer', contentType: 'application/json', body: base64(new Uint8Array(9)) }
})

test('another answer and request are refused as often as they come, and then the answer is had, beside the request that was sent', async () => {
  const home = await mkdtemp(join(tmpdir(), 'og-recover-'))
  try {
    const one = await lost(paid, { home, keep: 'home' })
    const { request } = (await one.og.receipts.get(one.requestId))!
    for (let i = 0; i < 2; i++) {
      paid.liar.lie = ALTERED
      await expect(one.og.recover(one.requestId)).rejects.toThrow(refusal)
      expect(await stateOf(one)).toBe('refused')
    }
    paid.liar.lie = undefined
    const { bundle, verdict } = await one.og.recover(one.requestId)
    expect([verdict.ok, bundle.request?.body]).toEqual([true, request?.body])
    expect(await stateOf(one)).toBe('answered')
  } finally {
    await rm(home, { recursive: true, force: true })
  }
})

test.each(['modelId', 'node', 'requestId', 'paymentId'])('an answer whose receipt names another %s is refused', async (field) => {
  const one = await lost(paid)
  paid.liar.lie = bundleWith(({ receipt }) => Object.assign(receipt, { [field]: `0x${'77'.repeat(field === 'node' ? 20 : 32)}` }))
  await expect(one.og.recover(one.requestId)).rejects.toThrow(refusal)
  paid.liar.lie = undefined
  expect((await one.og.recover(one.requestId)).verdict.ok).toBe(true)
})

test('an old answer of the node, replayed by somebody on the way, is refused, and the one that was paid for can be had', async () => {
  const og = await paid.connect({ book: memoryBook() })
  let old: Reply | undefined
  paid.liar.lie = ({ request, reply }) => {
    if (!isInfer(request.path) || reply.status !== 200) return
    if (old) Object.assign(reply, old)
    old ??= { ...reply }
  }
  await og.infer(NAME, { input: INPUT })
  const error = (await og.infer(NAME, { input: INPUT }).catch((reason: unknown) => reason)) as OgError
  expect(error).toEqual(refusal)
  paid.liar.lie = undefined
  expect((await og.recover(error.details.requestId as Hex)).verdict.ok).toBe(true)
})

test('an answer that is signed and does not fit its question is not given out', async () => {
  const one = await lost(free)
  const { domain } = one.og.chain
  free.liar.lie = bundleWith((bundle) => {
    const text = Buffer.from(bundle.response.body, 'base64').toString('latin1')
    const doubled = text.replace('"shape":[1,1]', '"shape":[2,1]').replace('"binary_data_size":4', '"binary_data_size":8')
    const body = Buffer.from(doubled + text.slice(-4), 'latin1')
    const receipt = { ...parseReceipt(bundle.receipt), responseHash: responseHashOf(body) }
    const signature = signDigest(receiptHash(receipt, domain), free.receiptKey)
    Object.assign(bundle, { response: { ...bundle.response, body: base64(body) }, receipt: receiptToJson(receipt), signature })
  })
  await expect(one.og.recover(one.requestId)).rejects.toThrow(/is signed and cannot be used.*dimension 0 is 2 instead of 1/)
  expect(await stateOf(one)).toBe('refused')
})

test('of two who ask at once one may meet a liar: the answer that the other has stays', async () => {
  const one = await lost(paid)
  let asked = 0
  const altered = bundleWith(({ response }) => Object.assign(response, { body: base64(new Uint8Array(9)) }))
  paid.liar.lie = async (exchange) => {
    if (!exchange.request.path.endsWith('/bundle') || asked++ > 0) return
    altered(exchange)
    await eventually(async () => (await stateOf(one)) === 'answered', 'the other has its answer')
  }
  const [first, second] = await Promise.allSettled([one.og.recover(one.requestId), one.og.recover(one.requestId)])
  expect([first?.status, second?.status].sort()).toEqual(['fulfilled', 'rejected'])
  expect(await stateOf(one)).toBe('answered')
})

test('hours later a free answer is recovered, too: its batch dates it; and what was verified once stays so where nothing can date it', async () => {
  const dated = await lost(free)
  const og = await free.connect({ book: memoryBook() })
  const undated = { og, requestId: (await og.infer(NAME, { input: INPUT })).requestId }
  for (const one of [dated, undated])
    await eventually(async () => (await one.og.bundle(one.requestId)).bundle.inclusion, 'it is in a batch')
  passed += 2 * 3_600_000
  const now = () => real() + passed
  await eventually(async () => Number(free.net.chain.head().block.header.timestamp) >= now() / 1000 - 60, 'the chain follows')
  const { verdict, bundle } = await dated.og.recover(dated.requestId)
  expect([verdict.ok, bundle.inclusion === undefined]).toEqual([true, false])
  free.liar.lie = ({ request, reply }) => {
    if (request.path.startsWith('/v1/receipts/')) Object.assign(reply, { status: 404, body: Buffer.from('{}') })
  }
  await expect(undated.og.recover(undated.requestId)).rejects.toThrow(refusal)
  expect(await stateOf(undated)).toBe('answered')
  free.liar.lie = undefined
  expect((await undated.og.recover(undated.requestId)).verdict.ok).toBe(true)
})
