import { randomBytes } from 'node:crypto'
import { tillOf } from '@opengradient/contracts'
import {
  base64,
  bytesToHex,
  decodeReceiptHeader,
  encodeBundle,
  encodeExecution,
  executionHashOf,
  fromBase64,
  isOgError,
  type OgError,
  parseBundle,
  parseExecution,
  paymentIdOf,
  receiptHash,
  receiptToJson,
  responseHashOf,
  signDigest,
  type Verdict,
  ZERO_ADDRESS,
  ZERO_HASH,
} from '@opengradient/protocol'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { memoryBook, memoryLedger, type OpenGradient, opg } from '../src/node/index.ts'
import { authorise } from '../src/pay/authorise.ts'
import { type Lie, type Reply, resign } from './lyingNode.testkit.ts'
import { eventually, INPUT, NAME, PRICE, type Scene, startScene } from './scene.testkit.ts'

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

const refusal = (code: string, details: object = {}) =>
  expect.objectContaining({ name: 'OgError', code, details: expect.objectContaining(details) })
const isInfer = (path: string) => path.endsWith('/infer')
const onAnswer =
  (change: (reply: Reply) => unknown): Lie =>
  ({ request, reply }) => {
    if (isInfer(request.path) && reply.status === 200) change(reply)
  }
const signAgain = (reply: Reply, change: Parameters<typeof resign>[1]) => resign(reply, change, og.chain.domain, scene.receiptKey)
const ask = () => og.infer(NAME, { input: INPUT })

/** The codes of the checks that failed, once the answer was refused. */
async function refusedFor(lie: Lie): Promise<string[]> {
  scene.liar.lie = lie
  const error = await ask().then(
    () => undefined,
    (reason: OgError) => reason,
  )
  expect(error).toMatchObject({ name: 'OgError', code: 'VERIFICATION_FAILED' })
  const verdict = error?.details.verdict as Verdict
  expect(verdict.ok).toBe(false)
  return verdict.checks.flatMap(({ code }) => code ?? [])
}

/** Serves an execution record of its own and signs for it, as a node that knows what it does. */
function withExecution(
  change: (record: ReturnType<typeof parseExecution>) => object,
  receipt: (record: Uint8Array) => object = () => ({}),
): Lie {
  let record: Uint8Array | undefined
  return ({ request, reply }) => {
    if (request.path.endsWith('/execution') && record) reply.body = Buffer.from(record)
    if (!isInfer(request.path) || reply.status !== 200) return
    const honest = parseExecution(new Uint8Array(execution(reply)))
    record = encodeExecution({ ...honest, ...change(honest) } as typeof honest)
    signAgain(reply, { executionHash: executionHashOf(record), ...receipt(record) })
  }
}
let lastExecution: Buffer | undefined
/** The record that the honest node would serve: asked for once, kept for the lies, since only its hash changes from call to call. */
const execution = (_reply: Reply): Buffer => lastExecution as Buffer

beforeAll(async () => {
  scene.liar.lie = ({ request, reply }) => {
    if (request.path.endsWith('/execution')) lastExecution = reply.body
  }
  await ask()
})

test('an answer altered after it was signed', async () => {
  expect(
    await refusedFor(onAnswer((reply) => (reply.body[reply.body.length - 1] = (reply.body[reply.body.length - 1] as number) ^ 1))),
  ).toContain('RESPONSE_HASH_MISMATCH')
})

test('an answer of another model', async () => {
  expect(await refusedFor(onAnswer((reply) => signAgain(reply, { modelId: `0x${'11'.repeat(32)}` })))).toContain('MODEL_ID_MISMATCH')
})

test('an answer to another request', async () => {
  expect(await refusedFor(onAnswer((reply) => signAgain(reply, { requestHash: `0x${'22'.repeat(32)}` })))).toEqual(
    expect.arrayContaining(['REQUEST_UNEXPECTED']),
  )
})

test('an old answer, with its old receipt', async () => {
  let old: Reply | undefined
  scene.liar.lie = onAnswer((reply) => {
    old = structuredClone(reply)
  })
  await ask()
  const replay = onAnswer((reply) => Object.assign(reply, { headers: old?.headers, body: Buffer.from(old?.body as Buffer) }))
  expect(await refusedFor(replay)).toEqual(expect.arrayContaining(['REQUEST_NOT_FRESH', 'EXECUTION_HASH_MISMATCH']))
})

test('a price above the one that was authorised', async () => {
  expect(await refusedFor(onAnswer((reply) => signAgain(reply, { price: 2n * PRICE })))).toContain('PRICE_UNEXPECTED')
})

test('a price that is not the published rate, in receipt and record alike', async () => {
  const half = `${PRICE / 2n}`
  const cheaper = withExecution(
    ({ quote }) => ({ quote: quote.map((line) => ({ ...line, rate: half })) }),
    () => ({ price: PRICE / 2n }),
  )
  expect(await refusedFor(cheaper)).toContain('QUOTE_NOT_ON_CHAIN')
})

test('a receipt of a free answer for one that was paid: the payment would be good for a receipt about anything', async () => {
  const free = withExecution(
    () => ({ quote: [] }),
    () => ({ price: 0n, paymentId: ZERO_HASH, payer: ZERO_ADDRESS }),
  )
  expect(await refusedFor(free)).toContain('PAYMENT_MISMATCH')
})

test('an execution record that names other files, and one that was dropped a parameter', async () => {
  const files = withExecution(({ model }) => ({
    model: { ...model, files: model.files.map((file) => ({ ...file, sha256: `0x${'33'.repeat(32)}` })) },
  }))
  expect(await refusedFor(files)).toContain('FILES_MISMATCH')
  expect(await refusedFor(withExecution(() => ({ dropped: ['temperature'] })))).toContain('PARAMETERS_DROPPED')
})

test('an execution record altered after it was signed', async () => {
  const lie: Lie = ({ request, reply }) => {
    if (request.path.endsWith('/execution')) reply.body = Buffer.from(`${reply.body} `)
  }
  expect(await refusedFor(lie)).toContain('EXECUTION_HASH_MISMATCH')
})

test('a receipt of another node, of a key that nobody registered, of another chain, and one dated two hours back', async () => {
  expect(await refusedFor(onAnswer((reply) => signAgain(reply, { node: `0x${'44'.repeat(20)}` })))).toContain('NODE_MISMATCH')
  expect(await refusedFor(onAnswer((reply) => resign(reply, {}, og.chain.domain, new Uint8Array(32).fill(5))))).toContain('KEY_NOT_LIVE')
  expect(await refusedFor(onAnswer((reply) => resign(reply, {}, { ...og.chain.domain, chainId: 1n }, scene.receiptKey)))).toContain(
    'KEY_NOT_LIVE',
  )
  expect(await refusedFor(onAnswer((reply) => signAgain(reply, { issuedAt: BigInt(Math.floor(Date.now() / 1000) - 7200) })))).toContain(
    'RECEIPT_STALE',
  )
})

test('a level that was not reached', async () => {
  const keyset = { proofRef: `0x${'ab'.repeat(32)}` } as const
  // Receipts of level tee are about sealed requests only: without the salts nothing in them is bound to this one.
  expect(await refusedFor(onAnswer((reply) => signAgain(reply, { level: 1, ...keyset })))).toContain('ABSENT')
  expect(await refusedFor(onAnswer((reply) => signAgain(reply, { level: 129, ...keyset })))).toContain('LEVEL_DEVELOPMENT')
})

test.each<[string, (reply: Reply) => unknown, string]>([
  ['no receipt', (reply) => delete reply.headers['og-receipt'], 'RECEIPT_MISSING'],
  ['a cut receipt', (reply) => Object.assign(reply.headers, { 'og-receipt': reply.headers['og-receipt']?.slice(4) }), 'RECEIPT_MALFORMED'],
  [
    'a receipt of a later version',
    (reply) => Object.assign(reply.headers, { 'og-receipt': `Ag${reply.headers['og-receipt']?.slice(2)}` }),
    'RECEIPT_VERSION',
  ],
])('%s', async (_what, change, code) => {
  scene.liar.lie = onAnswer(change)
  const book = memoryBook()
  const careful = await scene.connect({ book })
  const error = await careful.infer(NAME, { input: INPUT }).catch((reason: unknown) => reason)
  expect(error).toMatchObject({ code: 'VERIFICATION_FAILED', cause: { code } })
  expect((await book.list())[0]).toMatchObject({ state: 'refused' })
})

test('an answer that is properly signed and is not what the manifest declares', async () => {
  const renamed = onAnswer((reply) => {
    const body = Buffer.from(reply.body.toString('latin1').replace('"output"', '"outpux"'), 'latin1')
    reply.body = body
    signAgain(reply, { responseHash: responseHashOf(body) })
  })
  scene.liar.lie = renamed
  const book = memoryBook()
  const careful = await scene.connect({ book })
  const error = await careful.infer(NAME, { input: INPUT }).catch((reason: unknown) => reason)
  expect(error).toMatchObject({ code: 'VERIFICATION_FAILED', cause: { code: 'NODE_RESPONSE_INVALID' } })
  const [entry] = await book.list()
  expect(entry).toMatchObject({ state: 'refused', code: 'NODE_RESPONSE_INVALID' })
  scene.liar.lie = undefined
  await expect(careful.recover(entry!.requestId)).rejects.toThrow(refusal('NODE_SIGNED_TWICE'))
  expect(await book.get(entry!.requestId)).toMatchObject({ state: 'refused', bundle: { receipt: { price: PRICE } } })
})

test('what was refused is kept as proof of the lie', async () => {
  const book = memoryBook()
  const careful = await scene.connect({ book })
  scene.liar.lie = onAnswer((reply) => signAgain(reply, { price: 2n * PRICE }))
  const error = (await careful.infer(NAME, { input: INPUT }).catch((reason: unknown) => reason)) as OgError
  const kept = await book.get(error.details.requestId as `0x${string}`)
  expect(kept).toMatchObject({ state: 'refused', code: 'VERIFICATION_FAILED', bundle: { receipt: { price: 2n * PRICE } } })
})

/** Asks, is refused, and gives the book and what the request is known by. */
async function refusedOnce(lie: Lie) {
  const book = memoryBook()
  const ledger = memoryLedger()
  const careful = await scene.connect({ book, ledger })
  scene.liar.lie = lie
  const error = (await careful.infer(NAME, { input: INPUT }).catch((reason: unknown) => reason)) as OgError
  expect(error).toMatchObject({ code: 'VERIFICATION_FAILED' })
  scene.liar.lie = undefined
  return { book, careful, requestId: error.details.requestId as `0x${string}` }
}

test.each<[string, Lie]>([
  ['the answer', onAnswer((reply) => (reply.body[reply.body.length - 1] = (reply.body[reply.body.length - 1] as number) ^ 1))],
  ['the receipt', onAnswer((reply) => resign(reply, { price: 2n * PRICE }, og.chain.domain, new Uint8Array(32).fill(5)))],
])('%s that was altered on its way by another than the node is refused, and the one that was paid for can be had', async (_what, lie) => {
  const { book, careful, requestId } = await refusedOnce(lie)
  const { receipt, bundle, outputs } = await careful.recover(requestId)
  expect([receipt.price, Object.keys(outputs)]).toEqual([PRICE, ['output']])
  expect(parseBundle(encodeBundle(bundle)).request?.body.length).toBeGreaterThan(0)
  expect(await book.get(requestId)).toMatchObject({ state: 'answered', bundle: { receipt: { price: PRICE } } })
  expect((await careful.wallet.balance()).spentToday).toBe(PRICE)
})

test('a second receipt that the node answers for stays as it is, and recover gives both, which cost the node its bond', async () => {
  const { book, careful, requestId } = await refusedOnce(onAnswer((reply) => signAgain(reply, { price: 2n * PRICE })))
  const kept = await book.get(requestId)
  const first = { receipt: kept!.bundle!.receipt, signature: kept!.bundle!.signature }
  const second = { receipt: { ...first.receipt, price: PRICE }, signature: expect.stringMatching(/^0x/) }
  await expect(careful.recover(requestId)).rejects.toThrow(refusal('NODE_SIGNED_TWICE', { first, second }))
  expect((await book.get(requestId))?.bundle?.receipt).toEqual(kept?.bundle?.receipt)
})

test('an answer that was refused stays refused while its node gives no other', async () => {
  const { book, careful, requestId } = await refusedOnce(
    onAnswer((reply) => (reply.body[reply.body.length - 1] = (reply.body[reply.body.length - 1] as number) ^ 1)),
  )
  scene.liar.lie = ({ request, reply }) => {
    if (request.path.includes('/v1/receipts/')) Object.assign(reply, { status: 503, body: Buffer.from('{}') })
  }
  await expect(careful.recover(requestId)).rejects.toThrow(refusal('VERIFICATION_FAILED'))
  expect(await book.get(requestId)).toMatchObject({ state: 'refused', bundle: { receipt: { price: PRICE } } })
})

const demand =
  (change: (offer: Record<string, unknown>) => object): Lie =>
  ({ request, reply }) => {
    if (!isInfer(request.path)) return
    const offer = {
      scheme: 'exact',
      network: `eip155:${scene.net.network.chainId}`,
      amount: `${PRICE}`,
      asset: WOPG,
      payTo: tillOf(scene.node),
      maxTimeoutSeconds: 300,
      extra: {},
    }
    const required = { x402Version: 2, accepts: [{ ...offer, ...change(offer) }] }
    const headers = { 'content-type': 'application/json', 'payment-required': base64(Buffer.from(JSON.stringify(required))) }
    Object.assign(reply, { status: 402, headers, body: Buffer.from(JSON.stringify({ error: 'pay me', code: 'PAYMENT_REQUIRED' })) })
  }
const WOPG = '0x4f47000000000000000000000000000000000006'

test.each<[string, object, string]>([
  ['another token', { asset: `0x${'55'.repeat(20)}` }, 'asset'],
  ['another chain', { network: 'eip155:1' }, 'network'],
  ['another payee', { payTo: `0x${'66'.repeat(20)}` }, 'payTo'],
  ['a till that is not its own', { payTo: tillOf(`0x${'77'.repeat(20)}`) }, 'payTo'],
  ['more than the chain says', { amount: `${2n * PRICE}` }, 'amount'],
  ['another scheme', { scheme: 'upto' }, 'scheme'],
])('a 402 that asks for %s: nothing more is signed', async (_what, change, field) => {
  const ledger = memoryLedger()
  const careful = await scene.connect({ ledger })
  scene.liar.lie = demand(() => change)
  await expect(careful.infer(NAME, { input: INPUT })).rejects.toThrow(refusal('POLICY_SIGNING_REFUSED', { field }))
  expect((await careful.wallet.balance()).spentToday).toBe(PRICE)
})

test('a 402 that asks for the very payment it was given does not get another one', async () => {
  const careful = await scene.connect()
  scene.liar.lie = demand(() => ({}))
  const error = (await careful.infer(NAME, { input: INPUT }).catch((reason: unknown) => reason)) as OgError
  const [entry] = await careful.receipts.list()
  expect(error).toMatchObject({ code: 'PAYMENT_REQUIRED', details: { voidAt: entry!.at + 600 } })
  expect(error.message).toMatch(/pay me\. The node could use what was signed for it until 20.*counts in the budget of the day/)
  expect((await careful.wallet.balance()).spentToday).toBe(PRICE)
})

test('a 402 that wants one price, then the one of an hour ago, then the first again is not followed in a circle', async () => {
  const careful = await scene.connect()
  let asked = 0
  scene.liar.lie = demand(() => ({ amount: asked++ % 2 === 0 ? '0' : `${PRICE}` }))
  await expect(careful.infer(NAME, { input: INPUT })).rejects.toThrow(refusal('PAYMENT_REQUIRED'))
  expect(asked).toBe(2)
  expect((await careful.wallet.balance()).spentToday).toBe(PRICE)
})

test('a node that disappears mid-answer and comes back gives the same answer again, charged once', async () => {
  const payer = await scene.connect({ account: scene.net.accountOf(5) })
  await payer.wallet.wrap(opg('1'))
  let times = 0
  scene.liar.lie = ({ request }) => (isInfer(request.path) && times++ === 0 ? 'hang up halfway' : undefined)
  const { receipt, requestId, verdict } = await payer.infer(NAME, { input: INPUT })
  expect([times, verdict.ok, receipt.price]).toEqual([2, true, PRICE])
  await eventually(async () => (await payer.receipts.get(requestId))?.settledFor, 'settled')
  expect((await payer.wallet.balance()).wopg).toBe(opg('1') - PRICE)
})

test('a node that disappears for longer leaves the outcome unknown, says how to ask again, and recover never pays twice', async () => {
  const book = memoryBook()
  const careful = await scene.connect({ book, account: scene.net.accountOf(6) })
  await careful.wallet.wrap(opg('1'))
  scene.liar.lie = ({ request }) => (isInfer(request.path) ? 'hang up halfway' : undefined)
  const error = (await careful.infer(NAME, { input: INPUT }).catch((reason: unknown) => reason)) as OgError
  expect(error).toMatchObject({ code: 'NODE_UNREACHABLE', details: { requestId: expect.stringMatching(/^0x[0-9a-f]{64}$/) } })
  const requestId = error.details.requestId as `0x${string}`
  expect(error.message).toContain(`og.recover('${requestId}')`)
  expect(await book.get(requestId)).toMatchObject({ state: 'sent' })
  scene.liar.lie = undefined
  const { outputs, verdict } = await careful.recover(requestId)
  expect([outputs.output?.shape, verdict.ok]).toEqual([[1, 1], true])
  expect(await book.get(requestId)).toMatchObject({ state: 'answered' })
  await eventually(async () => (await careful.receipts.get(requestId))?.settledFor, 'settled')
  expect(await careful.wallet.balance()).toMatchObject({ wopg: opg('1') - PRICE, spentToday: PRICE })
})

test('a recovered answer is verified like any other', async () => {
  const careful = await scene.connect()
  scene.liar.lie = ({ request }) => (isInfer(request.path) ? 'hang up' : undefined)
  const { details } = (await careful.infer(NAME, { input: INPUT }).catch((reason: unknown) => reason)) as OgError
  scene.liar.lie = ({ request, reply }) => {
    if (request.path.endsWith('/bundle')) {
      const bundle = JSON.parse(reply.body.toString()) as { response: { body: string } }
      const body = fromBase64(bundle.response.body, 'body')
      body[body.length - 1] = (body.at(-1) as number) ^ 1
      bundle.response.body = base64(body)
      reply.body = Buffer.from(JSON.stringify(bundle))
    }
  }
  const error = (await careful.recover(details.requestId as `0x${string}`).catch((reason: unknown) => reason)) as OgError
  expect(error.code).toBe('VERIFICATION_FAILED')
  await expect(careful.recover(`0x${'88'.repeat(32)}`)).rejects.toThrow(refusal('NODE_REQUEST_UNKNOWN'))
})

const denied: Lie = ({ request, reply }) => {
  if (request.path.includes('/v1/receipts/'))
    Object.assign(reply, { status: 404, body: Buffer.from(JSON.stringify({ code: 'NODE_REQUEST_UNKNOWN', error: 'never heard of it' })) })
}
const lost: Lie = (exchange) => (isInfer(exchange.request.path) ? 'hang up' : denied(exchange))

test('a node that denies a request whose payment it settled is not believed: the error says for what it was paid', async () => {
  const book = memoryBook()
  const careful = await scene.connect({ book })
  scene.liar.lie = lost
  const { details } = (await careful.infer(NAME, { input: INPUT }).catch((reason: unknown) => reason)) as OgError
  const requestId = details.requestId as `0x${string}`
  const settledFor = await eventually(async () => (await careful.receipts.get(requestId))?.settledFor, 'settled')
  for (const asking of [() => careful.recover(requestId), () => careful.bundle(requestId)]) {
    const error = (await asking().catch((reason: unknown) => reason)) as OgError
    expect(error).toMatchObject({ code: 'NODE_REQUEST_UNKNOWN', details: { requestId, settledFor } })
    expect(error.message).toMatch(/never heard of it.*payment is settled all the same.*og\.recover\('0x/)
    expect(error.message).not.toMatch(/othing was paid|og\.infer/)
  }
  expect(await book.get(requestId)).toMatchObject({ state: 'sent' })
})

/** A request that its node never saw, since it went to nobody. */
async function vanished(free: boolean) {
  const book = memoryBook()
  const careful = await scene.connect({ book })
  scene.liar.lie = lost
  const real = scene.liar.target
  scene.liar.target = scene.store.url
  const { details } = (await careful.infer(NAME, { input: INPUT }).catch((reason: unknown) => reason)) as OgError
  scene.liar.target = real
  const requestId = details.requestId as `0x${string}`
  const { paymentId, ...entry } = (await book.get(requestId))!
  if (free) await book.put({ ...entry, price: 0n })
  return { book, careful, requestId, paymentId: paymentId! }
}

test('of a request that its node denies nothing is said to be over while its authorisation can be used; then that it is, and the book has it as refused', async () => {
  const { book, careful, requestId } = await vanished(false)
  const recovering = () => careful.recover(requestId).catch((reason: unknown) => reason) as Promise<OgError>
  const entry = (await book.get(requestId))!
  const until = new Date((entry.at + 600) * 1000).toISOString()
  const open = await recovering()
  expect(open).toMatchObject({ code: 'NODE_REQUEST_UNKNOWN', details: { requestId, voidAt: entry.at + 600 } })
  expect(open.message).toContain(
    `What was signed for it can be used until ${until}: og.recover('${requestId}') asks again; og.infer asks anew, and before then both`,
  )
  expect(await book.get(requestId)).toMatchObject({ state: 'sent' })
  const time = Number(scene.net.chain.head().block.header.timestamp)
  await book.put({ ...entry, at: time - 590 })
  expect((await recovering()).message).toContain('both could be charged')
  await book.put({ ...entry, at: time - 600 })
  scene.liar.lie = () => 'hang up'
  const unreachable = await recovering()
  expect([unreachable.code, (await book.get(requestId))?.state]).toEqual(['NODE_UNREACHABLE', 'sent'])
  expect(unreachable.message).toMatch(/Nothing was paid for it, and nothing can be.*og\.infer asks anew/)
  scene.liar.lie = denied
  expect((await recovering()).message).toMatch(
    /Nothing was paid for it, and nothing can be: its payment is not settled in block \d+.*og\.infer asks anew/,
  )
  expect(await book.get(requestId)).toMatchObject({ state: 'refused', code: 'NODE_REQUEST_UNKNOWN' })
})

test('of a free request that its node denies nothing can be paid; of one whose payment an old book does not name nothing is said', async () => {
  const { careful, requestId } = await vanished(true)
  const { book: before, careful: older, requestId: unnamed } = await vanished(false)
  const { paymentId: _, ...entry } = (await before.get(unnamed))!
  await before.put(entry)
  await expect(older.recover(unnamed)).rejects.toThrow(expect.objectContaining({ message: expect.stringMatching(/never heard of it$/) }))
  await expect(careful.recover(requestId)).rejects.toThrow(/It was free, so nothing is paid for it: og\.infer asks anew/)
})

test('a node that settles a payment, says that it wants none, and gives no answer is told of as paid', async () => {
  const book = memoryBook()
  const careful = await scene.connect({ book })
  const free = demand(() => ({ amount: '0' }))
  let asked = 0
  scene.liar.lie = (exchange) => {
    if (isInfer(exchange.request.path) && asked++ > 0) return 'hang up'
    denied(exchange)
    return free(exchange)
  }
  const { details } = (await careful.infer(NAME, { input: INPUT }).catch((reason: unknown) => reason)) as OgError
  const requestId = details.requestId as `0x${string}`
  const entry = await book.get(requestId)
  expect(entry).toMatchObject({ price: 0n, earlier: [expect.stringMatching(/^0x/)] })
  await eventually(async () => og.chain.settled(entry!.earlier![0]!), 'settled')
  await expect(careful.recover(requestId)).rejects.toThrow(/payment is settled all the same/)
})

test('a recovered answer has to be the one that was paid for, not one that its node paid for itself', async () => {
  const careful = await scene.connect()
  scene.liar.lie = ({ request }) => (isInfer(request.path) ? 'hang up' : undefined)
  const { details } = (await careful.infer(NAME, { input: INPUT }).catch((reason: unknown) => reason)) as OgError
  const requestId = details.requestId as `0x${string}`
  const { network } = scene.net
  const now = Date.now() / 1000
  const own = {
    account: scene.net.accountOf(7),
    chainId: network.chainId,
    node: scene.node,
    amount: PRICE,
    now,
    nonce: bytesToHex(randomBytes(32)),
  }
  const payment = await authorise(own)
  scene.liar.lie = ({ request, reply }) => {
    if (!request.path.endsWith('/bundle') || reply.status !== 200) return
    const bundle = parseBundle(new Uint8Array(reply.body))
    const receipt = { ...bundle.receipt, payer: payment.payer, paymentId: paymentIdOf(payment) }
    const signature = signDigest(receiptHash(receipt, og.chain.domain), scene.receiptKey)
    reply.body = Buffer.from(encodeBundle({ ...bundle, receipt, signature, payment }))
  }
  await expect(careful.bundle(requestId)).rejects.toThrow(refusal('VERIFICATION_FAILED', { requestId }))
  await expect(careful.recover(requestId)).rejects.toThrow(refusal('VERIFICATION_FAILED', { requestId }))
  expect(await careful.receipts.get(requestId)).toMatchObject({ state: 'refused', code: 'PAYMENT_MISMATCH' })
})

test('a silent node ends at the time limit, a leaving caller at once', async () => {
  scene.liar.lie = ({ request }) => (isInfer(request.path) ? 'be silent' : undefined)
  const started = performance.now()
  await expect(og.infer(NAME, { input: INPUT }, { timeoutMs: 1500 })).rejects.toThrow(refusal('NODE_UNREACHABLE'))
  await expect(og.infer(NAME, { input: INPUT }, { signal: AbortSignal.timeout(300) })).rejects.toThrow()
  expect(performance.now() - started).toBeLessThan(40_000)
})

test('a redirect is not followed', async () => {
  scene.liar.lie = ({ request, reply }) => {
    if (isInfer(request.path)) Object.assign(reply, { status: 307, headers: { location: 'http://169.254.169.254/' } })
  }
  await expect(ask()).rejects.toThrow(refusal('NODE_RESPONSE_INVALID'))
})

test.each<[string, Lie]>([
  [
    'a gateway before the node that gives up',
    ({ request, reply }) => {
      if (isInfer(request.path))
        Object.assign(reply, { status: 502, headers: { 'content-type': 'text/html' }, body: Buffer.from('<h1>Bad') })
    },
  ],
  [
    'a redirect',
    ({ request, reply }) => {
      if (isInfer(request.path)) Object.assign(reply, { status: 302, headers: { location: 'https://example.com' } })
    },
  ],
])('after %s nobody knows whether the request was run: it is not said to be refused, and its answer can be had', async (_what, lie) => {
  scene.liar.lie = lie
  const book = memoryBook()
  const careful = await scene.connect({ book })
  const error = await careful.infer(NAME, { input: INPUT }).catch((reason: unknown) => reason)
  expect(error).toMatchObject({ code: 'NODE_RESPONSE_INVALID', message: expect.stringContaining('og.recover(') })
  const [entry] = await book.list()
  expect(entry).toMatchObject({ state: 'sent' })
  scene.liar.lie = undefined
  expect(await careful.recover(entry!.requestId)).toMatchObject({ receipt: { price: PRICE } })
  expect(await book.get(entry!.requestId)).toMatchObject({ state: 'answered' })
})

test("a refusal in a node's words is shown as its words, without control characters", async () => {
  scene.liar.lie = ({ request, reply }) => {
    if (isInfer(request.path))
      Object.assign(reply, {
        status: 500,
        body: Buffer.from(JSON.stringify({ error: `\u001b[2Jhacked\n${'x'.repeat(5000)}`, code: 'ENGINE_FAILED' })),
      })
  }
  const error = (await ask().catch((reason: unknown) => reason)) as OgError
  expect(error.code).toBe('ENGINE_FAILED')
  expect(error.message).not.toMatch(/\p{Cc}/u)
  expect(error.message.length).toBeLessThan(500)
})

test('a node that signs twice for one payment is caught with both receipts in hand', async () => {
  const { requestId, receipt } = await ask()
  scene.liar.lie = ({ request, reply }) => {
    if (request.path !== `/v1/receipts/${requestId}`) return
    const second = { ...receipt, responseHash: `0x${'99'.repeat(32)}` as const }
    const signature = signDigest(receiptHash(second, og.chain.domain), scene.receiptKey)
    reply.body = Buffer.from(JSON.stringify({ receipt: receiptToJson(second), signature }))
  }
  const error = (await og.bundle(requestId).catch((reason: unknown) => reason)) as OgError
  expect(isOgError(error, 'NODE_SIGNED_TWICE')).toBe(true)
  expect(error.details).toMatchObject({ node: scene.node, first: { receipt }, second: { receipt: { paymentId: receipt.paymentId } } })
})

test('a node that settles another receipt than the one it gave is caught by the chain', async () => {
  let given: string | undefined
  scene.liar.lie = onAnswer((reply) => {
    given = reply.headers['og-receipt']
    signAgain(reply, { proofRef: `0x${'00'.repeat(32)}`, issuedAt: decodeReceiptHeader(given as string).receipt.issuedAt + 1n })
  })
  const { requestId, receipt } = await ask()
  scene.liar.lie = ({ request, reply }) => {
    if (request.path.startsWith('/v1/receipts/')) Object.assign(reply, { status: 404, body: Buffer.from('{}') })
  }
  await eventually(async () => (await og.chain.settled(receipt.paymentId)) !== undefined, 'settled')
  const settled = decodeReceiptHeader(given as string)
  const error = (await og.bundle(requestId).catch((reason: unknown) => reason)) as OgError
  expect(error).toMatchObject({ code: 'NODE_SIGNED_TWICE', message: expect.stringContaining('settled another receipt') })
  expect(error.details).toMatchObject({ node: scene.node, first: { receipt }, second: settled })
})

test('secrets and keys are in no error', async () => {
  const errors: unknown[] = []
  const lies: Lie[] = [
    onAnswer((reply) => delete reply.headers['og-receipt']),
    demand(() => ({ amount: '1' })),
    ({ request }) => (isInfer(request.path) ? 'hang up' : undefined),
    onAnswer((reply) => signAgain(reply, { price: opg('5') })),
  ]
  const book = memoryBook()
  const careful = await scene.connect({ book })
  for (const lie of lies) {
    scene.liar.lie = lie
    errors.push(await careful.infer(NAME, { input: INPUT }).catch((reason: unknown) => reason))
  }
  const secrets = (await book.list()).map(({ secret }) => secret.slice(2))
  expect(secrets.length).toBe(4)
  const chain = (error: unknown): string =>
    error instanceof Error ? `${error.message} ${error.stack} ${JSON.stringify(error)} ${chain(error.cause)}` : ''
  for (const error of errors) for (const secret of secrets) expect(chain(error)).not.toContain(secret)
})
