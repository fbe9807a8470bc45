import { randomBytes } from 'node:crypto'
import { bytesToHex, type Hex, ZERO_HASH } from '@opengradient/protocol'
import { MAX_FRAME_BYTES, sealRequest } from '@opengradient/protocol/seal'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sealOpener } from './opener.ts'

const hash = (): Hex => bytesToHex(randomBytes(32))
const CONTEXT = { keysetDigest: hash(), method: 'POST', path: '/v2/models/m/infer', contentType: 'application/json', modelId: hash() }

function scene(body: Uint8Array, over: { headerLength?: number } = {}) {
  const opener = sealOpener(randomBytes(32))
  const bound = { ...CONTEXT, ...over, requestId: hash(), paymentId: ZERO_HASH }
  const sealed = sealRequest({ keyset: { hpke: opener.publicKey }, ...bound, body })
  const arrived = async () => ({ ...bound, seal: (await sealed).headers['og-seal'], body: (await sealed).body })
  return { opener, sealed, arrived }
}

describe('what a node opens', () => {
  test('is what was sealed, with the same salts; what it answers, the caller opens', async () => {
    const property = fc.asyncProperty(
      fc.uint8Array({ maxLength: 1_000 }),
      fc.uint8Array({ maxLength: 1_000 }),
      fc.option(fc.nat(1_000), { nil: undefined }),
      async (body, answer, headerLength) => {
        const { opener, sealed, arrived } = scene(body, headerLength === undefined ? {} : { headerLength })
        const opened = opener.open(await arrived())
        expect(Buffer.from(opened.body)).toEqual(Buffer.from(body))
        expect(opened.salts).toEqual((await sealed).salts)
        expect(Buffer.from(await (await sealed).open(opened.respond(randomBytes(32), answer)))).toEqual(Buffer.from(answer))
      },
    )
    await fc.assert(property, { numRuns: 30 })
  })

  test.each([0, 1, MAX_FRAME_BYTES, MAX_FRAME_BYTES + 1, 3 * MAX_FRAME_BYTES])(
    'may be answered with %i bytes, in frames',
    async (length) => {
      const { opener, sealed, arrived } = scene(randomBytes(5))
      const answer = randomBytes(length)
      const frames = opener.open(await arrived()).respond(randomBytes(32), answer)
      expect(Buffer.from(await (await sealed).open(frames))).toEqual(answer)
    },
  )

  test('answers the same request twice under two keys', async () => {
    const { opener, arrived } = scene(randomBytes(5))
    const { respond } = opener.open(await arrived())
    const [first, second] = [respond(randomBytes(32), randomBytes(9)), respond(randomBytes(32), randomBytes(9))]
    expect(Buffer.from(first.subarray(36, 68))).not.toEqual(Buffer.from(second.subarray(36, 68)))
  })
})

describe('what a node refuses', () => {
  const ALTERED: [string, (request: Awaited<ReturnType<ReturnType<typeof scene>['arrived']>>) => object][] = [
    ['another method', () => ({ method: 'PUT' })],
    ['another path', ({ path }) => ({ path: `${path}/` })],
    ['another content type', () => ({ contentType: 'application/octet-stream' })],
    ['a header length', () => ({ headerLength: 0 })],
    ['another model', () => ({ modelId: hash() })],
    ['another request', () => ({ requestId: hash() })],
    ['another payment', () => ({ paymentId: hash() })],
    ['another keyset', () => ({ keysetDigest: hash() })],
    ['another sender', ({ seal }) => ({ seal: seal.replace(/[^.]+$/, randomBytes(32).toString('base64url')) })],
    ['a point of low order', ({ seal }) => ({ seal: seal.replace(/[^.]+$/, Buffer.alloc(32).toString('base64url')) })],
    ['a flipped bit', ({ body }) => ({ body: body.with(0, body[0]! ^ 1) })],
    ['a flipped tag', ({ body }) => ({ body: body.with(body.length - 1, body.at(-1)! ^ 1) })],
    ['a cut body', ({ body }) => ({ body: body.subarray(0, 15) })],
    ['no body', () => ({ body: new Uint8Array() })],
  ]

  test.each(ALTERED)('%s', async (_, change) => {
    const { opener, arrived } = scene(randomBytes(100))
    const request = await arrived()
    expect(() => opener.open({ ...request, ...change(request) })).toThrow(expect.objectContaining({ code: 'CHANNEL_MISMATCH' }))
    expect(opener.open(request).body).toHaveLength(100)
  })

  test('bytes sealed to another key', async () => {
    const { arrived } = scene(randomBytes(100))
    const request = await arrived()
    expect(() => sealOpener(randomBytes(32)).open(request)).toThrow(expect.objectContaining({ code: 'CHANNEL_MISMATCH' }))
  })

  test('the key is taken from who gave it', () => {
    const key = randomBytes(32)
    sealOpener(key)
    expect(key).toEqual(Buffer.alloc(32))
  })
})
