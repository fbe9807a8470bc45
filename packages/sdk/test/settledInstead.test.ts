import { ADDRESSES } from '@opengradient/contracts/addresses'
import {
  decodeReceiptHeader,
  encodeBundle,
  type Hex,
  isOgError,
  type OgError,
  parseBundle,
  type SignedReceipt,
} from '@opengradient/protocol'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type InferResult, type OpenGradient, opg } from '../src/node/index.ts'
import { resign } from './lyingNode.testkit.ts'
import { eventually, INPUT, NAME, type Scene, startScene } from './scene.testkit.ts'

let scene: Scene
let og: OpenGradient
beforeAll(async () => {
  scene = await startScene()
  og = await scene.connect()
})
afterEach(() => {
  scene.liar.lie = undefined
})
afterAll(() => scene?.close())

/** Answers whose receipts say another time than those that the node settles; both are signed by its key. */
async function askTwoFaced(count: number): Promise<{ answer: InferResult; given: SignedReceipt; settled: SignedReceipt }[]> {
  const settled = new Map<Hex, SignedReceipt>()
  scene.liar.lie = ({ request, reply }) => {
    if (request.path.startsWith('/v1/receipts/') && !request.path.endsWith('/execution'))
      Object.assign(reply, { status: 404, body: Buffer.from('{}') })
    if (!request.path.endsWith('/infer') || reply.status !== 200) return
    const own = decodeReceiptHeader(reply.headers['og-receipt'] as string)
    settled.set(own.receipt.requestId, own)
    resign(reply, { issuedAt: own.receipt.issuedAt + 1n }, og.chain.domain, scene.receiptKey)
  }
  const answers = await Promise.all(Array.from({ length: count }, () => og.infer(NAME, { input: INPUT })))
  return answers.map((answer) => ({
    answer,
    given: { receipt: answer.receipt, signature: answer.bundle.signature },
    settled: settled.get(answer.requestId) as SignedReceipt,
  }))
}
const untilSettled = ({ receipt }: SignedReceipt) =>
  eventually(async () => (await og.chain.settled(receipt.paymentId)) !== undefined, 'the payment is settled')

test('a payment that is settled for this receipt, or not yet, or was free, is settled for no other one', async () => {
  const { receipt, bundle } = await og.infer(NAME, { input: INPUT })
  const signed = { receipt, signature: bundle.signature }
  await eventually(async () => (await og.chain.settled(receipt.paymentId)) !== undefined, 'the payment is settled')
  expect(await og.settledInstead(signed)).toBeUndefined()
  const zero = `0x${'00'.repeat(32)}` as const
  for (const paymentId of [zero, `0x${'77'.repeat(32)}` as const])
    expect(await og.settledInstead({ ...signed, receipt: { ...receipt, paymentId } })).toBeUndefined()
})

test('an RPC that hides the transaction, or tells of another one, is named, and the verdict stands', async () => {
  const [one] = await askTwoFaced(1)
  await untilSettled(one!.given)
  const told = async (change: (json: unknown) => unknown) => {
    const hiding = await scene.connect({
      book: {
        put: async () => {},
        list: async () => [],
        get: async () => ({ ...(await entryOf(one!.answer)), bundle: one!.answer.bundle }),
      },
      fetch: async (url, init) => {
        const reply = await fetch(url, init)
        if (!String(init?.body).includes('eth_getLogs')) return reply
        const json = (await reply.json()) as { result?: unknown } | { result?: unknown }[]
        const changed = [json].flat().map((entry) => (Array.isArray(entry.result) ? { ...entry, result: change(entry.result) } : entry))
        return new Response(JSON.stringify(Array.isArray(json) ? changed : changed[0]), reply)
      },
    })
    await expect(hiding.settledInstead(one!.given)).rejects.toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^(RECEIPT_MISSING|RPC_LIED)$/) }),
    )
    return hiding.bundle(one!.answer.requestId).then(
      ({ verdict }) => verdict.checks.find(({ id }) => id === 'payment.settled')?.code,
      (error: OgError) => error.code,
    )
  }
  expect(await told(() => [])).toBe('SETTLED_OTHER_RECEIPT')
  expect(await told(() => [{ address: ADDRESSES.settlement, blockNumber: '0x1', topics: [], data: '0x' }])).toBe('SETTLED_OTHER_RECEIPT')
  expect(await told(() => [{ blockNumber: 'x' }])).toBe('RPC_LIED')
})

test('the receipt that a node settled instead is found among others of one transaction, and costs it its bond', async () => {
  const answers = await askTwoFaced(5)
  for (const { given } of answers) await untilSettled(given)
  for (const { given, settled } of answers) expect(await og.settledInstead(given)).toEqual(settled)

  const { answer, given } = answers[3]!
  for (const asking of [og.bundle, og.recover]) {
    const caught = await asking(answer.requestId).catch((reason: unknown) => reason)
    if (!isOgError(caught, 'NODE_SIGNED_TWICE')) throw caught
    const { first, second } = caught.details as { first: SignedReceipt; second: SignedReceipt }
    expect([first, second]).toEqual([given, answers[3]!.settled])
  }

  // Whoever was only shown the bundle can report it, too.
  const shown = parseBundle(encodeBundle(answer.bundle))
  const other = await og.settledInstead(shown)
  expect(await og.report(shown, other as SignedReceipt)).toMatchObject({ node: scene.node, slashed: opg('10000'), reward: opg('500') })
})

async function entryOf({ requestId }: InferResult) {
  const entry = await og.receipts.get(requestId)
  if (!entry) throw new Error('it is in the book')
  return entry
}
