import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concatBytes, uintBytes, utf8 } from '../bytes/bytes.ts'
import { bytesToHex, type Hex } from '../bytes/hex.ts'
import type { ErrorCode } from '../error/codes.ts'
import { refusal } from '../testkit/expect.testkit.ts'
import { encodeSealHeader, parseSealHeader, sealContextBytes, sealInfo } from './head.ts'
import { deriveSealKey, openRequest, type SealContext } from './index.ts'
import { pad } from './padding.ts'
import { aKey, aSealed, aSealer, BODY, CONTEXT, otherHash, seal } from './seal.testkit.ts'
import { REQUEST_NONCE, requestKey } from './secrets.ts'
import { startSession } from './session.ts'

const refused = async (work: Promise<unknown>, code: ErrorCode) => {
  await expect(work).rejects.toMatchObject({ name: 'OgError', code })
}

describe('a sealed request does not open', () => {
  it.each([
    ['method', 'PUT'],
    ['path', '/v2/models/volatility/infer?x'],
    ['contentType', 'application/octet-stream'],
    ['contentType', ''],
    ['headerLength', 77],
    ['headerLength', undefined],
    ['modelId', otherHash],
    ['requestId', otherHash],
    ['paymentId', otherHash],
  ] as [keyof SealContext, string | number | undefined][])('for another %s (%s)', async (member, value) => {
    const { key, sealed } = await aSealed()
    const request = { ...CONTEXT, [member]: value } as SealContext
    await refused(openRequest(key, { ...request, seal: seal(sealed), body: sealed.body }), 'CHANNEL_MISMATCH')
  })

  it('when bytes move from one member to the next', async () => {
    const { key, sealed } = await aSealed(BODY, { ...CONTEXT, path: '/ab', contentType: 'c' })
    const request = { ...CONTEXT, path: '/a', contentType: 'bc', seal: seal(sealed), body: sealed.body }
    await refused(openRequest(key, request), 'CHANNEL_MISMATCH')
  })

  it('under another keyset, even with the same key', async () => {
    const { key, sealed } = await aSealed()
    const [, , ...rest] = seal(sealed).split('.')
    const arrived = { ...CONTEXT, seal: seal(sealed), body: sealed.body }
    await refused(openRequest(key, { ...arrived, keysetDigest: otherHash }), 'CHANNEL_KEYSET_UNKNOWN')
    const forged = ['v1', Buffer.from(otherHash.slice(2), 'hex').toString('base64url'), ...rest].join('.')
    await refused(openRequest(key, { ...arrived, keysetDigest: otherHash, seal: forged }), 'CHANNEL_MISMATCH')
  })

  it('with another key', async () => {
    const { sealed } = await aSealed()
    await refused(openRequest(await aKey(8), { ...CONTEXT, seal: seal(sealed), body: sealed.body }), 'CHANNEL_MISMATCH')
  })

  it('with any bit of it changed, cut or added', async () => {
    const { key, sealed } = await aSealed()
    const open = (body: Uint8Array) => openRequest(key, { ...CONTEXT, seal: seal(sealed), body })
    for (let at = 0; at < sealed.body.length; at += 13) {
      const body = sealed.body.slice()
      body[at]! ^= 1 << (at % 8)
      await refused(open(body), 'CHANNEL_MISMATCH')
    }
    for (const body of [sealed.body.subarray(0, -1), sealed.body.subarray(1), concatBytes(sealed.body, Uint8Array.of(0)), new Uint8Array()])
      await refused(open(body), 'CHANNEL_MISMATCH')
  })

  it('with another ephemeral key, or one of low order', async () => {
    const { key, sealed } = await aSealed()
    const { enc } = parseSealHeader(seal(sealed))
    const [version, digest, , salt] = seal(sealed).split('.')
    for (const other of [new Uint8Array(32), Uint8Array.of(1, ...new Uint8Array(31)), enc.map((byte, i) => (i === 3 ? byte ^ 1 : byte))]) {
      const forged = [version, digest, Buffer.from(other).toString('base64url'), salt].join('.')
      await refused(openRequest(key, { ...CONTEXT, seal: forged, body: sealed.body }), 'CHANNEL_MISMATCH')
    }
  })
})

it('what is sealed with other padding, or without secrets, is told from what does not open', async () => {
  const key = await aKey()
  const { enc, exporter } = await startSession({ keyset: { hpke: key.publicKey }, keysetDigest: CONTEXT.keysetDigest })
  const salt = new Uint8Array(32)
  const aes = await requestKey(exporter, salt, CONTEXT)
  const header = encodeSealHeader({ keysetDigest: CONTEXT.keysetDigest, enc, salt })
  const open = async (plain: Uint8Array<ArrayBuffer>) => {
    const body = await globalThis.crypto.subtle.encrypt({ name: 'AES-GCM', iv: REQUEST_NONCE }, aes, plain)
    return openRequest(key, { ...CONTEXT, seal: header, body: new Uint8Array(body) })
  }
  const good = pad(new Uint8Array(96))
  expect((await open(good)).body).toHaveLength(0)
  const marked = good.slice()
  marked[255] = 1
  for (const plain of [new Uint8Array(), pad(new Uint8Array(95)), marked, new Uint8Array([...good, ...new Uint8Array(256)])])
    await refused(open(plain), 'CHANNEL_MALFORMED')
})

it('the header is refused in every other form', () => {
  const b64 = 'A'.repeat(43)
  const form = (...parts: string[]) => ['v1', ...parts].join('.')
  const short = 'A'.repeat(42)
  const wrong = ['', 'v1', form(b64), form(b64, b64), form(b64, b64, b64, b64), form(b64, b64, b64).replace('v1', 'v2'), form(b64, b64, '')]
  for (const part of [short, `${short}B`, `${b64}=`, `${b64}A`, ` ${b64}`])
    wrong.push(form(part, b64, b64), form(b64, part, b64), form(b64, b64, part))
  for (const header of [...wrong, form(b64, b64, b64).replace('v', 'V'), `${form(b64, b64, b64)} `])
    refusal(() => parseSealHeader(header), 'CHANNEL_MALFORMED')
  expect(parseSealHeader(form(b64, b64, b64))).toEqual({
    keysetDigest: `0x${'00'.repeat(32)}`,
    enc: new Uint8Array(32),
    salt: new Uint8Array(32),
  })
})

it('nothing is sealed to a key of low order or another length, and no key is derived from a seed of another length', async () => {
  for (const hpke of [`0x${'00'.repeat(32)}`, `0x01${'00'.repeat(31)}`, `0x${'11'.repeat(31)}`, '0x'] as Hex[])
    await refused(aSealer().seal({ ...CONTEXT, keyset: { hpke }, body: BODY }), 'CHANNEL_KEY_INVALID')
  for (const length of [0, 31, 33]) await refused(deriveSealKey(new Uint8Array(length)), 'CHANNEL_KEY_INVALID')
})

describe('a sealed request', () => {
  it('opens to what was sealed, with the same salts on both sides', async () => {
    const bodies = fc.uint8Array({ maxLength: 2_000 })
    await fc.assert(
      fc.asyncProperty(bodies, async (body) => {
        const { key, sealed } = await aSealed(body)
        const opened = await openRequest(key, { ...CONTEXT, seal: seal(sealed), body: sealed.body })
        expect(opened.body).toEqual(body)
        expect(opened.salts).toEqual(sealed.salts)
      }),
      { numRuns: 30 },
    )
  })

  it('has a length in steps of 256 bytes, and shows nothing of its content', async () => {
    const lengths = await Promise.all([0, 156, 157].map(async (n) => (await aSealed(new Uint8Array(n))).sealed.body.length))
    expect(lengths).toEqual([256 + 16, 256 + 16, 512 + 16])
    const { sealed } = await aSealed()
    expect(Buffer.from(sealed.body).includes(Buffer.from(BODY.subarray(0, 8)))).toBe(false)
  })

  it('never has the same bytes or salts twice', async () => {
    const [one, two] = [(await aSealed()).sealed, (await aSealed()).sealed]
    expect(bytesToHex(one.body)).not.toBe(bytesToHex(two.body))
    expect(one.salts.requestSalt).not.toBe(two.salts.requestSalt)
    expect(one.salts.requestSalt).not.toBe(one.salts.responseSalt)
  })

  it('is bound to what the design says, byte for byte', () => {
    const ids = [CONTEXT.modelId, CONTEXT.requestId, CONTEXT.paymentId].map((id) => Uint8Array.from(Buffer.from(id.slice(2), 'hex')))
    const bytes = (length: string) => {
      const parts = [CONTEXT.method, CONTEXT.path, CONTEXT.contentType, length].map(utf8)
      return concatBytes(...[...parts, ...ids].flatMap((part) => [uintBytes(part.length, 4), part]))
    }
    expect(sealContextBytes(CONTEXT)).toEqual(bytes('76'))
    const { headerLength: _, ...text } = CONTEXT
    expect(sealContextBytes(text)).toEqual(bytes(''))
    expect(sealContextBytes({ ...text, headerLength: 0 })).toEqual(bytes('0'))
    expect(Buffer.from(sealInfo(CONTEXT)).toString('latin1')).toBe(
      `opengradient/hpke/v1${Buffer.from(CONTEXT.keysetDigest.slice(2), 'hex').toString('latin1')}`,
    )
  })
})
