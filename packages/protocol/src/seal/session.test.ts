import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { utf8 } from '../bytes/bytes.ts'
import type { Hex } from '../bytes/hex.ts'
import { hashOf } from '../testkit/samples.testkit.ts'
import { openRequest, RequestSealer, SESSION_REQUESTS, SESSION_SECONDS, type SealContext, type SealedRequest } from './index.ts'
import { aKey, aSealed, aSealer, BODY, CONTEXT, otherHash, RESPONSE_NONCE, seal } from './seal.testkit.ts'

const partsOf = (sealed: SealedRequest) => seal(sealed).split('.') as [string, string, string, string]
const encOf = (sealed: SealedRequest) => partsOf(sealed)[2]
const ANOTHER: SealContext = { ...CONTEXT, requestId: hashOf('another request id') }

/** Opens what arrives with this seal and this body, as the request that `context` says. */
const open = async (sealed: string, body: Uint8Array, context: SealContext = CONTEXT) =>
  openRequest(await aKey(), { ...context, seal: sealed, body })
const mismatch = { name: 'OgError', code: 'CHANNEL_MISMATCH' }

/** Two requests of one session, and one of another session. */
async function threeRequests() {
  const sealer = aSealer()
  const { sealed: one } = await aSealed(utf8('one'), CONTEXT, sealer)
  const { sealed: two } = await aSealed(utf8('two'), ANOTHER, sealer)
  const { sealed: foreign } = await aSealed(utf8('foreign'))
  expect([encOf(two), encOf(foreign) === encOf(one)]).toEqual([encOf(one), false])
  return { one, two, foreign }
}

describe('of two requests of one session', () => {
  it('neither body opens under the seal of the other, as either request', async () => {
    const { one, two } = await threeRequests()
    for (const context of [CONTEXT, ANOTHER]) {
      await expect(open(seal(one), two.body, context)).rejects.toMatchObject(mismatch)
      await expect(open(seal(two), one.body, context)).rejects.toMatchObject(mismatch)
    }
  })

  it('neither opens as the other, whole as it is', async () => {
    const { one, two } = await threeRequests()
    await expect(open(seal(one), one.body, ANOTHER)).rejects.toMatchObject(mismatch)
    await expect(open(seal(two), two.body, CONTEXT)).rejects.toMatchObject(mismatch)
  })

  it('neither answer opens with what belongs to the other', async () => {
    const { one, two } = await threeRequests()
    const opened = await open(seal(one), one.body)
    const answer = await (await opened.respond(RESPONSE_NONCE)).seal(utf8('answer'), true)
    expect(await one.open(answer)).toEqual(utf8('answer'))
    await expect(two.open(answer)).rejects.toMatchObject(mismatch)
  })

  it('nothing is the same: salt, bytes of the same body, and every secret', async () => {
    const sealer = aSealer()
    const many = await Promise.all(Array.from({ length: 50 }, async () => (await aSealed(BODY, CONTEXT, sealer)).sealed))
    expect(new Set(many.map(encOf)).size).toBe(1)
    const values = many.flatMap(({ salts, state, ...sealed }) => [
      partsOf({ salts, state, ...sealed })[3],
      Buffer.from(sealed.body.subarray(0, 32)).toString('hex'),
      salts.requestSalt,
      salts.responseSalt,
      state.responseSecret,
    ])
    expect(new Set(values).size).toBe(5 * 50)
  })
})

describe('a sealed request does not open', () => {
  it('with the session of another, or with the salt of another', async () => {
    const { one, two, foreign } = await threeRequests()
    const [version, digest, enc, salt] = partsOf(one)
    for (const [otherEnc, otherSalt] of [
      [encOf(foreign), salt],
      [enc, partsOf(two)[3]],
      [enc, partsOf(foreign)[3]],
      [encOf(foreign), partsOf(foreign)[3]],
      [salt, enc],
    ])
      await expect(open([version, digest, otherEnc, otherSalt].join('.'), one.body)).rejects.toMatchObject(mismatch)
  })

  it('with any bit of its salt changed', async () => {
    const { one } = await threeRequests()
    const [version, digest, enc, salt] = partsOf(one)
    for (let bit = 0; bit < 256; bit += 19) {
      const bytes = Buffer.from(salt, 'base64url')
      bytes[bit >> 3]! ^= 1 << (bit % 8)
      await expect(open([version, digest, enc, bytes.toString('base64url')].join('.'), one.body)).rejects.toMatchObject(mismatch)
    }
  })

  it('in the form of one message of a session without a salt', async () => {
    const { one } = await threeRequests()
    await expect(open(partsOf(one).slice(0, 3).join('.'), one.body)).rejects.toMatchObject({ code: 'CHANNEL_MALFORMED' })
  })
})

describe('a session ends', () => {
  it('after a thousand requests', async () => {
    const sealer = aSealer()
    const key = await aKey()
    const next = async () => encOf(await sealer.seal({ ...CONTEXT, keyset: { hpke: key.publicKey }, body: new Uint8Array() }))
    const first = await Promise.all(Array.from({ length: SESSION_REQUESTS }, next))
    expect(new Set(first).size).toBe(1)
    expect(await next()).not.toBe(first[0])
  })

  it('after ten minutes, and when the clock goes back', async () => {
    let now = 1_000
    const sealer = new RequestSealer(() => now, randomBytes)
    const at = async (time: number) => {
      now = time
      return encOf((await aSealed(BODY, CONTEXT, sealer)).sealed)
    }
    const first = await at(1_000)
    expect(await at(1_000 + SESSION_SECONDS - 1)).toBe(first)
    const second = await at(1_000 + SESSION_SECONDS)
    expect(second).not.toBe(first)
    const third = await at(1_000)
    expect([first, second].includes(third)).toBe(false)
  })

  it('at the border of a keyset: another digest or another key is another session, both ways', async () => {
    const sealer = aSealer()
    const [key, other] = [await aKey(), await aKey(8)]
    const to = async (hpke: Hex, keysetDigest: Hex) => encOf(await sealer.seal({ ...CONTEXT, keysetDigest, keyset: { hpke }, body: BODY }))
    const first = await to(key.publicKey, CONTEXT.keysetDigest)
    const others = [await to(key.publicKey, otherHash), await to(other.publicKey, CONTEXT.keysetDigest)]
    expect(new Set([first, ...others]).size).toBe(3)
    expect(await to(key.publicKey, CONTEXT.keysetDigest)).toBe(first)
  })

  it('when the sealer keeps those of too many keysets, the oldest first', async () => {
    const sealer = aSealer()
    const key = await aKey()
    const to = async (n: number) =>
      encOf(await sealer.seal({ ...CONTEXT, keysetDigest: hashOf(`keyset ${n}`), keyset: { hpke: key.publicKey }, body: BODY }))
    const begun = []
    for (let n = 0; n < 65; n++) begun.push(await to(n))
    expect(await to(64)).toBe(begun[64])
    expect(await to(1)).toBe(begun[1])
    expect(await to(0)).not.toBe(begun[0])
  })
})

describe('a sealer', () => {
  it('tries again after a key that nothing can be sealed to, and does not mix it with a good one', async () => {
    const sealer = aSealer()
    const bad = () => sealer.seal({ ...CONTEXT, keyset: { hpke: `0x${'00'.repeat(32)}` }, body: BODY })
    for (let i = 0; i < 2; i++) await expect(bad()).rejects.toMatchObject({ code: 'CHANNEL_KEY_INVALID' })
    expect(sealer.sessions).toBe(0)
    const { sealed } = await aSealed(BODY, CONTEXT, sealer)
    expect((await open(seal(sealed), sealed.body)).body).toEqual(BODY)
  })

  it('seals any requests in any order for whoever opens them in another one', async () => {
    const sealer = aSealer()
    const bodies = fc.array(fc.uint8Array({ maxLength: 600 }), { minLength: 1, maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(bodies, async (bodies) => {
        const sent = await Promise.all(bodies.map(async (body) => (await aSealed(body, CONTEXT, sealer)).sealed))
        const opened = await Promise.all(sent.reverse().map(async (sealed) => open(seal(sealed), sealed.body)))
        expect(opened.map(({ body }) => body)).toEqual([...bodies].reverse())
        expect(opened.map(({ salts }) => salts)).toEqual(sent.map(({ salts }) => salts))
      }),
      { numRuns: 20 },
    )
  })
})

describe('a head that is too long', () => {
  it.each(['method', 'path', 'contentType'] as const)('is refused by name at both ends: %s', async (field) => {
    const context = { ...CONTEXT, [field]: `/${'x'.repeat(8_000)}` }
    const refused = { name: 'OgError', code: 'CHANNEL_MALFORMED', details: { field, bytes: 8_001 } }
    await expect(aSealed(BODY, context)).rejects.toMatchObject(refused)
    const { sealed } = await aSealed()
    await expect(open(seal(sealed), sealed.body, context)).rejects.toMatchObject(refused)
  })

  it('is sealed up to the last byte that fits', async () => {
    const fitting = async (length: number) => {
      const context = { ...CONTEXT, path: 'é'.repeat(length / 2) }
      const { sealed } = await aSealed(BODY, context)
      return (await open(seal(sealed), sealed.body, context)).body
    }
    const most = 8_192 - 24 - 32 - 7 * 4 - 3 * 32 - CONTEXT.method.length - CONTEXT.contentType.length - 2
    expect(await fitting(most - (most % 2))).toEqual(BODY)
    await expect(fitting(most + 2 - (most % 2))).rejects.toMatchObject({ code: 'CHANNEL_MALFORMED', details: { field: 'path' } })
  })
})
