import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { ADDRESSES, attestationsAbi, tillOf } from '@opengradient/contracts'
import {
  bytesToHex,
  DEV_ACCOUNTS,
  decodeReceiptHeader,
  type Hex,
  parseExecution,
  receiptHash,
  recoverAddress,
  reportDataOf,
  requestHashOf,
  responseHashOf,
  sha256Hex,
} from '@opengradient/protocol'
import { RequestSealer, SEAL_HEADER } from '@opengradient/protocol/seal'
import { decodePaymentRequiredHeader } from '@x402/core/http'
import { encodeFunctionData } from 'viem'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { InferenceNode } from '../src/config.ts'
import { type InferenceNodeDeps, startInferenceNode } from '../src/node.ts'
import { type Ask, ask, earnCredit, handPayment, newAsk } from './caller.testkit.ts'
import { eventually, OPG, startTestNetwork, type TestNetwork, VOLATILITY } from './network.testkit.ts'
import { opened, type SealedAsk, type ShownKeyset, sealAsk, shownKeyset, tell, testAttestation, testAttester } from './tee.testkit.ts'

let net: TestNetwork
let node: InferenceNode
let modelId: Hex
const NAME = 'og/volatility'
const PRICE = OPG / 1000n
const USER = DEV_ACCOUNTS.user
const LONG = 300_000

beforeAll(async () => {
  net = await startTestNetwork(undefined, testAttestation())
  modelId = await net.publish(VOLATILITY, NAME)
  await net.writer(USER).wrap(10n * OPG)
  node = await startInferenceNode(net.nodeConfig({ price: PRICE }), { attester: async () => testAttester(), now: net.now })
  await earnCredit(node.url, NAME, () => pay(), 32)
})

afterAll(async () => {
  await node?.close()
  await net?.close()
})

/** A further node, of the operator with this number, closed with the test. */
async function another(number: number, deps: InferenceNodeDeps = { attester: async () => testAttester() }) {
  const accountKey = net.account(number).privateKey
  const receiptKey = net.account(100 + number).privateKey
  const config = net.nodeConfig({ dataDir: join(net.dir, `node${number}`), accountKey, receiptKey, price: PRICE })
  const started = await startInferenceNode(config, { now: net.now, ...deps })
  onTestFinished(() => started.close(2000))
  return started
}

/** The keyset of a node, once it has one that is not `old`. */
async function keysetOf(url = node.url, old?: Hex): Promise<ShownKeyset> {
  let shown: ShownKeyset | undefined
  const isThere = async () => {
    shown = await shownKeyset(url)
    return shown !== undefined && shown.digest !== old
  }
  await eventually(isThere, 'a keyset is registered', LONG)
  return shown!
}

const pay = (to: Hex = node.address) => handPayment(net, net.account(USER), tillOf(to), PRICE)
const stateOf = async (url: string, { requestId }: Ask) =>
  ((await (await fetch(`${url}/v1/receipts/${requestId}`)).json()) as { state: string }).state
const codeOf = (bytes: Uint8Array) => (JSON.parse(Buffer.from(bytes).toString()) as { code: string }).code
/** Status and code of a refusal, which must have come in the clear: the seal was not opened. */
async function refusal(url: string, sent: SealedAsk) {
  const { status, headers, bytes } = await tell(url, sent)
  expect(headers.get(SEAL_HEADER)).toBeNull()
  return [status, codeOf(bytes)]
}
const withHeaders = (sent: SealedAsk, change: Record<string, string | undefined>): SealedAsk => {
  const headers = Object.entries({ ...sent.headers, ...change }).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return { ...sent, headers: Object.fromEntries(headers) }
}
const withBody = (sent: SealedAsk, body: Uint8Array): SealedAsk => ({ ...sent, sealed: { ...sent.sealed, body } })

describe('a sealed request', () => {
  test('is answered inside, sealed, with a receipt that the keyset signed, and its payment is settled', { timeout: LONG }, async () => {
    const shown = await keysetOf()
    const asked = newAsk()
    const payment = pay()
    const sent = await sealAsk(shown, modelId, asked, payment)
    const told = await tell(node.url, sent)
    expect([told.status, told.headers.get('og-seal'), told.headers.get('content-type')]).toEqual([200, 'v1', 'application/json'])
    const { body, execution } = await opened(sent, told.bytes)
    expect(JSON.parse(body.toString()).outputs[0].data).toHaveLength(1)
    const { receipt, signature } = decodeReceiptHeader(told.headers.get('og-receipt')!)
    const { requestSalt, responseSalt } = sent.sealed.salts
    const plain = { method: 'POST', path: sent.path, contentType: 'application/json', body: Buffer.from(asked.body) }
    expect(receipt).toMatchObject({
      level: 129,
      proofRef: shown.digest,
      paymentId: payment.paymentId,
      requestHash: requestHashOf(plain, requestSalt),
      responseHash: responseHashOf(body, responseSalt),
      executionHash: sha256Hex(execution),
    })
    expect(recoverAddress(receiptHash(receipt, net.client.domain), signature)).toBe(shown.keyset.sign)
    expect(parseExecution(execution)).toMatchObject({
      endpoint: sent.path,
      usage: [{ unit: 'request' }, { units: `${asked.body.length}` }],
    })
    await eventually(async () => (await stateOf(node.url, asked)) === 'settled', 'settled')
  })

  test('sent again gives the same sealed bytes, and is charged once', async () => {
    const sent = await sealAsk(await keysetOf(), modelId, newAsk(1), pay())
    const [first, second] = [await tell(node.url, sent), await tell(node.url, sent)]
    expect(Buffer.from(second.bytes)).toEqual(Buffer.from(first.bytes))
    expect(second.headers.get('og-receipt')).toBe(first.headers.get('og-receipt'))
  })

  test('sealed anew with the secret of an answered one is refused: one secret, one request', async () => {
    const shown = await keysetOf()
    const asked = newAsk(2)
    expect((await tell(node.url, await sealAsk(shown, modelId, asked, pay()))).status).toBe(200)
    expect(await refusal(node.url, await sealAsk(shown, modelId, asked, pay()))).toEqual([409, 'NODE_REQUEST_CONFLICT'])
  })

  test('without a payment is told the price, and that the node offers this level; the same secret then pays', async () => {
    const shown = await keysetOf()
    const asked = newAsk(3)
    const told = await tell(node.url, await sealAsk(shown, modelId, asked))
    expect([told.status, codeOf(told.bytes)]).toEqual([402, 'PAYMENT_REQUIRED'])
    const { extensions } = decodePaymentRequiredHeader(told.headers.get('payment-required')!)
    expect(extensions).toMatchObject({ 'verifiable-inference': { info: { levels: ['signature', 'development'] } } })
    expect((await tell(node.url, await sealAsk(shown, modelId, asked, pay()))).status).toBe(200)
  })

  test('of several frames whose order a proxy changes, or whose end it cuts off, does not open', async () => {
    const rows = 6_000
    const data = Array.from({ length: 16 * rows }, (_, i) => (i % 7) / 8)
    const asked = { ...newAsk(), body: JSON.stringify({ inputs: [{ name: 'input', shape: [rows, 16], datatype: 'FP32', data }] }) }
    const sent = await sealAsk(await keysetOf(), modelId, asked, pay())
    const { bytes } = await tell(node.url, sent)
    const frames: Uint8Array[] = []
    const view = new DataView(bytes.buffer, bytes.byteOffset)
    for (let at = 32; at < bytes.length; ) {
      const end = at + 4 + (view.getUint32(at) & 0x7fff_ffff)
      frames.push(bytes.subarray(at, end))
      at = end
    }
    expect(frames.length).toBeGreaterThan(1)
    expect(JSON.parse((await opened(sent, bytes)).body.toString()).outputs[0].data).toHaveLength(rows)
    const [nonce, first, second, ...rest] = [bytes.subarray(0, 32), ...frames] as [Uint8Array, Uint8Array, Uint8Array]
    await expect(sent.sealed.open(Buffer.concat([nonce, second, first, ...rest]))).rejects.toMatchObject({ code: 'CHANNEL_MISMATCH' })
    await expect(sent.sealed.open(bytes.subarray(0, bytes.length - frames.at(-1)!.length))).rejects.toMatchObject({
      code: 'CHANNEL_TRUNCATED',
    })
    await expect(sent.sealed.open(bytes.subarray(0, bytes.length - 1))).rejects.toMatchObject({ code: 'CHANNEL_TRUNCATED' })
  })
})

describe('a host between caller and enclave is refused, and takes no payment,', () => {
  const attacks: [string, (sent: SealedAsk) => SealedAsk | Promise<SealedAsk>, number, string][] = [
    ['when it strips the seal', (sent) => withHeaders(sent, { 'og-seal': undefined }), 400, 'CHANNEL_REQUIRED'],
    ['when it asks for another level', (sent) => withHeaders(sent, { 'og-level': 'signature' }), 400, 'CHANNEL_REQUIRED'],
    ['when it strips seal and level', (sent) => withHeaders(sent, { 'og-seal': undefined, 'og-level': undefined }), 400, 'JSON_'],
    ['when it claims hardware', (sent) => withHeaders(sent, { 'og-level': 'tee' }), 400, 'NODE_LEVEL_NOT_OFFERED'],
    ['when it takes the secret away', (sent) => withHeaders(sent, { 'og-request-secret': undefined }), 400, 'REQUEST_SECRET_INVALID'],
    [
      'when it replays the body as another request',
      (sent) => withHeaders(sent, { 'og-request-secret': bytesToHex(randomBytes(32)) }),
      400,
      'CHANNEL_MISMATCH',
    ],
    [
      'when it replays the body with another payment',
      (sent) => withHeaders(sent, { 'payment-signature': pay().header }),
      400,
      'CHANNEL_MISMATCH',
    ],
    ['when it takes the payment away', (sent) => withHeaders(sent, { 'payment-signature': undefined }), 400, 'CHANNEL_MISMATCH'],
    ['when it changes one bit of the body', (sent) => withBody(sent, flipped(sent.sealed.body)), 400, 'CHANNEL_MISMATCH'],
    [
      'when it puts the seal of another request of the session on it',
      async (sent) => withHeaders(sent, { 'og-seal': (await stranger()).headers['og-seal'] }),
      400,
      'CHANNEL_MISMATCH',
    ],
    [
      'when it gives it the body of another request of the session',
      async (sent) => withBody(sent, (await stranger()).sealed.body),
      400,
      'CHANNEL_MISMATCH',
    ],
    [
      'when it gives it seal and body of another request of the session',
      async (sent) => {
        const { headers, sealed } = await stranger()
        return withBody(withHeaders(sent, { 'og-seal': headers['og-seal'] }), sealed.body)
      },
      400,
      'CHANNEL_MISMATCH',
    ],
    [
      'when it puts it into another session',
      async (sent) => {
        const [version, digest, , salt] = sent.headers['og-seal']!.split('.')
        const other = await sealAsk(await keysetOf(), modelId, newAsk(4), pay(), new RequestSealer(() => 0, randomBytes))
        return withHeaders(sent, { 'og-seal': [version, digest, other.headers['og-seal']!.split('.')[2], salt].join('.') })
      },
      400,
      'CHANNEL_MISMATCH',
    ],
    ['when it cuts the body', (sent) => withBody(sent, sent.sealed.body.subarray(0, 64)), 400, 'CHANNEL_MISMATCH'],
    ['when it changes the content type', (sent) => withHeaders(sent, { 'content-type': 'application/json; v=2' }), 400, 'CHANNEL_MISMATCH'],
    ['when it asks at another path', (sent) => ({ ...sent, path: `${sent.path}?x=1` }), 400, 'CHANNEL_MISMATCH'],
    ['when it sends a header that is none', (sent) => withHeaders(sent, { 'og-seal': 'v2.x.y' }), 400, 'CHANNEL_MALFORMED'],
    [
      'when it names a keyset of its own',
      (sent) =>
        withHeaders(sent, { 'og-seal': sent.headers['og-seal']!.replace(/^v1\.[^.]+/, `v1.${randomBytes(32).toString('base64url')}`) }),
      409,
      'CHANNEL_KEYSET_UNKNOWN',
    ],
  ]
  const flipped = (body: Uint8Array) => body.with(10, body[10]! ^ 1)
  const stranger = async () => sealAsk(await keysetOf(), modelId, newAsk(4), pay())

  test.each(attacks)('%s', async (_, attack, status, code) => {
    const asked = newAsk(4)
    const sent = await sealAsk(await keysetOf(), modelId, asked, pay())
    const [is, found] = await refusal(node.url, await attack(sent))
    expect([is, found]).toEqual([status, expect.stringMatching(`^${code}`)])
    expect((await fetch(`${node.url}/v1/receipts/${asked.requestId}`)).status).toBe(404)
    // What the caller sent is good still: nothing of it was taken.
    expect((await tell(node.url, sent)).status).toBe(200)
  })

  test('when it leads the request to another node, whatever keyset it names', { timeout: LONG }, async () => {
    const other = await another(5)
    const [own, others] = [await keysetOf(), await keysetOf(other.url)]
    const sent = await sealAsk(own, modelId, newAsk(5), pay())
    expect(await refusal(other.url, sent)).toEqual([409, 'CHANNEL_KEYSET_UNKNOWN'])
    const digest = Buffer.from(others.digest.slice(2), 'hex').toString('base64url')
    const renamed = withHeaders(sent, { 'og-seal': sent.headers['og-seal']!.replace(/^v1\.[^.]+/, `v1.${digest}`) })
    expect(await refusal(other.url, renamed)).toEqual([400, 'CHANNEL_MISMATCH'])
    // What another node answers does not open.
    const answer = await tell(other.url, await sealAsk(others, modelId, newAsk(5), pay(other.address)))
    await expect(sent.sealed.open(answer.bytes)).rejects.toMatchObject({ code: 'CHANNEL_MISMATCH' })
    expect((await tell(node.url, sent)).status).toBe(200)
  })
})

describe('what a node shows of its keyset', () => {
  test('is what the chain has, and what the evidence binds', async () => {
    const { digest, keyset, evidence } = await keysetOf()
    expect(keyset).toMatchObject({ chainId: BigInt(net.network.chainId), node: node.address, modelIds: [modelId] })
    expect(evidence.platform).toBe('nitro')
    expect(Buffer.from(evidence.evidence).includes(Buffer.from(reportDataOf(evidence.keyset, evidence.nonce)))).toBe(true)
    const found = await net.client.rpc.viem.readContract({
      address: ADDRESSES.attestations,
      abi: attestationsAbi,
      functionName: 'current',
      args: [node.address],
    })
    expect(found).toMatchObject([digest, { level: 129, signer: expect.stringMatching(new RegExp(keyset.sign, 'i')) }])
  })

  test('is there under a nonce of the caller, freshly made, a few times a second', async () => {
    const nonce = bytesToHex(randomBytes(32))
    const { digest, evidence } = (await shownKeyset(node.url, `?nonce=${nonce}`))!
    expect([digest, bytesToHex(evidence.nonce)]).toEqual([(await keysetOf()).digest, nonce])
    expect(Buffer.from(evidence.evidence).includes(Buffer.from(reportDataOf(evidence.keyset, evidence.nonce)))).toBe(true)
    // A proxy on this machine tells callers apart: one of them cannot take what is for the others.
    const from = (caller: string) => fetch(`${node.url}/v1/attestation?nonce=${nonce}`, { headers: { 'x-forwarded-for': caller } })
    const greedy = await Promise.all(Array.from({ length: 20 }, () => from('203.0.113.1')))
    expect(greedy.filter(({ status }) => status === 429).length).toBeGreaterThan(10)
    expect((await from('203.0.113.2')).status).toBe(200)
    const many = await Promise.all(Array.from({ length: 20 }, () => fetch(`${node.url}/v1/attestation?nonce=${nonce}`)))
    const refused = many.filter(({ status }) => status === 429)
    expect(refused.length).toBeGreaterThan(0)
    expect(refused[0]!.headers.get('retry-after')).toBe('1')
    expect((await fetch(`${node.url}/v1/attestation`)).status).toBe(200)
    expect((await fetch(`${node.url}/v1/attestation?nonce=0x12`)).status).toBe(400)
  })

  test('counts in its metrics: seconds left, keysets, phase, failures', async () => {
    const { keyset } = await keysetOf()
    const text = await (await fetch(`${node.url}/metrics`)).text()
    const left = Number(/^og_tee_keyset_seconds\{level="development"\} (\d+)$/m.exec(text)![1])
    expect(left).toBeGreaterThan(0)
    expect(left).toBeLessThanOrEqual(Number(keyset.notAfter - keyset.notBefore))
    expect(text).toMatch(/^og_tee_keysets [1-8]$/m)
    expect(text).toMatch(/^og_tee_phase\{phase="live"\} 1$/m)
    expect(text).toMatch(/^og_tee_failures_total 0$/m)
  })
})

describe('a keyset', () => {
  test('that is ended on chain is used no more: requests sealed to it are told so, and the next keyset takes them', {
    timeout: 2 * LONG,
  }, async () => {
    const ended = await another(6)
    const old = await keysetOf(ended.url)
    const payment = pay(ended.address)
    const asked = newAsk(6)
    const first = newAsk(7)
    const answered = await sealAsk(old, modelId, first, pay(ended.address))
    const before = await tell(ended.url, answered)
    // Until then there is no credit for a second one.
    await eventually(async () => (await stateOf(ended.url, first)) === 'settled', 'settled')
    const data = encodeFunctionData({ abi: attestationsAbi, functionName: 'endKeysets' })
    // The node sends transactions of this account too, and may take the nonce.
    const end = () => net.writer(6).send({ what: 'endKeysets', to: ADDRESSES.attestations, data })
    const isEnded = () =>
      end().then(
        () => true,
        () => false,
      )
    await eventually(isEnded, 'the keysets are ended', LONG)
    const next = await keysetOf(ended.url, old.digest)
    expect(await refusal(ended.url, await sealAsk(old, modelId, asked, payment))).toEqual([409, 'CHANNEL_KEYSET_UNKNOWN'])
    // What was answered under it can be had again all the same, and its evidence is still shown.
    expect(Buffer.from((await tell(ended.url, answered)).bytes)).toEqual(Buffer.from(before.bytes))
    expect((await fetch(`${ended.url}/v1/attestation/${old.digest}`)).status).toBe(200)
    expect((await tell(ended.url, await sealAsk(next, modelId, asked, payment))).status).toBe(200)
  })

  test('that names a model too few is followed by one that names all', { timeout: 2 * LONG }, async () => {
    const first = await keysetOf()
    const added = await net.publish('credit_logistic_12', 'og/credit')
    await node.refresh()
    const next = await keysetOf(node.url, first.digest)
    expect([...next.keyset.modelIds]).toEqual([modelId, added].sort())
    // The earlier one is good still.
    expect((await tell(node.url, await sealAsk(first, modelId, newAsk(8), pay()))).status).toBe(200)
  })
})

describe('a node without evidence', () => {
  test('serves level signature, and says why it does not have the other', { timeout: LONG }, async () => {
    const failing = async () => ({ ...testAttester(), attest: () => Promise.reject(new Error('the device is gone')) })
    const broken = await another(7, { attester: failing })
    let code = ''
    const tried = async () => {
      const { error } = (await (await fetch(`${broken.url}/v1/attestation`)).json()) as { error: string }
      code = /NODE_ATTESTATION_FAILED: .*the device is gone/.exec(error)?.[0] ?? ''
      return code !== ''
    }
    await eventually(tried, 'the attester failed', LONG)
    const told = await ask(broken.url, modelId, newAsk(9), { 'og-level': 'development' })
    expect([told.status, told.json.code]).toEqual([400, 'NODE_LEVEL_NOT_OFFERED'])
    expect(told.json.error).toContain('og node start --tee dev')
    expect((await ask(broken.url, modelId, newAsk(9), { 'payment-signature': pay(broken.address).header })).status).toBe(200)
  })

  test('that was never told of an enclave says how it gets one', async () => {
    const plain = await another(8, {})
    const reply = await fetch(`${plain.url}/v1/attestation`)
    expect([reply.status, await reply.json()]).toEqual([404, expect.objectContaining({ code: 'NODE_NOT_ATTESTED' })])
  })
})
