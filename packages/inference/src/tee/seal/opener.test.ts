import { createCipheriv, createPrivateKey, randomBytes } from 'node:crypto'
import { bytesToHex, type ErrorCode, type Hex, OgError, ZERO_HASH } from '@opengradient/protocol'
import {
  MAX_FRAME_BYTES,
  pad,
  parseSealHeader,
  REQUEST_NONCE,
  RequestSealer,
  type SealContext,
  sealInfo,
} from '@opengradient/protocol/seal'
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { recipientSession, scheduleContext } from './context.ts'
import { type SealedArrival, type SealOpener, sealOpener } from './opener.ts'

const hash = (): Hex => bytesToHex(randomBytes(32))
const CONTEXT = { keysetDigest: hash(), method: 'POST', path: '/v2/models/m/infer', contentType: 'application/json', modelId: hash() }

/** A caller and a node. All requests are of one session. */
function scene(opener = sealOpener(randomBytes(32))) {
  const sealer = new RequestSealer(() => 0, randomBytes)
  const keyset = { hpke: opener.publicKey }
  const ask = async (body: Uint8Array, over: Partial<SealContext> = {}) => {
    const bound: SealContext = { ...CONTEXT, requestId: hash(), paymentId: ZERO_HASH, ...over }
    const sealed = await sealer.seal({ keyset, ...bound, body })
    const arrived: SealedArrival = { ...bound, seal: parseSealHeader(sealed.headers['og-seal']), body: sealed.body }
    return { sealed, arrived }
  }
  return { opener, ask }
}

function refusal(opener: SealOpener, request: SealedArrival, code: ErrorCode = 'CHANNEL_MISMATCH'): void {
  let error: unknown
  try {
    opener.open(request)
  } catch (reason) {
    error = reason
  }
  expect(error).toBeInstanceOf(OgError)
  expect(error).toMatchObject({ code })
}

describe.each(['new to the node', 'known to the node'])('of a session that is %s, a node refuses', (session) => {
  const scened = async () => {
    const { opener, ask } = scene()
    if (session === 'known to the node') opener.open((await ask(randomBytes(10))).arrived)
    return { opener, ask, ...(await ask(randomBytes(100))) }
  }
  const ALTERED: [string, (request: SealedArrival) => Partial<SealedArrival>, ErrorCode?][] = [
    ['another method', () => ({ method: 'PUT' })],
    ['another path', ({ path }) => ({ path: `${path}/` })],
    ['another content type', () => ({ contentType: 'application/octet-stream' })],
    ['a header length', () => ({ headerLength: 0 })],
    ['another model', () => ({ modelId: hash() })],
    ['another request', () => ({ requestId: hash() })],
    ['another payment', () => ({ paymentId: hash() })],
    ['another keyset', () => ({ keysetDigest: hash() }), 'CHANNEL_KEYSET_UNKNOWN'],
    ['a seal that names another keyset', ({ seal }) => ({ seal: { ...seal, keysetDigest: hash() } }), 'CHANNEL_KEYSET_UNKNOWN'],
    [
      'another keyset in both places',
      ({ seal }) => {
        const keysetDigest = hash()
        return { keysetDigest, seal: { ...seal, keysetDigest } }
      },
    ],
    ['another sender', ({ seal }) => ({ seal: { ...seal, enc: randomBytes(32) } })],
    ['a point of low order', ({ seal }) => ({ seal: { ...seal, enc: Buffer.alloc(32) } })],
    ['another salt', ({ seal }) => ({ seal: { ...seal, salt: randomBytes(32) } })],
    ['sender and salt in each other’s place', ({ seal: { enc, salt, ...seal } }) => ({ seal: { ...seal, enc: salt, salt: enc } })],
    ['a flipped bit of the salt', ({ seal }) => ({ seal: { ...seal, salt: seal.salt.map((byte, i) => (i === 31 ? byte ^ 1 : byte)) } })],
    ['a flipped bit', ({ body }) => ({ body: body.with(0, body[0]! ^ 1) })],
    ['a flipped tag', ({ body }) => ({ body: body.with(body.length - 1, body.at(-1)! ^ 1) })],
    ['a cut body', ({ body }) => ({ body: body.subarray(0, 15) })],
    ['no body', () => ({ body: new Uint8Array() })],
  ]

  test.each(ALTERED)('%s', async (_, change, code) => {
    const { opener, arrived } = await scened()
    // And again, when the same request has opened.
    for (let i = 0; i < 2; i++) {
      refusal(opener, { ...arrived, ...change(arrived) }, code)
      expect(opener.open(arrived).body).toHaveLength(100)
    }
  })

  test('the body, the salt and the seal of another of its requests', async () => {
    const { opener, ask, arrived } = await scened()
    const { arrived: other } = await ask(randomBytes(100))
    refusal(opener, { ...arrived, body: other.body })
    refusal(opener, { ...arrived, seal: { ...arrived.seal, salt: other.seal.salt } })
    refusal(opener, { ...arrived, seal: other.seal })
    refusal(opener, { ...other, requestId: arrived.requestId })
    refusal(opener, { ...arrived, path: '/'.padEnd(11_000, 'a') }, 'CHANNEL_MALFORMED')
  })

  test('its requests under the key of another session', async () => {
    const { opener, arrived } = await scened()
    const { arrived: stranger } = await scene(opener).ask(randomBytes(100))
    opener.open(stranger)
    refusal(opener, { ...arrived, seal: { ...arrived.seal, enc: stranger.seal.enc } })
    refusal(opener, { ...stranger, seal: { ...stranger.seal, enc: arrived.seal.enc } })
  })
})

describe('a node', () => {
  test('refuses bytes sealed to another key', async () => {
    const { arrived } = await scene().ask(randomBytes(100))
    refusal(sealOpener(randomBytes(32)), arrived)
  })

  test('remembers no session in which nothing opened, and no more of the others than it has room for', async () => {
    const { opener, ask } = scene(sealOpener(randomBytes(32), 4))
    const { arrived } = await ask(randomBytes(10))
    for (let i = 0; i < 3; i++) refusal(opener, { ...arrived, seal: { ...arrived.seal, enc: randomBytes(32) } })
    refusal(opener, { ...arrived, body: randomBytes(300) })
    expect(opener.sessions).toBe(0)
    for (let i = 0; i < 3; i++) opener.open(arrived)
    expect(opener.sessions).toBe(1)
    for (let i = 0; i < 6; i++) opener.open((await scene(opener).ask(new Uint8Array())).arrived)
    expect(opener.sessions).toBe(4)
    expect(opener.open(arrived).body).toHaveLength(10)
  })

  test('opens nothing once it is erased, of no session; what it opened before is answered under its own key', async () => {
    const { opener, ask } = scene()
    const { sealed, arrived } = await ask(randomBytes(10))
    const opened = opener.open(arrived)
    opener.erase()
    expect(opener.sessions).toBe(0)
    refusal(opener, arrived)
    refusal(opener, (await scene(opener).ask(randomBytes(10))).arrived)
    const answer = randomBytes(20)
    expect(Buffer.from(await sealed.open(opened.respond(randomBytes(32), answer)))).toEqual(answer)
  })

  test('takes the key from who gave it, and leaves no copy behind', () => {
    const key = randomBytes(32)
    const secret = Buffer.from(key)
    const copies = vi.spyOn(Buffer, 'concat')
    sealOpener(key)
    const left = copies.mock.results.map(({ value }) => (value as Buffer).includes(secret))
    copies.mockRestore()
    expect(key).toEqual(Buffer.alloc(32))
    expect([left.length > 0, left.includes(true)]).toEqual([true, false])
  })

  test('refuses what was sealed right and holds no secrets, or nothing at all', async () => {
    const secret = randomBytes(32)
    const { opener, ask } = scene(sealOpener(Buffer.from(secret)))
    const { arrived } = await ask(randomBytes(10))
    const der = Buffer.concat([Buffer.from('302e020100300506032b656e04220420', 'hex'), secret])
    const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
    const point = Buffer.from(opener.publicKey.slice(2), 'hex')
    const session = recipientSession(key, point, arrived.seal.enc, scheduleContext(sealInfo(CONTEXT)))!
    const sealed = (plain: Uint8Array): SealedArrival => {
      const cipher = createCipheriv('aes-256-gcm', session.requestKey(arrived.seal.salt, arrived), REQUEST_NONCE)
      return { ...arrived, body: Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]) }
    }
    for (const plain of [new Uint8Array(), pad(new Uint8Array()), pad(randomBytes(95)), randomBytes(256)])
      refusal(opener, sealed(plain), 'CHANNEL_MALFORMED')
    expect(opener.open(sealed(pad(randomBytes(96)))).body).toHaveLength(0)
  })
})

describe('what a node opens', () => {
  test('is what was sealed, with the same salts; what it answers, the caller opens', async () => {
    const { opener, ask } = scene()
    const property = fc.asyncProperty(
      fc.uint8Array({ maxLength: 1_000 }),
      fc.uint8Array({ maxLength: 1_000 }),
      fc.option(fc.nat(1_000), { nil: undefined }),
      async (body, answer, headerLength) => {
        const { sealed, arrived } = await ask(body, headerLength === undefined ? {} : { headerLength })
        const opened = opener.open(arrived)
        expect(opened.body).toEqual(Buffer.from(body))
        const { requestSalt, responseSalt } = opened
        expect({ requestSalt: bytesToHex(requestSalt), responseSalt: bytesToHex(responseSalt) }).toEqual(sealed.salts)
        expect(Buffer.from(await sealed.open(opened.respond(randomBytes(32), answer)))).toEqual(Buffer.from(answer))
      },
    )
    await fc.assert(property, { numRuns: 30 })
    expect(opener.sessions).toBe(1)
  })

  test.each([0, 1, MAX_FRAME_BYTES, MAX_FRAME_BYTES + 1, 3 * MAX_FRAME_BYTES])(
    'may be answered with %i bytes, in frames',
    async (length) => {
      const { opener, ask } = scene()
      const { sealed, arrived } = await ask(randomBytes(5))
      const answer = randomBytes(length)
      expect(Buffer.from(await sealed.open(opener.open(arrived).respond(randomBytes(32), answer)))).toEqual(answer)
    },
  )

  test('is answered twice under two keys', async () => {
    const { opener, ask } = scene()
    const { respond } = opener.open((await ask(randomBytes(5))).arrived)
    const [first, second] = [respond(randomBytes(32), randomBytes(9)), respond(randomBytes(32), randomBytes(9))]
    expect(first.subarray(36, 68)).not.toEqual(second.subarray(36, 68))
  })
})
