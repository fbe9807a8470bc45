import { createWriter } from '@opengradient/client'
import type { Address } from '@opengradient/protocol'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type AnswerBook, memoryBook, type OpenGradient, opg } from '../src/node/index.ts'
import { type LyingNode, lyingNode, type Reply } from './lyingNode.testkit.ts'
import { INPUT, NAME, PRICE, type Scene, startScene } from './scene.testkit.ts'

let scene: Scene
let og: OpenGradient
/** A second node, half as expensive, that never works. */
let cheap: LyingNode
let cheapNode: Address
beforeAll(async () => {
  scene = await startScene()
  og = await scene.connect()
  cheap = await lyingNode()
  cheap.target = scene.liar.target
  const writer = createWriter({ client: og.chain, account: scene.net.accountOf(2) })
  cheapNode = writer.address
  await writer.register({ endpoint: cheap.url, receiptKey: scene.net.accountOf(80).address.toLowerCase() as Address, bond: opg('10000') })
  await writer.setPrice(scene.modelId, 0, PRICE / 2n)
})
afterEach(() => {
  cheap.lie = undefined
})
afterAll(async () => {
  await cheap?.close()
  await scene?.close()
})

const refuseWith = (status: number, code: string) => {
  cheap.lie = ({ reply }: { reply: Reply }) =>
    Object.assign(reply, { status, headers: {}, body: Buffer.from(JSON.stringify({ error: 'no', code })) })
}
const spent = async (application: OpenGradient) => (await application.wallet.balance()).spentToday

test.each([
  [429, 'ENGINE_QUEUE_FULL'],
  [503, 'NODE_DRAINING'],
  [404, 'MODEL_NOT_FOUND'],
])('a cheaper node that answers %i is left for the next, and what it was promised stays counted', async (status, code) => {
  refuseWith(status, code)
  const book = memoryBook()
  const careful = await scene.connect({ book })
  cheap.asked.length = 0
  expect((await careful.infer(NAME, { input: INPUT })).receipt.node).toBe(scene.node)
  expect(cheap.asked.filter((line) => line.startsWith('POST'))).toHaveLength(1)
  expect(await spent(careful)).toBe(PRICE + PRICE / 2n)
  expect((await book.list()).map(({ node, state }) => [node, state])).toEqual(
    expect.arrayContaining([
      [scene.node, 'answered'],
      [cheapNode, 'refused'],
    ]),
  )
})

test('a node that takes no payment of this payer in the time of the call is left for the next, and not asked again', async () => {
  let pause = '3600'
  cheap.lie = ({ reply }: { reply: Reply }) => {
    const body = Buffer.from(JSON.stringify({ error: `in ${pause} s`, code: 'PAYMENT_CREDIT_EXHAUSTED' }))
    Object.assign(reply, { status: 402, headers: { 'retry-after': pause }, body })
    if (pause === '1') cheap.lie = undefined
  }
  cheap.asked.length = 0
  expect((await og.infer(NAME, { input: INPUT })).receipt.node).toBe(scene.node)
  const posts = () => cheap.asked.filter((line) => line.startsWith('POST')).length
  expect(posts()).toBe(1)
  await expect(og.infer(NAME, { input: INPUT }, { node: cheapNode })).rejects.toThrow(
    expect.objectContaining({ code: 'PAYMENT_CREDIT_EXHAUSTED', message: expect.stringContaining('in 3600 s') }),
  )
  expect(posts()).toBe(2)
  pause = '1'
  await og.infer(NAME, { input: INPUT }, { node: cheapNode }).catch(() => {})
  expect(posts()).toBeGreaterThan(3)
})

test('everything promised for one call stays within its maximum', async () => {
  refuseWith(503, 'NODE_DRAINING')
  const careful = await scene.connect({ policy: { level: 'signature', maxPrice: PRICE } })
  await expect(careful.infer(NAME, { input: INPUT })).rejects.toThrow(expect.objectContaining({ code: 'POLICY_PRICE_EXCEEDED' }))
  expect(await spent(careful)).toBe(PRICE / 2n)
})

test('a node that may have run the request is not left for another: that could be paid twice', async () => {
  cheap.lie = () => 'hang up'
  const careful = await scene.connect()
  await expect(careful.infer(NAME, { input: INPUT })).rejects.toThrow(expect.objectContaining({ code: 'NODE_UNREACHABLE' }))
  expect(await spent(careful)).toBe(PRICE / 2n)
})

test('a node can be named; then no other is asked', async () => {
  expect((await og.infer(NAME, { input: INPUT }, { node: scene.node })).receipt.node).toBe(scene.node)
  // A node that does not offer a new model yet is waited for; a minute later the model is no longer new.
  const later = await scene.connect({ now: () => Number(scene.net.chain.head().block.header.timestamp) + 61 })
  await expect(later.infer(NAME, { input: INPUT }, { node: `0x${'12'.repeat(20)}` })).rejects.toThrow(
    expect.objectContaining({ code: 'MODEL_NOT_SERVED' }),
  )
})

test('when all are busy they are asked again, and in the end the reason is given', async () => {
  refuseWith(503, 'NODE_DRAINING')
  const careful = await scene.connect()
  cheap.asked.length = 0
  await expect(careful.infer(NAME, { input: INPUT }, { node: cheapNode })).rejects.toThrow(
    expect.objectContaining({ code: 'NODE_DRAINING' }),
  )
  expect(cheap.asked.filter((line) => line.startsWith('POST'))).toHaveLength(3)
  expect(await spent(careful)).toBe(PRICE / 2n)
})

test('a node that has a payment and is gone when it is asked again gets no second one, and the first stays counted', async () => {
  refuseWith(503, 'NODE_DRAINING')
  const book = memoryBook()
  const closing: AnswerBook = {
    ...book,
    async put(entry) {
      await book.put(entry)
      if (entry.state === 'refused') await cheap.close()
    },
  }
  const careful = await scene.connect({ book: closing })
  cheap.asked.length = 0
  await expect(careful.infer(NAME, { input: INPUT }, { node: cheapNode })).rejects.toThrow(
    expect.objectContaining({ code: 'NODE_UNREACHABLE' }),
  )
  expect(cheap.asked.filter((line) => line.startsWith('POST'))).toHaveLength(1)
  expect(await spent(careful)).toBe(PRICE / 2n)
})

test('a dead node costs nothing: what was never sent is not counted', async () => {
  await cheap.close()
  const careful = await scene.connect()
  expect((await careful.infer(NAME, { input: INPUT })).receipt.node).toBe(scene.node)
  expect(await spent(careful)).toBe(PRICE)
})

test('a node that leaves is shown as gone, and anybody takes it off the list of the model; one that stays nobody', async () => {
  const listed = async () => (await og.chain.serving(scene.modelId)).nodes
  const gone = async () => (await og.models.show(NAME)).gone
  const refused = (code: string) => expect.objectContaining({ code })
  await expect(og.models.unlist(NAME, cheapNode)).rejects.toThrow(refused('NODE_STILL_THERE'))
  expect(await gone()).toEqual([])
  await createWriter({ client: og.chain, account: scene.net.accountOf(2) }).unbond()
  expect([await gone(), await listed()]).toEqual([[cheapNode], expect.arrayContaining([cheapNode, scene.node])])
  await og.models.unlist(NAME, cheapNode)
  expect([await gone(), await listed()]).toEqual([[], [scene.node]])
  await expect(og.models.unlist(NAME, cheapNode)).rejects.toThrow(refused('NODE_NOT_LISTED'))
  await expect(og.models.unlist('alice/none', cheapNode)).rejects.toThrow(refused('MODEL_NOT_FOUND'))
})
