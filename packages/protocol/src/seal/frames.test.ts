import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concatBytes, uintBytes, utf8 } from '../bytes/bytes.ts'
import type { ErrorCode } from '../error/codes.ts'
import { refusal } from '../testkit/expect.testkit.ts'
import { FINAL_FLAG, frameAad, frameNonce, MAX_FRAME_BYTES } from './frame.ts'
import { FrameOpener, openRequest } from './index.ts'
import { unpad } from './padding.ts'
import { anExchange, aSealed, CONTEXT, otherHash, RESPONSE_NONCE, seal } from './seal.testkit.ts'
import { responseKey } from './secrets.ts'

const refused = async (work: Promise<unknown>, ...codes: ErrorCode[]) => {
  const error = await work.then(
    () => expect.fail('expected a refusal'),
    (reason: unknown) => reason as { name: string; code: ErrorCode },
  )
  expect(error.name).toBe('OgError')
  expect(codes).toContain(error.code)
}

/** A response of three frames: the nonce, and each frame with its length word. */
async function threeFrames() {
  const { sealed, sealer, opened } = await anExchange()
  const first = await sealer.seal(utf8('one'), false)
  const frames = [first.subarray(32), await sealer.seal(utf8('two'), false), await sealer.seal(utf8('three'), true)]
  return { sealed, opened, nonce: first.subarray(0, 32), frames }
}

describe('a response does not open', () => {
  it('when it is cut anywhere', async () => {
    const { sealed, nonce, frames } = await threeFrames()
    const whole = concatBytes(nonce, ...frames)
    for (let length = 0; length < whole.length; length += 17) await refused(sealed.open(whole.subarray(0, length)), 'CHANNEL_TRUNCATED')
    await refused(sealed.open(concatBytes(nonce, frames[0]!, frames[1]!)), 'CHANNEL_TRUNCATED')
    await refused(sealed.open(nonce), 'CHANNEL_TRUNCATED')
    await refused(sealed.open(new Uint8Array()), 'CHANNEL_TRUNCATED')
  })

  it('when frames are reordered, repeated or left out', async () => {
    const { sealed, nonce, frames } = await threeFrames()
    const [one, two, three] = frames as [Uint8Array, Uint8Array, Uint8Array]
    for (const order of [[two, one, three], [one, one, two, three], [one, three], [three], [two, three], [one, two, two, three]])
      await refused(sealed.open(concatBytes(nonce, ...order)), 'CHANNEL_MISMATCH')
  })

  it('when it goes on after its final frame, with a frame or anything else', async () => {
    const { sealed, nonce, frames } = await threeFrames()
    for (const more of [frames[2]!, frames[0]!, Uint8Array.of(0), new Uint8Array(4)])
      await refused(sealed.open(concatBytes(nonce, ...frames, more)), 'CHANNEL_CLOSED')
    const opener = sealed.opener()
    await opener.push(concatBytes(nonce, ...frames))
    await refused(opener.push(Uint8Array.of(0)), 'CHANNEL_CLOSED')
    expect(() => opener.end()).toThrow('goes on')
  })

  it('when a frame is called final that is not, or the final one is not', async () => {
    const { sealed, nonce, frames } = await threeFrames()
    const flipped = frames.map((frame) => frame.map((byte, i) => (i === 0 ? byte ^ 0x80 : byte)))
    await refused(sealed.open(concatBytes(nonce, frames[0]!, flipped[1]!)), 'CHANNEL_MISMATCH')
    await refused(sealed.open(concatBytes(nonce, frames[0]!, frames[1]!, flipped[2]!)), 'CHANNEL_MISMATCH')
  })

  it('with any bit changed, of nonce, length or frame', async () => {
    const { sealed, nonce, frames } = await threeFrames()
    const whole = concatBytes(nonce, ...frames)
    for (let at = 0; at < whole.length; at += 11) {
      const bytes = whole.slice()
      bytes[at]! ^= 1 << (at % 8)
      await refused(sealed.open(bytes), 'CHANNEL_MISMATCH', 'CHANNEL_MALFORMED', 'CHANNEL_TRUNCATED')
    }
  })

  it('with a length that no frame has, before anything of that length was kept', async () => {
    const { sealed, nonce } = await threeFrames()
    for (const length of [0, 1, 271, 65_553, 2 ** 30, FINAL_FLAG - 1])
      await refused(sealed.open(concatBytes(nonce, uintBytes(length, 4))), 'CHANNEL_MALFORMED')
  })

  it('to whoever sealed another request', async () => {
    const { nonce, frames } = await threeFrames()
    const { sealed: other } = await aSealed()
    await refused(other.open(concatBytes(nonce, ...frames)), 'CHANNEL_MISMATCH')
  })

  it('with frames of another response to the same request', async () => {
    const { sealed, opened, nonce, frames } = await threeFrames()
    const again = await opened.respond(new Uint8Array(32).fill(6))
    const foreign = (await again.seal(utf8('one'), false)).subarray(32)
    await refused(sealed.open(concatBytes(nonce, foreign, frames[1]!, frames[2]!)), 'CHANNEL_MISMATCH')
  })

  it('and says so again at every later call', async () => {
    const { sealed, nonce, frames } = await threeFrames()
    const opener = sealed.opener()
    await refused(opener.push(concatBytes(nonce, frames[1]!)), 'CHANNEL_MISMATCH')
    await refused(opener.push(frames[1]!), 'CHANNEL_MISMATCH')
    // Not even the frame whose place it is opens any more.
    await refused(opener.push(frames[0]!), 'CHANNEL_MISMATCH')
    expect(() => opener.end()).toThrow('Frame 0')
  })
})

it('the key of a response leaves its process in no way', async () => {
  const key = await responseKey(otherHash, RESPONSE_NONCE)
  expect(key.extractable).toBe(false)
})

describe('padding', () => {
  it.each([
    ['nothing', new Uint8Array()],
    ['fewer bytes than a length has', new Uint8Array(3)],
    ['255 bytes', new Uint8Array(255)],
    ['a whole step too much', new Uint8Array(512)],
    ['a length beyond the end', concatBytes(uintBytes(253, 4), new Uint8Array(252))],
    ['the longest length', concatBytes(uintBytes(0xffff_ffff, 4), new Uint8Array(252))],
    ['a byte that is not zero', concatBytes(new Uint8Array(255), Uint8Array.of(1))],
  ])('is refused as %s', (_, bytes) => {
    refusal(() => unpad(bytes), 'CHANNEL_MALFORMED')
  })
})

describe('a response', () => {
  it('opens to what was sealed, however it was cut into frames and chunks', async () => {
    const pieces = fc.array(fc.uint8Array({ maxLength: 600 }), { maxLength: 5 })
    await fc.assert(
      fc.asyncProperty(pieces, fc.integer({ min: 1, max: 700 }), async (parts, step) => {
        const { sealed, sealer } = await anExchange()
        const sent = [...(await Promise.all(parts.map((part) => sealer.seal(part, false)))), await sealer.seal(new Uint8Array(), true)]
        const wire = concatBytes(...sent)
        const opener = sealed.opener()
        const chunks = Array.from({ length: Math.ceil(wire.length / step) }, (_, i) => wire.subarray(i * step, (i + 1) * step))
        const opened = await Promise.all(chunks.map((chunk) => opener.push(chunk)))
        opener.end()
        expect(concatBytes(...opened)).toEqual(concatBytes(...parts))
        expect(await sealed.open(wire)).toEqual(concatBytes(...parts))
      }),
      { numRuns: 30 },
    )
  })

  it('of many bytes goes in frames of at most 64 KiB', async () => {
    const { sealed, sealer } = await anExchange()
    const body = new Uint8Array(2 * MAX_FRAME_BYTES + 1).map((_, i) => i % 251)
    const wire = await sealer.seal(body, true)
    expect(await sealed.open(wire)).toEqual(body)
    expect(wire.length).toBe(32 + 2 * (4 + 65_536 + 16) + 4 + 256 + 16)
  })

  it('has no frame after its final one', async () => {
    const { sealer } = await anExchange()
    await sealer.seal(utf8('all'), true)
    await refused(sealer.seal(utf8('more'), false), 'CHANNEL_CLOSED')
  })

  it('is sealed under a key of its own: the same answer to the same request, sent twice, has other bytes', async () => {
    const { key, sealed } = await aSealed()
    const arrived = { ...CONTEXT, seal: seal(sealed), body: sealed.body }
    const answers = [RESPONSE_NONCE, new Uint8Array(32).fill(6)].map(async (nonce) => {
      const wire = await (await (await openRequest(key, arrived)).respond(nonce)).seal(utf8('answer'), true)
      expect(new TextDecoder().decode(await sealed.open(wire))).toBe('answer')
      return Buffer.from(wire.subarray(36)).toString('hex')
    })
    const [one, two] = await Promise.all(answers)
    expect(one).not.toBe(two)
    await refused((await openRequest(key, arrived)).respond(new Uint8Array(31)), 'CHANNEL_MALFORMED')
  })

  it('binds each frame to its place, and to whether it is the last', () => {
    expect(Buffer.from(frameNonce(258)).toString('hex')).toBe('000000000000000000000102')
    expect(Buffer.from(frameNonce(2 ** 40 + 3)).toString('hex')).toBe('000000000000010000000003')
    expect(Buffer.from(frameAad(258, true)).toString('hex')).toBe('01000000000000000000000102')
    expect(Buffer.from(frameAad(0, false)).toString('hex')).toBe('00000000000000000000000000')
  })

  it('is opened only after its key is known', async () => {
    const opener = new FrameOpener(async () => expect.fail('no nonce has arrived'))
    expect(await opener.push(new Uint8Array(31))).toEqual(new Uint8Array())
  })
})

it('opens a response that arrives byte by byte, in a buffer that its reader uses again, as it opens the whole', async () => {
  const { sealed, sealer } = await anExchange()
  const body = new Uint8Array(70_000).map((_, i) => i)
  const response = await sealer.seal(body, true)
  const opener = sealed.opener()
  const buffer = new Uint8Array(1)
  const opened: number[] = []
  for (const byte of response) {
    buffer[0] = byte
    for (const plain of await opener.push(buffer)) opened.push(plain)
  }
  opener.end()
  expect(Uint8Array.from(opened)).toEqual(body)
})
