import { type Hex, isOgError } from '@opengradient/protocol'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { memoryBook, type OpenGradient } from '../src/node/index.ts'
import type { Exchange } from './lyingNode.testkit.ts'
import { INPUT, NAME, PRICE, passingTime, type Scene, startScene } from './scene.testkit.ts'

const pass = passingTime()
let scene: Scene
beforeAll(async () => {
  scene = await startScene({ settleFirstAbove: 0n })
})
afterEach(() => {
  scene.liar.lie = undefined
})
afterAll(() => scene?.close())

/** As a node answers whose settlement takes its time. */
const pending = ({ request, reply }: Exchange) => {
  if (request.method !== 'POST' && !request.path.includes('/v1/receipts/')) return
  const body = Buffer.from(JSON.stringify({ error: 'its payment is settled first', code: 'NODE_REQUEST_PENDING' }))
  Object.assign(reply, { status: 409, headers: { 'content-type': 'application/json', 'retry-after': '1' }, body })
}
const spent = async (application: OpenGradient) => (await application.wallet.balance()).spentToday
const posts = () => scene.liar.asked.filter((line) => line.startsWith('POST'))

test('an answer that waits for its payment is waited for, with one payment, and is settled when it comes', async () => {
  const og = await scene.connect()
  let times = 0
  scene.liar.asked.length = 0
  scene.liar.lie = (exchange) => (++times < 4 ? pending(exchange) : undefined)
  const { receipt, verdict } = await og.infer(NAME, { input: INPUT })
  expect([verdict.ok, receipt.price]).toEqual([true, PRICE])
  expect(await og.chain.settled(receipt.paymentId)).toBeDefined()
  expect([posts().length, await spent(og)]).toEqual([4, PRICE])
})

test('who has to do something about the payment first is told so at once', async () => {
  const book = memoryBook()
  const og = await scene.connect({ book })
  scene.liar.asked.length = 0
  scene.liar.lie = ({ request, reply }) => {
    if (request.method !== 'POST') return
    const body = Buffer.from(JSON.stringify({ error: 'too little WOPG: og wrap', code: 'NODE_REQUEST_PENDING' }))
    Object.assign(reply, { status: 409, headers: { 'content-type': 'application/json', 'retry-after': '60' }, body })
  }
  const error = await og.infer(NAME, { input: INPUT }, { timeoutMs: 60_000 }).catch((thrown: unknown) => thrown)
  if (!isOgError(error, 'NODE_REQUEST_PENDING')) throw error
  expect(error.message).toContain('og wrap')
  expect(posts()).toHaveLength(1)
  scene.liar.lie = undefined
  expect((await og.recover(error.details.requestId as Hex)).receipt.price).toBe(PRICE)
})

test('where the time of the call is over before, the outcome counts as unknown, and the answer is recovered when it is settled', async () => {
  const book = memoryBook()
  const og = await scene.connect({ book })
  scene.liar.lie = (exchange) => {
    pending(exchange)
    if (exchange.request.method === 'POST') pass(60_000)
  }
  const error = await og.infer(NAME, { input: INPUT }, { timeoutMs: 60_000 }).catch((thrown: unknown) => thrown)
  if (!isOgError(error, 'NODE_REQUEST_PENDING')) throw error
  const requestId = error.details.requestId as Hex
  expect(error.message).toContain(`og.recover('${requestId}')`)
  expect(await book.get(requestId)).toMatchObject({ state: 'sent', price: PRICE })
  await expect(og.recover(requestId)).rejects.toThrow(expect.objectContaining({ code: 'NODE_REQUEST_PENDING' }))
  scene.liar.lie = undefined
  const { outputs, receipt } = await og.recover(requestId)
  expect(outputs.output?.shape).toEqual([1, 1])
  expect(await og.chain.settled(receipt.paymentId)).toBeDefined()
  expect([(await book.get(requestId))?.state, await spent(og)]).toEqual(['answered', PRICE])
})
