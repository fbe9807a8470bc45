import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type AnswerBook, isOgError, memoryBook, type OgError, type OpenGradient } from '../src/node/index.ts'
import { resign } from './lyingNode.testkit.ts'
import { INPUT, NAME, PRICE, type Scene, startScene } from './scene.testkit.ts'

let scene: Scene
let og: OpenGradient
let isFull = false
const kept = memoryBook()
/** A disk on which a request still had room, and its answer has none. */
const book: AnswerBook = {
  ...kept,
  put: async (entry) => {
    if (isFull && entry.state !== 'sent') throw new Error('ENOSPC: no space left on device, write')
    await kept.put(entry)
  },
}

beforeAll(async () => {
  scene = await startScene()
  og = await scene.connect({ book })
})
afterEach(() => {
  scene.liar.lie = undefined
  isFull = false
})
afterAll(() => scene?.close())

const failureOf = (call: Promise<unknown>): Promise<OgError> =>
  call.then(
    () => Promise.reject(new Error('it did not fail')),
    (reason: OgError) => reason,
  )
const spent = async () => (await og.wallet.balance()).spentToday

test('an answer that is paid for and cannot be kept is said to be had again, and is: nothing is paid twice', async () => {
  const before = await spent()
  isFull = true
  const error = await failureOf(og.infer(NAME, { input: INPUT }))
  const { requestId } = error.details as { requestId: `0x${string}` }
  expect(error).toMatchObject({
    code: 'ANSWER_NOT_KEPT',
    message: expect.stringMatching(new RegExp(`no space left.*og\\.recover\\('${requestId}'\\).*nothing is paid twice`)),
  })
  const again = await failureOf(og.recover(requestId))
  expect(again).toMatchObject({ code: 'ANSWER_NOT_KEPT', details: { requestId } })

  isFull = false
  const { verdict, outputs } = await og.recover(requestId)
  expect([verdict.ok, outputs.output?.data.length]).toEqual([true, 1])
  expect(await og.receipts.get(requestId)).toMatchObject({ state: 'answered' })
  expect((await spent()) - before).toBe(PRICE)
})

test('a lie is told as one, also where there is no room for the proof of it', async () => {
  scene.liar.lie = ({ request, reply }) => {
    if (request.path.endsWith('/infer') && reply.status === 200)
      resign(reply, { responseHash: `0x${'99'.repeat(32)}` }, og.chain.domain, scene.receiptKey)
  }
  isFull = true
  const error = await failureOf(og.infer(NAME, { input: INPUT }))
  expect(isOgError(error, 'VERIFICATION_FAILED') && error.message).toMatch(/response\.unaltered.*That could not be kept: ENOSPC/)
})
