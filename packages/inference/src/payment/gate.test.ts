import { randomBytes } from 'node:crypto'
import { ADDRESSES } from '@opengradient/contracts'
import {
  bytesToHex,
  decodeReceiptHeader,
  type Hex,
  OgError,
  parseExecution,
  quotedPrice,
  receiptHash,
  recoverAddress,
  requestIdOf,
  ZERO_ADDRESS,
  ZERO_HASH,
  zkContext,
  zkNonce,
  zkSaltOf,
} from '@opengradient/protocol'
import { decodePaymentRequiredHeader, decodePaymentResponseHeader } from '@x402/core/http'
import { expect, test } from 'vitest'
import type { AdmitRequest } from '../server/pipeline.ts'
import { admitted, DOMAIN, paying, refused, released, setUp } from './gate.testkit.ts'
import { CHAIN_ID, MODEL, NODE, NOW, OUTCOME, PAYER, PRICE, request, signedPayment, TERMS } from './payment.testkit.ts'

test('without a payment the answer is 402 with an offer that the x402 library reads', async () => {
  const { gate } = await setUp()
  const { status, headers, json } = refused(await gate.admit(request()))
  expect(status).toBe(402)
  expect(json.code).toBe('PAYMENT_REQUIRED')
  const offer = decodePaymentRequiredHeader(headers['payment-required']!)
  expect(offer.accepts).toEqual([
    {
      scheme: 'exact',
      network: `eip155:${CHAIN_ID}`,
      amount: '1000',
      asset: ADDRESSES.wopg,
      payTo: TERMS.payTo,
      maxTimeoutSeconds: 300,
      extra: { name: 'Wrapped OPG', version: '1' },
    },
  ])
  expect(offer.resource?.url).toBe('http://127.0.0.1:8410/v2/models/m/infer')
  expect(offer.error).toBeUndefined()
})

test('a paid request is reserved, run, signed and queued; receipt, record and payment headers agree', async () => {
  const { gate, journal, signer } = await setUp()
  const payment = signedPayment()
  const ticket = await admitted(gate, paying(payment.header))
  expect(journal.exposures.onCredit(PAYER)).toEqual({ open: PRICE, count: 1 })
  const { headers } = released(await gate.complete(ticket, OUTCOME))
  const { receipt, signature } = decodeReceiptHeader(headers['og-receipt']!)
  expect(recoverAddress(receiptHash(receipt, DOMAIN), signature)).toBe(signer.address)
  expect(receipt).toMatchObject({
    paymentId: payment.paymentId,
    payer: PAYER,
    price: PRICE,
    modelId: MODEL,
    node: NODE,
    issuedAt: BigInt(NOW),
    level: 0,
  })
  const secret = headers['og-request-secret']!
  expect(receipt.requestId).toBe(requestIdOf(Buffer.from(secret.slice(2), 'hex')))
  const record = parseExecution(journal.load(journal.find(receipt.requestId)!)!.execution)
  expect(quotedPrice(record)).toBe(PRICE)
  const response = decodePaymentResponseHeader(headers['payment-response']!)
  expect(response).toMatchObject({ success: true, transaction: '', payer: PAYER, network: `eip155:${CHAIN_ID}`, amount: '1000' })
  expect(response.extensions).toMatchObject({ 'verifiable-inference': { info: { status: 'pending', requestId: receipt.requestId } } })
  expect(journal.queued().length).toBe(1)
})

test('a model without a price is free: a receipt of nobody, nothing and zero', async () => {
  const { gate, chain, view, journal } = await setUp()
  chain.price = 0n
  await view.refreshOffers()
  const { headers } = released(await gate.complete(await admitted(gate, request()), OUTCOME))
  const { receipt } = decodeReceiptHeader(headers['og-receipt']!)
  expect(receipt).toMatchObject({ paymentId: ZERO_HASH, payer: ZERO_ADDRESS, price: 0n })
  expect(headers['payment-response']).toBeUndefined()
  expect(journal.find(receipt.requestId)?.state).toBe('free')
})

const bad: [string, string, () => { header: string }][] = [
  ['too small', 'PAYMENT_TOO_SMALL', () => signedPayment({ value: PRICE - 1n })],
  ['too large', 'PAYMENT_TOO_LARGE', () => signedPayment({ value: PRICE + 1n })],
  ['accepting a smaller offer', 'PAYMENT_TOO_SMALL', () => signedPayment({}, { accepted: { amount: '1' } })],
  ['in another token', 'PAYMENT_WRONG_TOKEN', () => signedPayment({}, { accepted: { asset: `0x${'12'.repeat(20)}` } })],
  ['signed for another token', 'PAYMENT_SIGNATURE_INVALID', () => signedPayment({}, { asset: `0x${'12'.repeat(20)}` })],
  ['for another network', 'PAYMENT_WRONG_NETWORK', () => signedPayment({}, { accepted: { network: 'eip155:1' } })],
  ['signed for another network', 'PAYMENT_SIGNATURE_INVALID', () => signedPayment({}, { chainId: 1n })],
  ['to another payee', 'PAYMENT_WRONG_PAYEE', () => signedPayment({ to: NODE })],
  ['accepting another payee', 'PAYMENT_WRONG_PAYEE', () => signedPayment({}, { accepted: { payTo: NODE } })],
  ['expired', 'PAYMENT_EXPIRED', () => signedPayment({ validBefore: BigInt(NOW) })],
  ['too late to settle', 'PAYMENT_EXPIRED', () => signedPayment({ validBefore: BigInt(NOW + 5) })],
  ['not yet valid', 'PAYMENT_NOT_YET_VALID', () => signedPayment({ validAfter: BigInt(NOW + 1) })],
  ['valid for too long', 'PAYMENT_VALIDITY_TOO_LONG', () => signedPayment({ validBefore: BigInt(NOW + 100_000) })],
  ['signed by somebody else', 'PAYMENT_SIGNATURE_INVALID', () => signedPayment({}, { key: new Uint8Array(32).fill(8) })],
  ['of another scheme', 'PAYMENT_WRONG_SCHEME', () => signedPayment({}, { accepted: { scheme: 'upto' } })],
  ['that is not base64', 'PAYMENT_MALFORMED', () => ({ header: '{}' })],
  ['that is not JSON', 'PAYMENT_MALFORMED', () => ({ header: Buffer.from('hello').toString('base64') })],
  ['of version 1', 'PAYMENT_MALFORMED', () => ({ header: Buffer.from('{"x402Version":1}').toString('base64') })],
  ['of 9,000 characters', 'PAYMENT_HEADER_TOO_LARGE', () => ({ header: 'A'.repeat(9000) })],
]

test.each(bad)('a payment %s is refused with %s and 402', async (_, code, make) => {
  const { gate, journal } = await setUp()
  const { status, headers, json } = refused(await gate.admit(paying(make().header)))
  expect(status).toBe(402)
  expect(json.code).toBe(code)
  expect(decodePaymentRequiredHeader(headers['payment-required']!).error).toMatch(/^[a-z0-9_]+$/)
  expect(journal.exposures.onCredit(PAYER).count).toBe(0)
})

test('every bad payment has a message of its own', async () => {
  const { gate } = await setUp()
  const said = await Promise.all(bad.map(async ([, , make]) => refused(await gate.admit(paying(make().header))).json.error))
  expect(new Set(said).size).toBeGreaterThanOrEqual(bad.length - 3)
})

test('a high-s or truncated signature is refused before it could fail on chain', async () => {
  const { gate } = await setUp()
  const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
  const { payload, signature } = signedPayment()
  const s = order - BigInt(`0x${signature.slice(66, 130)}`)
  const high = `${signature.slice(0, 66)}${s.toString(16).padStart(64, '0')}${signature.endsWith('1b') ? '1c' : '1b'}`
  for (const wrong of [high, signature.slice(0, -2), '0x']) {
    const header = Buffer.from(JSON.stringify({ ...payload, payload: { ...payload.payload, signature: wrong } })).toString('base64')
    expect(refused(await gate.admit(paying(header))).json.code).toBe('PAYMENT_SIGNATURE_INVALID')
  }
})

test('a contract as payer is told that ERC-1271 is not supported', async () => {
  const { gate, chain } = await setUp()
  const wallet = `0x${'77'.repeat(20)}` as const
  chain.contracts.add(wallet)
  const { status, json } = refused(await gate.admit(paying(signedPayment({ from: wallet }).header)))
  expect([status, json.code]).toEqual([402, 'PAYMENT_PAYER_UNSUPPORTED'])
})

test('a nonce that was spent or cancelled on chain is refused', async () => {
  const { gate, chain } = await setUp()
  const payment = signedPayment()
  chain.usedNonces.add(payment.authorization.nonce)
  expect(refused(await gate.admit(paying(payment.header))).json.code).toBe('PAYMENT_NONCE_USED')
})

test('a slow full node does not hold up a payer who has paid before; a nonce that turns out to be spent is never signed for', async () => {
  const { gate, journal, chain } = await setUp()
  const first = signedPayment()
  await gate.complete(await admitted(gate, paying(first.header)), OUTCOME)
  await journal.settled(ZERO_HASH, 1, [first.paymentId])
  chain.delayMs = 60
  const payment = signedPayment()
  chain.usedNonces.add(payment.authorization.nonce)
  const ticket = await admitted(gate, paying(payment.header))
  await new Promise((resolve) => setTimeout(resolve, 100))
  const refusal = await gate.complete(ticket, OUTCOME).catch((error: Error) => error)
  expect(refusal).toMatchObject({ code: 'PAYMENT_NONCE_USED' })
  await gate.abort(ticket, refusal as Error)
  expect(journal.queued()).toEqual([])
  expect(journal.exposures.onCredit(PAYER).count).toBe(0)
})

test('an answer whose payment would run out before it is settled is not signed: nothing is given away, nothing charged', async () => {
  const { gate, journal, clock, chain, view } = await setUp()
  const ends = NOW + 21
  const short = () => admitted(gate, paying(signedPayment({ validBefore: BigInt(ends) }).header))
  for (const by of ['clock', 'chain'] as const) {
    clock.now = chain.time = NOW
    await view.refreshHead()
    const ticket = await short()
    if (by === 'clock') clock.now = ends - 10
    else chain.time = ends - 10
    await view.refreshHead()
    const late = await gate.complete(ticket, OUTCOME).catch((error: Error) => error)
    expect(late).toMatchObject({ code: 'PAYMENT_EXPIRED' })
    await gate.abort(ticket, late as Error)
    expect(journal.queued()).toEqual([])
    expect(journal.exposures.onCredit(PAYER).count).toBe(0)
  }
  clock.now = chain.time = NOW
  await view.refreshHead()
  const ticket = await short()
  clock.now = ends - 11
  await gate.complete(ticket, OUTCOME)
  expect(journal.queued()).toHaveLength(1)
})

test('with a new journal nothing is taken that the lost one may have been paid with: a second receipt would cost the bond', async () => {
  const { gate, journal } = await setUp()
  const old = signedPayment()
  await journal.continueFrom(3n, NOW + 300)
  const { status, headers, json } = refused(await gate.admit(paying(old.header)))
  expect([status, json.code, headers['retry-after']]).toEqual([503, 'JOURNAL_BEHIND', '1'])
  expect(journal.find(old.paymentId)).toBeUndefined()
  await gate.complete(await admitted(gate, paying(signedPayment({ validBefore: BigInt(NOW + 301) }).header)), OUTCOME)
})

test('how long a payment may last is counted by the chain where the clock is ahead of it, and by the clock where it is behind', async () => {
  const { gate, clock } = await setUp()
  for (const off of [-30, 0, 30]) {
    clock.now = NOW + off
    const last = NOW + Math.min(0, off) + 3600
    const lasting = async (validBefore: number) => gate.admit(paying(signedPayment({ validBefore: BigInt(validBefore) }).header))
    expect(refused(await lasting(last + 1)).json.code).toBe('PAYMENT_VALIDITY_TOO_LONG')
    const taken = await lasting(last)
    if (taken.kind !== 'run') throw new Error('refused')
    await gate.abort(taken.ticket, new Error('for the next'))
  }
})

test('too little WOPG is refused', async () => {
  const { gate, chain } = await setUp()
  chain.balances.set(PAYER, PRICE - 1n)
  const { json, headers } = refused(await gate.admit(paying(signedPayment().header)))
  expect(json.code).toBe('PAYMENT_INSUFFICIENT_BALANCE')
  expect(decodePaymentRequiredHeader(headers['payment-required']!).error).toBe('insufficient_funds')
})

test('one payment for many requests at once pays for exactly one', async () => {
  const { gate, journal } = await setUp()
  const { header } = signedPayment()
  const bodies = Array.from({ length: 20 }, (_, n) => Buffer.from(`{"inputs":[${n}]}`))
  const admissions = await Promise.all(bodies.map((body) => gate.admit(request({ body, headers: { 'payment-signature': header } }))))
  expect(admissions.filter((a) => a.kind === 'run').length).toBe(1)
  const codes = new Set(admissions.filter((a) => a.kind === 'reply').map((a) => refused(a).json.code))
  expect([...codes].every((code) => code === 'PAYMENT_REPLAYED' || code === 'PAYMENT_CREDIT_EXHAUSTED')).toBe(true)
  expect(journal.exposures.onCredit(PAYER).count).toBe(1)
})

test('a payment that was used is refused afterwards, too', async () => {
  const { gate } = await setUp()
  const { header } = signedPayment()
  await gate.complete(await admitted(gate, paying(header)), OUTCOME)
  expect(refused(await gate.admit(paying(header))).json.code).toBe('PAYMENT_REPLAYED')
})

test('a payer owes no more than they have paid here, one payment at a time aside, and no more than the limit and the balance', async () => {
  const { gate, journal, chain } = await setUp()
  const eightAtOnce = async () => {
    const payments = Array.from({ length: 8 }, () => signedPayment())
    const admissions = await Promise.all(payments.map(({ header }) => gate.admit(paying(header))))
    const taken = payments.filter((_, i) => admissions[i]!.kind === 'run')
    for (const admission of admissions) {
      if (admission.kind === 'run') await gate.complete(admission.ticket, OUTCOME)
      else expect(refused(admission).json.code).toBe('PAYMENT_CREDIT_EXHAUSTED')
    }
    await journal.settled(
      ZERO_HASH,
      1,
      taken.map(({ paymentId }) => paymentId),
    )
    return taken.length
  }
  const counts: number[] = []
  for (let i = 0; i < 5; i++) counts.push(await eightAtOnce())
  expect(counts).toEqual([1, 1, 2, 4, 5])
  chain.balances.set(PAYER, 2n * PRICE)
  expect(await eightAtOnce()).toBe(2)
})

test('what was collected since the full node was asked is gone from the balance: nobody is blamed for a payment too many', async () => {
  const { gate, journal, chain } = await setUp()
  const settle = async ({ paymentId }: { paymentId: Hex }) => {
    await journal.settled(ZERO_HASH, 1, [paymentId])
    chain.balances.set(PAYER, chain.balances.get(PAYER)! - PRICE)
  }
  chain.balances.set(PAYER, 10n * PRICE)
  for (let i = 0; i < 6; i++) {
    const payment = signedPayment()
    await gate.complete(await admitted(gate, paying(payment.header)), OUTCOME)
    await settle(payment)
  }
  let speak = () => {}
  chain.silent = new Promise((resolve) => {
    speak = resolve
  })
  const admissions = Array.from({ length: 6 }, () => gate.admit(paying(signedPayment().header)))
  await Promise.race(admissions)
  speak()
  const refusals = (await Promise.all(admissions)).filter(({ kind }) => kind === 'reply').map((admission) => refused(admission).json)
  expect(refusals.map(({ code }) => code)).toEqual(['PAYMENT_CREDIT_EXHAUSTED', 'PAYMENT_CREDIT_EXHAUSTED'])
  expect(refusals[0]?.error).toContain('promised to earlier requests')
  expect(journal.exposures.onCredit(PAYER).open).toBe(4n * PRICE)
})

test('a payer whose payment could not be collected pays before each answer, until as much is paid again', async () => {
  const { gate, journal } = await setUp()
  const answer = async () => {
    const payment = signedPayment()
    const { settling } = await gate.complete(await admitted(gate, paying(payment.header)), OUTCOME)
    return { paymentId: payment.paymentId, withheld: settling !== undefined }
  }
  const settle = (one: { paymentId: Hex }) => journal.settled(ZERO_HASH, 1, [one.paymentId])
  const [a, b] = [await answer(), signedPayment()]
  await settle(a)
  const c = await answer()
  await gate.complete(
    await admitted(gate, paying(b.header)).catch(async () => {
      await settle(c)
      return admitted(gate, paying(b.header))
    }),
    OUTCOME,
  )
  const d = await answer()
  for (const { paymentId } of [b, d]) await journal.close(paymentId, 'reverted', 'nonce cancelled', 'payer', NOW)
  for (const _ of [1, 2]) {
    const first = await answer()
    expect(first.withheld).toBe(true)
    expect(refused(await gate.admit(paying(signedPayment().header))).json.error).toContain('one such request at a time')
    await settle(first)
  }
  const again = await answer()
  expect(again.withheld).toBe(false)
  expect(refused(await gate.admit(paying(signedPayment().header))).json.code).toBe('PAYMENT_CREDIT_EXHAUSTED')
})

test('who lets a model run for nothing waits, each time twice as long, a day at most, and is told how long', async () => {
  const { gate, journal, chain, clock, view } = await setUp({ credit: { max: 5n * PRICE, settleFirstAbove: 0n } })
  const at = async (time: number) => {
    chain.time = clock.now = time
    await view.refreshHead()
  }
  const later = (seconds: number) => ({ validBefore: BigInt(chain.time + seconds) })
  const pauses: number[] = []
  for (let times = 0; times < 14; times++) {
    const payment = signedPayment(later(300))
    await gate.complete(await admitted(gate, paying(payment.header)), OUTCOME)
    await journal.close(payment.paymentId, 'reverted', 'nonce cancelled', 'payer', chain.time)
    const { json, headers, status } = refused(await gate.admit(paying(signedPayment(later(300)).header)))
    expect([status, json.code]).toEqual([402, 'PAYMENT_CREDIT_EXHAUSTED'])
    const pause = Number(headers['retry-after'])
    expect(json.error).toContain(`takes the next one in ${pause} s`)
    pauses.push(pause)
    await at(chain.time + pause - 1)
    expect(refused(await gate.admit(paying(signedPayment(later(300)).header))).json.error).toContain('in 1 s')
    await at(chain.time + 1)
  }
  expect(pauses).toEqual([30, 60, 120, 240, 480, 960, 1920, 3840, 7680, 15360, 30720, 61440, 86400, 86400])
  for (let paid = 0; paid < 14; paid++) {
    const payment = signedPayment(later(300))
    await gate.complete(await admitted(gate, paying(payment.header)), OUTCOME)
    await journal.settled(ZERO_HASH, 1, [payment.paymentId])
  }
  expect(journal.standing(PAYER)).toEqual({ settled: 14n * PRICE, trust: 0n, strikes: 0, struckAt: 0 })
})

test('a payer who fails to pay while another request of theirs is looked at pays that one before its answer', async () => {
  const { gate, journal, chain } = await setUp()
  const first = signedPayment()
  await gate.complete(await admitted(gate, paying(first.header)), OUTCOME)
  let speak = () => {}
  chain.silent = new Promise((resolve) => {
    speak = resolve
  })
  const second = gate.admit(paying(signedPayment().header))
  await journal.close(first.paymentId, 'reverted', 'nonce cancelled', 'payer', NOW)
  speak()
  const admission = await second
  expect(admission.kind).toBe('run')
  expect(journal.exposures.settleFirst(PAYER)).toEqual({ open: PRICE, count: 1 })
  expect(journal.exposures.onCredit(PAYER).count).toBe(0)
})

const secret = bytesToHex(randomBytes(32))
const retry = { 'og-request-secret': secret }

test('who paid another price than is asked pays the right one with the same nonce and secret, so that the node can use one of both', async () => {
  const { gate } = await setUp()
  const nonce = `0x${'5a'.repeat(32)}` as const
  const secret = { 'og-request-secret': `0x${'5b'.repeat(32)}` }
  expect(refused(await gate.admit(paying(signedPayment({ value: PRICE - 1n, nonce }).header, secret))).json.code).toBe('PAYMENT_TOO_SMALL')
  const paid = signedPayment({ nonce })
  const { headers } = released(await gate.complete(await admitted(gate, paying(paid.header, secret)), OUTCOME))
  expect(decodeReceiptHeader(headers['og-receipt']!).receipt).toMatchObject({ price: PRICE, paymentId: paid.paymentId })
})

test('the same request again has the same answer, without paying again', async () => {
  const { gate, journal } = await setUp()
  const { headers } = released(await gate.complete(await admitted(gate, paying(signedPayment().header, retry)), OUTCOME))
  expect(headers['og-request-secret']).toBeUndefined()
  for (const again of [paying(signedPayment().header, retry), request({ headers: retry })]) {
    const admission = await gate.admit(again)
    expect(admission).toMatchObject({
      kind: 'reply',
      reply: { status: 200, headers: { ...OUTCOME.responseHeaders, 'og-receipt': headers['og-receipt'] } },
    })
    expect(admission.kind === 'reply' && Buffer.from(admission.reply.body).toString()).toBe('{"outputs":[]}')
  }
  expect(journal.queued().length).toBe(1)
})

test('the same id with another body is 409, before, while and after it runs', async () => {
  const { gate } = await setUp()
  const other = request({ body: Buffer.from('other'), headers: retry })
  const ticket = await admitted(gate, paying(signedPayment().header, retry))
  const during = refused(await gate.admit(other))
  await gate.complete(ticket, OUTCOME)
  const after = refused(await gate.admit(other))
  for (const { status, json } of [during, after]) expect([status, json.code]).toEqual([409, 'NODE_REQUEST_CONFLICT'])
})

test('the same request twice at once runs once; the second waits for the answer of the first', async () => {
  const { gate, journal } = await setUp()
  const ticket = await admitted(gate, paying(signedPayment().header, retry))
  const second = gate.admit(paying(signedPayment().header, retry))
  await gate.complete(ticket, OUTCOME)
  expect(await second).toMatchObject({ kind: 'reply', reply: { status: 200 } })
  expect(journal.queued().length).toBe(1)
})

test('when the first of two is refused, the second goes on with its own payment', async () => {
  const { gate } = await setUp()
  const [first, second] = await Promise.all([gate.admit(request({ headers: retry })), gate.admit(paying(signedPayment().header, retry))])
  expect(first.kind).toBe('reply')
  expect(second.kind).toBe('run')
})

test('an aborted request is never run again; its payment stays taken and its credit is free', async () => {
  const { gate, journal } = await setUp()
  const { header } = signedPayment()
  await gate.abort(await admitted(gate, paying(header, retry)), new Error('the engine died'))
  const again = refused(await gate.admit(paying(signedPayment().header, retry)))
  expect([again.status, again.json.code]).toEqual([410, 'NODE_REQUEST_ABORTED'])
  expect(again.json.error).toContain('the engine died')
  expect(refused(await gate.admit(paying(header))).json.code).toBe('PAYMENT_REPLAYED')
  expect(journal.exposures.onCredit(PAYER).count).toBe(0)
})

test('a node whose clock and chain disagree signs nothing, paid or free, and charges nothing', async () => {
  const { gate, clock, journal } = await setUp()
  const ticket = await admitted(gate, paying(signedPayment().header))
  for (const skew of [61, -61]) {
    clock.now = NOW + skew
    const { status, json } = refused(await gate.admit(paying(signedPayment({ validBefore: BigInt(clock.now + 300) }).header)))
    expect([status, json.code]).toEqual([503, 'NODE_CLOCK_SKEW'])
    await expect(gate.complete(ticket, OUTCOME)).rejects.toMatchObject({ code: 'NODE_CLOCK_SKEW' })
  }
  await gate.abort(ticket, new Error('skew'))
  expect(journal.queued()).toEqual([])
})

test('a node that is leaving or not bonded takes nothing', async () => {
  const { gate, chain, view } = await setUp()
  chain.unbondingAt = BigInt(NOW)
  await view.refreshOffers()
  expect(refused(await gate.admit(request())).json.code).toBe('NODE_NOT_ACTIVE')
  chain.unbondingAt = 0n
  chain.bond = 0n
  await view.refreshOffers()
  expect(refused(await gate.admit(request())).json.code).toBe('NODE_NOT_ACTIVE')
})

test('a node without the money for gas takes nothing that it could not settle: no answer is given away; what is free it answers', async () => {
  const { gate, chain, view, journal } = await setUp()
  chain.gasMoney = 0n
  expect((await gate.admit(paying(signedPayment().header))).kind).toBe('run')
  await view.refreshBalance()
  const payment = signedPayment()
  const { status, headers, json } = refused(await gate.admit(paying(payment.header)))
  expect([status, json.code, headers['retry-after']]).toEqual([503, 'NODE_BACKLOG', '60'])
  expect(journal.paymentTaken(payment.paymentId)).toBeUndefined()
  chain.gasMoney = 10n ** 18n
  await view.refreshBalance()
  expect(refused(await gate.admit(request())).status).toBe(402)
  chain.gasMoney = 0n
  chain.price = 0n
  await view.refreshBalance()
  await view.refreshOffers()
  expect((await gate.admit(request())).kind).toBe('run')
})

test('a payment that says what it is for is taken for that, and for nothing else', async () => {
  const { gate, journal } = await setUp()
  const own = randomBytes(32)
  const x = Uint8Array.of(1, 2)
  const paidFor = { modelId: MODEL, requestId: requestIdOf(own), x, salt: zkSaltOf(own) }
  const withNonce = (nonce: Hex, more: Parameters<typeof request>[0] = {}, secret: Uint8Array | null = own) =>
    request({
      level: 'zk',
      x,
      ...more,
      headers: { 'payment-signature': signedPayment({ nonce }).header, ...(secret && { 'og-request-secret': bytesToHex(secret) }) },
    })
  const others: AdmitRequest[] = [
    withNonce(zkNonce({ ...paidFor, x: Uint8Array.of(1, 3) })),
    withNonce(zkNonce({ ...paidFor, modelId: ZERO_HASH })),
    withNonce(zkNonce({ ...paidFor, requestId: ZERO_HASH })),
    withNonce(zkNonce({ ...paidFor, salt: ZERO_HASH })),
    withNonce(zkNonce(paidFor), {}, randomBytes(32)),
    withNonce(zkNonce(paidFor), {}, null),
    withNonce(zkNonce(paidFor), { level: 'signature' }),
    withNonce(zkNonce(paidFor), { x: Uint8Array.of(9) }),
  ]
  for (const [i, other] of others.entries()) {
    const { status, json } = refused(await gate.admit(other))
    expect([status, json.code], `${i}`).toEqual([402, 'PAYMENT_WRONG_REQUEST'])
  }
  expect(journal.exposures.onCredit(PAYER).count).toBe(0)
  const admission = await gate.admit(withNonce(zkNonce(paidFor)))
  const ctx = zkContext({ chainId: CHAIN_ID, requestId: paidFor.requestId, salt: paidFor.salt })
  expect(admission).toMatchObject({ kind: 'run', zk: { requestId: paidFor.requestId, ctx } })
})

test('a request secret that is not 32 bytes is refused', async () => {
  const { gate } = await setUp()
  const { status, json } = refused(await gate.admit(request({ headers: { 'og-request-secret': '0x12' } })))
  expect([status, json.code]).toEqual([400, 'REQUEST_SECRET_INVALID'])
})

test('a model whose offer was withdrawn, or never made, is not served, and not for free either', async () => {
  const { gate, chain, view } = await setUp()
  chain.active = false
  await view.refreshOffers()
  const { status, json } = refused(await gate.admit(request()))
  expect([status, json.code]).toEqual([404, 'MODEL_NOT_SERVED'])
})

test('a request whose price royalty and fee do not fit into is not served: its payment could never be settled', async () => {
  const { gate, view, chain, journal } = await setUp()
  view.watch(new Map([[MODEL, (PRICE * 98n) / 100n]]))
  await view.refreshOffers()
  const first = signedPayment()
  await gate.complete(await admitted(gate, paying(first.header)), OUTCOME)
  await journal.settled(ZERO_HASH, 1, [first.paymentId])
  chain.feeBps = 201
  await view.refreshOffers()
  const { status, json } = refused(await gate.admit(paying(signedPayment().header)))
  expect([status, json.code]).toEqual([404, 'MODEL_NOT_SERVED'])
  expect(journal.exposures.onCredit(PAYER).count).toBe(0)
  chain.price = 0n
  await view.refreshOffers()
  await gate.complete(await admitted(gate, request()), OUTCOME)
})

test('a payment at a price that changed meanwhile is refused with the new offer', async () => {
  const { gate, chain, view } = await setUp()
  const { header } = signedPayment()
  chain.price = PRICE + 7n
  await view.refreshOffers()
  const { headers, json } = refused(await gate.admit(paying(header)))
  expect(json.code).toBe('PAYMENT_TOO_SMALL')
  expect(decodePaymentRequiredHeader(headers['payment-required']!).accepts[0]?.amount).toBe('1007')
})

test('why a sealed request was given up is a code in the journal: a message could quote it', async () => {
  const { gate, journal } = await setUp()
  const sealed = {
    keyset: ZERO_HASH,
    requestHash: ZERO_HASH,
    sealedHash: bytesToHex(randomBytes(32)),
    responseHash: () => ZERO_HASH,
    seal: (body: Uint8Array) => body,
    sign: () => {
      throw new Error('nothing is signed')
    },
  }
  for (const [reason, kept] of [
    [new OgError('INPUT_UNKNOWN', 'The model has no input "my secret".'), 'INPUT_UNKNOWN'],
    [new Error('my secret'), 'the run failed'],
  ] as const) {
    const own = randomBytes(32)
    const asked = request({
      headers: { 'payment-signature': signedPayment().header, 'og-request-secret': bytesToHex(own) },
      level: 'tee',
      sealed: { ...sealed, requestId: requestIdOf(own) },
    })
    await gate.abort(await admitted(gate, asked), reason)
    expect(journal.find(requestIdOf(own))).toMatchObject({ state: 'aborted', reason: kept })
  }
})
