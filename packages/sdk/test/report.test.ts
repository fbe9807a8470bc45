import { isOgError, type Receipt, receiptHash, receiptToJson, type SignedReceipt, signDigest } from '@opengradient/protocol'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type InferResult, type OpenGradient, opg } from '../src/node/index.ts'
import { INPUT, NAME, type Scene, startScene } from './scene.testkit.ts'

let scene: Scene
let og: OpenGradient
let answer: InferResult
let given: SignedReceipt

beforeAll(async () => {
  scene = await startScene()
  og = await scene.connect()
  answer = await og.infer(NAME, { input: INPUT })
  given = { receipt: answer.bundle.receipt, signature: answer.bundle.signature }
})
afterAll(() => scene?.close())

const signed = (change: Partial<Receipt>, key = scene.receiptKey): SignedReceipt => {
  const receipt = { ...given.receipt, ...change }
  return { receipt, signature: signDigest(receiptHash(receipt, og.chain.domain), key) }
}
const hash = (digit: string) => `0x${digit.repeat(64)}` as const

test('two receipts that are no equivocation are refused, and it is said what is missing', async () => {
  const other = `0x${'22'.repeat(20)}` as const
  const cases: [SignedReceipt, RegExp][] = [
    [given, /they are one receipt/],
    [signed({ paymentId: hash('7') }), /for two payments/],
    [signed({ node: other }), /of two nodes/],
    [
      signed({ responseHash: hash('9') }, scene.receiptKey.with(0, scene.receiptKey[0]! ^ 1)),
      /the second is signed by 0x[0-9a-f]{40}, which never was/,
    ],
    [{ ...given, receipt: { ...given.receipt, price: 1n } }, /the second is signed by/],
    [
      { ...given, signature: `0x${'ff'.repeat(65)}`, receipt: { ...given.receipt, price: 1n } },
      /no key can have made the signature of the second/,
    ],
  ]
  // The author of the model is this account: its share comes when the answer is settled.
  await expect.poll(() => og.chain.settled(given.receipt.paymentId)).toBeDefined()
  const { credit } = await og.wallet.balance()
  for (const [second, why] of cases)
    for (const ask of [og.equivocation, og.report])
      await expect(ask(given, second)).rejects.toMatchObject({ code: 'RECEIPT_NO_EQUIVOCATION', message: expect.stringMatching(why) })
  const free = { paymentId: hash('0'), payer: `0x${'00'.repeat(20)}` as const, price: 0n }
  await expect(og.report(signed(free), signed({ ...free, responseHash: hash('9') }))).rejects.toThrow(/nothing was paid/)
  expect((await og.wallet.balance()).credit).toBe(credit)
  expect(await og.chain.node(scene.node)).toMatchObject({ bond: opg('10000') })
})

test('a node that signs twice for one payment is reported with what it showed, and loses its bond once', async () => {
  const second = signed({ responseHash: hash('9') })
  scene.liar.lie = ({ request, reply }) => {
    if (request.path !== `/v1/receipts/${answer.requestId}`) return
    reply.body = Buffer.from(JSON.stringify({ receipt: receiptToJson(second.receipt), signature: second.signature }))
  }
  const caught = await og.bundle(answer.requestId).catch((reason: unknown) => reason)
  scene.liar.lie = undefined
  if (!isOgError(caught, 'NODE_SIGNED_TWICE')) throw caught
  const shown = caught.details as { first: SignedReceipt; second: SignedReceipt }

  const found = await og.equivocation(shown.first, shown.second)
  expect(found).toMatchObject({ node: scene.node, paymentId: given.receipt.paymentId, bond: opg('10000'), reward: opg('500') })
  const before = await og.wallet.balance()
  const reported = await og.report(shown.first, shown.second)
  expect(reported).toMatchObject({ node: scene.node, slashed: opg('10000'), reward: opg('500') })
  const after = await og.wallet.balance()
  expect(after.credit - before.credit).toBe(opg('500'))
  const cost = before.opg - after.opg
  expect(cost).toBeGreaterThan(0n)
  expect(cost).toBeLessThanOrEqual(found.gas)
  expect(await og.chain.node(scene.node)).toMatchObject({ bond: 0n, active: false })

  for (const ask of [og.equivocation, og.report])
    await expect(ask(shown.first, shown.second)).rejects.toMatchObject({
      code: 'NODE_BOND_GONE',
      message: expect.stringContaining('was reported before'),
    })
})
