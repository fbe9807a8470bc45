import { randomBytes } from 'node:crypto'
import { addressOf, bytesToHex, decodeReceiptHeader, requestIdOf, ZERO_HASH } from '@opengradient/protocol'
import { decodePaymentRequiredHeader, decodePaymentResponseHeader } from '@x402/core/http'
import { expect, test } from 'vitest'
import { answerFor, id } from '../journal/journal.testkit.ts'
import { Records } from '../receipts/records.ts'
import type { Completion, Settling } from '../server/pipeline.ts'
import { errorReply } from '../server/status.ts'
import type { CreditLimits } from './credit.ts'
import { admitted, paying, refused, released, setUp } from './gate.testkit.ts'
import { NOW, OUTCOME, PAYER, PRICE, request, signedPayment } from './payment.testkit.ts'

/** What costs the price is settled first. */
const credit: CreditLimits = { max: 5n * PRICE, settleFirstAbove: PRICE - 1n }
const TX = id('transaction')
const secret = randomBytes(32)
const requestId = requestIdOf(secret)
const own = { 'og-request-secret': bytesToHex(secret) }

function waiting(completion: Completion): Settling['settling'] {
  if (!completion.settling) throw new Error('it was released')
  return completion.settling
}

/** Everything that a node gives out about an answer, by each way to it. */
async function waysOut({ gate, journal }: Awaited<ReturnType<typeof setUp>>, hash: ReturnType<typeof id>) {
  const records = new Records({
    journal,
    chainId: 1,
    manifestOf: async () => ({ author: PAYER, manifestBytes: new Uint8Array() }),
    evidence: async () => {
      throw new Error('is not asked for')
    },
  })
  const hex = bytesToHex(secret)
  const ways: (() => unknown)[] = [
    () => gate.recall(requestId, hash, 'signature'),
    () => records.receipt(requestId),
    () => records.answer(requestId, hex),
    () => records.execution(requestId, hex),
    () => records.inclusion(requestId),
    () => records.bundle(requestId, hex, false),
  ]
  const told = ways.map(async (way) => {
    try {
      await way()
      return 'given out'
    } catch (error) {
      return (error as { code?: string }).code
    }
  })
  return new Set(await Promise.all(told))
}

test('an answer whose payment is settled first is given out to nobody before, on no way', async () => {
  const node = await setUp({ credit })
  const { gate, journal } = node
  const payment = signedPayment()
  const settling = waiting(await gate.complete(await admitted(gate, paying(payment.header, own)), OUTCOME))
  const { requestHash } = journal.find(requestId)!
  const codes = async () => {
    const late = await settling(0).catch((error: { code: string }) => error.code)
    const again = refused(await gate.admit(request({ headers: own })))
    const paidAgain = refused(await gate.admit(paying(signedPayment().header, own)))
    const other = refused(await gate.admit(paying(payment.header))).json.code
    return [late, again.json.code, again.status, again.headers['retry-after'], paidAgain.json.code, other]
  }
  const pending = ['NODE_REQUEST_PENDING', 'NODE_REQUEST_PENDING', 409, '1', 'NODE_REQUEST_PENDING', 'PAYMENT_REPLAYED']
  expect(await codes()).toEqual(pending)
  expect(await waysOut(node, requestHash)).toEqual(new Set(['NODE_REQUEST_PENDING']))
  await journal.submitted({ tx: TX, nonce: 0, raw: '0x02', paymentIds: [payment.paymentId] })
  expect(await codes()).toEqual(pending)
  expect(await waysOut(node, requestHash)).toEqual(new Set(['NODE_REQUEST_PENDING']))
  expect(journal.counts()).toMatchObject({ submitted: 1, withheld: 1 })

  await journal.settled(TX, 7, [payment.paymentId])
  const { headers } = await settling(0)
  expect(decodePaymentResponseHeader(headers['payment-response']!)).toMatchObject({ success: true, transaction: TX, payer: PAYER })
  expect(decodeReceiptHeader(headers['og-receipt']!).receipt).toMatchObject({ requestId, paymentId: payment.paymentId, price: PRICE })
  expect(await gate.admit(request({ headers: own }))).toMatchObject({ kind: 'reply', reply: { status: 200 } })
  expect(await waysOut(node, requestHash)).toContain('given out')
  expect(journal.counts()).toMatchObject({ submitted: 0, withheld: 0 })
})

test.each([
  ['reverted', 'payer'],
  ['reverted', 'node'],
  ['expired', 'node'],
] as const)('an answer whose payment is %s, through the %s, is never given out, not after a restart either', async (state, blame) => {
  const node = await setUp({ credit })
  const { gate, journal } = node
  const payment = signedPayment()
  const settling = waiting(await gate.complete(await admitted(gate, paying(payment.header, own)), OUTCOME))
  const { requestHash } = journal.find(requestId)!
  await journal.close(payment.paymentId, state, 'as it went', blame, NOW)
  await expect(settling(0)).rejects.toMatchObject({ code: 'SETTLEMENT_REVERTED', message: expect.stringContaining('as it went') })
  expect(await waysOut(node, requestHash)).toEqual(new Set(['SETTLEMENT_REVERTED']))
  const next = await gate.admit(paying(signedPayment().header))
  if (blame === 'payer') expect(refused(next).json.code).toBe('PAYMENT_CREDIT_EXHAUSTED')
  else expect(next.kind).toBe('run')
  await node.stop()
  const again = await setUp({ dir: node.dir, credit: { max: 100n * PRICE } })
  expect(await waysOut(again, requestHash)).toEqual(new Set(['SETTLEMENT_REVERTED']))
  const reply = refused(await again.gate.admit(request({ headers: own })))
  expect([reply.status, reply.json.code]).toEqual([410, 'SETTLEMENT_REVERTED'])
})

test('an answer whose payment is refused on chain is given out when it is settled yet; its caller is told how, and keeps no other from its turn', async () => {
  const told: string[] = []
  const node = await setUp({ credit: { ...credit, settleFirstPayers: 1 }, settledSoon: async (_, ms) => void told.push(`${ms}`) })
  const { gate, journal, chain } = node
  const payment = signedPayment()
  const settling = waiting(await gate.complete(await admitted(gate, paying(payment.header, own)), OUTCOME))
  const key = new Uint8Array(32).fill(61)
  chain.balances.set(addressOf(key), PRICE)
  const other = () => gate.admit(paying(signedPayment({ from: addressOf(key) }, { key }).header))
  expect(refused(await other()).json.code).toBe('NODE_BACKLOG')
  await journal.submitted({ tx: TX, nonce: 0, raw: '0x02', paymentIds: [payment.paymentId] })
  await journal.requeued(TX, [payment.paymentId], { reason: 'ERC20InsufficientBalance', blame: 'payer', at: NOW })
  const { requestHash } = journal.find(requestId)!
  const late = await settling(0).catch((error: unknown) => error)
  expect(late).toMatchObject({
    code: 'NODE_REQUEST_PENDING',
    message: expect.stringMatching(/too little WOPG.*og wrap.*2027-01-15T08:05:00.000Z/),
  })
  expect(await waysOut(node, requestHash)).toEqual(new Set(['NODE_REQUEST_PENDING']))
  expect(refused(await gate.admit(paying(signedPayment().header))).json.code).toBe('PAYMENT_CREDIT_EXHAUSTED')
  expect((await other()).kind).toBe('run')

  await node.stop()
  const again = await setUp({ dir: node.dir, credit })
  expect(again.journal.exposures.payersSettlingFirst).toBe(0)
  expect(refused(await again.gate.admit(request({ headers: own }))).json.error).toContain('too little WOPG')
  await again.journal.submitted({ tx: TX, nonce: 1, raw: '0x02', paymentIds: [payment.paymentId] })
  await again.journal.requeued(TX, [payment.paymentId], { reason: 'NotBonded', blame: 'node', at: NOW })
  expect(again.journal.find(requestId)?.refused?.tries).toBe(2)
  expect(refused(await again.gate.admit(request({ headers: own }))).json.error).toContain('refused it (NotBonded)')
  await again.journal.settled(TX, 7, [payment.paymentId])
  expect((await again.gate.admit(request({ headers: own }))).kind).toBe('reply')
  expect(await waysOut(again, requestHash)).toContain('given out')
})

test.each(['queued', 'submitted'])(
  'a node that stopped at %s still keeps it back, also where its operator gives more credit now',
  async (state) => {
    const first = await setUp({ credit })
    const payment = signedPayment()
    await first.gate.complete(await admitted(first.gate, paying(payment.header, own)), OUTCOME)
    if (state === 'submitted') await first.journal.submitted({ tx: TX, nonce: 0, raw: '0x02', paymentIds: [payment.paymentId] })
    const { requestHash } = first.journal.find(requestId)!
    await first.stop()
    const second = await setUp({ dir: first.dir, credit: { max: 100n * PRICE } })
    expect(await waysOut(second, requestHash)).toEqual(new Set(['NODE_REQUEST_PENDING']))
    expect(second.journal.exposures.settleFirst(PAYER)).toEqual({ open: PRICE, count: 1 })
    await second.journal.settled(TX, 7, [payment.paymentId])
    expect((await second.gate.admit(request({ headers: own }))).kind).toBe('reply')
    expect(await waysOut(second, requestHash)).toContain('given out')
  },
)

test('what breaks when the answer is kept already gives nothing up: it is settled, and given out then', async () => {
  const break_ = { at: 'queued' as string | undefined }
  const node = await setUp({
    credit,
    onState: (state) => {
      if (state === break_.at) throw new Error('a listener broke')
    },
  })
  const { gate, journal } = node
  const payment = signedPayment()
  const ticket = await admitted(gate, paying(payment.header, own))
  const broken = await gate.complete(ticket, OUTCOME).catch((error: Error) => error)
  expect(broken).toMatchObject({ message: 'a listener broke' })
  await gate.abort(ticket, broken as Error)
  expect(journal.find(requestId)?.state).toBe('queued')
  expect(refused(await gate.admit(request({ headers: own }))).json.code).toBe('NODE_REQUEST_PENDING')
  await journal.settled(TX, 7, [payment.paymentId])
  expect(await gate.admit(request({ headers: own }))).toMatchObject({ kind: 'reply', reply: { status: 200 } })
})

test('a sealed answer is recalled only when it is settled', async () => {
  const { gate, journal } = await setUp({ credit })
  const sealed = {
    keyset: id('keyset'),
    requestHash: ZERO_HASH,
    sealedHash: id('sealed'),
    requestId,
    responseHash: () => ZERO_HASH,
    seal: (body: Uint8Array) => Buffer.concat([Buffer.from('sealed '), body]),
    sign: () => ({ receiptHash: id('receipt'), signature: answerFor('x').signature, header: answerFor('x').header }),
  }
  const payment = signedPayment()
  const asked = request({ headers: { ...own, 'payment-signature': payment.header }, level: 'tee', sealed })
  const settling = waiting(await gate.complete(await admitted(gate, asked), OUTCOME))
  await expect(settling(0)).rejects.toMatchObject({ code: 'NODE_REQUEST_PENDING' })
  expect(() => gate.recall(requestId, sealed.sealedHash, 'tee')).toThrow(expect.objectContaining({ code: 'NODE_REQUEST_PENDING' }))
  await journal.settled(TX, 7, [payment.paymentId])
  expect(Buffer.from((await settling(0)).sealed!).toString()).toMatch(/^sealed /)
})

test('the wait ends with the time that the caller has, and says how to ask again', async () => {
  const waits: number[] = []
  const { gate } = await setUp({
    credit,
    settledSoon: async (_, ms) => {
      waits.push(ms)
    },
  })
  const settling = waiting(await gate.complete(await admitted(gate, paying(signedPayment().header)), OUTCOME))
  const late = await settling(performance.now() + 5000).catch((error: unknown) => error)
  await settling(performance.now() - 1).catch(() => {})
  expect(waits[0]).toBeLessThanOrEqual(5000)
  expect(waits[1]).toBe(0)
  const { status, headers, body } = errorReply(late)
  expect([status, headers['retry-after']]).toEqual([409, '1'])
  // The node drew the secret: without it nobody could ask again.
  const drawn = headers['og-request-secret']!
  expect(headers['og-request-id']).toBe(requestIdOf(Buffer.from(drawn.slice(2), 'hex')))
  expect(headers['og-receipt'] ?? headers['payment-response']).toBeUndefined()
  expect(body.toString()).not.toContain('outputs')
  expect(refused(await gate.admit(request({ headers: { 'og-request-secret': drawn } }))).json.code).toBe('NODE_REQUEST_PENDING')
})

test('a price above the credit that anybody has is no reason to refuse; one such request of a payer is taken at a time', async () => {
  const { gate, journal, chain } = await setUp({ credit: { max: PRICE - 1n } })
  const first = signedPayment()
  await gate.complete(await admitted(gate, paying(first.header)), OUTCOME)
  expect(journal.exposures.onCredit(PAYER).count).toBe(0)
  const many = await Promise.all(Array.from({ length: 8 }, () => gate.admit(paying(signedPayment().header))))
  expect(new Set(many.map((admission) => refused(admission).json.code))).toEqual(new Set(['PAYMENT_CREDIT_EXHAUSTED']))
  await journal.settled(TX, 7, [first.paymentId])
  const twice = await Promise.all(Array.from({ length: 8 }, () => gate.admit(paying(signedPayment().header))))
  expect(twice.filter(({ kind }) => kind === 'run')).toHaveLength(1)
  chain.balances.set(PAYER, PRICE - 1n)
  expect(refused(await gate.admit(paying(signedPayment().header))).json.code).toBe('PAYMENT_INSUFFICIENT_BALANCE')
})

test('what is settled first takes no credit from other requests of its payer, and what both promise is never more than the balance', async () => {
  const { gate, chain, view, journal } = await setUp({ credit: { max: 5n * PRICE, settleFirstAbove: PRICE } })
  const dear = async () => {
    chain.price = 3n * PRICE
    await view.refreshOffers()
    return gate.admit(paying(signedPayment({ value: 3n * PRICE }).header))
  }
  const cheap = async () => {
    chain.price = PRICE
    await view.refreshOffers()
    return gate.admit(paying(signedPayment().header))
  }
  chain.balances.set(PAYER, 4n * PRICE)
  expect([(await dear()).kind, (await cheap()).kind]).toEqual(['run', 'run'])
  expect([journal.exposures.settleFirst(PAYER), journal.exposures.onCredit(PAYER)]).toEqual([
    { open: 3n * PRICE, count: 1 },
    { open: PRICE, count: 1 },
  ])
  expect(refused(await cheap()).json.error).toContain('are promised to earlier requests')
})

test('so many payers and no more have such a request open', async () => {
  const { gate, chain, journal } = await setUp({ credit: { ...credit, settleFirstPayers: 3 } })
  const payments = Array.from({ length: 5 }, (_, n) => {
    const key = new Uint8Array(32).fill(60 + n)
    chain.balances.set(addressOf(key), PRICE)
    return signedPayment({ from: addressOf(key) }, { key })
  })
  const admissions = await Promise.all(payments.map(({ header }) => gate.admit(paying(header))))
  const taken = payments.filter((_, n) => admissions[n]!.kind === 'run')
  expect(taken).toHaveLength(3)
  const backlog = refused(admissions.find(({ kind }) => kind === 'reply')!)
  expect([backlog.status, backlog.json.code, backlog.headers['retry-after']]).toEqual([503, 'NODE_BACKLOG', '2'])
  await journal.close(taken[0]!.paymentId, 'aborted', 'the run failed', 'node')
  const left = payments.find((payment) => !taken.includes(payment))!
  expect((await gate.admit(paying(left.header))).kind).toBe('run')
})

test('a run for which a payment has to be settled begins only with time for both, and with the balance of the newest block', async () => {
  const { gate, chain, journal } = await setUp({ credit })
  const short = refused(await gate.admit(paying(signedPayment({ validBefore: BigInt(NOW + 60) }).header)))
  expect([short.status, short.json.code]).toEqual([402, 'PAYMENT_EXPIRED'])
  const payment = signedPayment({ validBefore: BigInt(NOW + 61) })
  await gate.complete(await admitted(gate, paying(payment.header)), OUTCOME)
  await journal.settled(TX, 7, [payment.paymentId])
  // Known now: on credit it would be served with the balance last seen, while the full node takes its time.
  chain.balances.set(PAYER, 0n)
  chain.delayMs = 60
  expect(refused(await gate.admit(paying(signedPayment().header))).json.code).toBe('PAYMENT_INSUFFICIENT_BALANCE')
})

test('a payment that ends or is spent while the model runs is refused with what to pay', async () => {
  const { gate, clock } = await setUp({ credit })
  const ticket = await admitted(gate, paying(signedPayment({ validBefore: BigInt(NOW + 61) }).header))
  clock.now = NOW + 52
  const late = await gate.complete(ticket, OUTCOME).catch((error: unknown) => error)
  const { status, headers } = errorReply(late)
  expect(status).toBe(402)
  expect(decodePaymentRequiredHeader(headers['payment-required']!).accepts[0]?.amount).toBe(`${PRICE}`)
})

test('what waits for its settlement only because the caller asks is given out in any case', async () => {
  const { gate } = await setUp()
  const settling = waiting(await gate.complete(await admitted(gate, paying(signedPayment().header, { prefer: 'wait=settled' })), OUTCOME))
  expect(decodePaymentResponseHeader((await settling(0)).headers['payment-response']!).transaction).toBe('')
  const free = await setUp({ credit: { max: 0n, settleFirstAbove: 0n } })
  free.chain.price = 0n
  await free.view.refreshOffers()
  expect(released(await free.gate.complete(await admitted(free.gate, request()), OUTCOME)).headers['og-receipt']).toBeDefined()
})
